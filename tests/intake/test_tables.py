"""Tables: rows become records by a map of columns, and what does not fit is told by row and column."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from qbferry.errors import InputError
from qbferry.intake.table import ColumnMap, read_table, suggested
from qbferry.store.records import Filter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qbferry.intake import ImportReport
    from qbferry.testing.installation import Installation

    Bring = Callable[..., ImportReport]
    Taken = Callable[..., dict[str, Any]]

SALES = """\
Invoice No,Customer,Invoice Date,Product/Service,Description,Qty,Amount,Taxable,Sales Rep
1001,Acme Corp,10/31/2026,Consulting,"Work, in October",8,"$1,200.00",yes,Bob
,,,Travel,By train,,99.5,no,
1002,Beta Ltd,11/1/2026,Consulting,More,,(50.00),,Ann
"""
MAP = """\
dates = "us"

[columns]
id = "Invoice No"
organization = "Customer"
invoice_date = "Invoice Date"
lines.item = "Product/Service"
lines.description = "Description"
lines.quantity = "Qty"
lines.amount = "Amount"
lines.taxable = "Taxable"

[fixed]
transmission = "email"
"""


@pytest.fixture
def taken(world: Installation, bring: Bring) -> Taken:
    """Takes a table in; the documents that are there afterwards, by id."""

    def take(
        table: str | bytes, columns: str | None = MAP, *, name: str = "october.csv", **how: Any
    ) -> dict[str, Any]:
        content = table if isinstance(table, bytes) else table.encode()
        bring(lambda entity: read_table(entity.document, io.BytesIO(content), name, columns), **how)
        with world.database.read() as tx:
            rows = tx.records.page(1, "invoice", Filter(), limit=None)
            return {row.id: row.document for row in tx.records.by_key([row.pk for row in rows]).values()}

    return take


def refused(taken: Taken, table: str | bytes, columns: str | None = MAP, **how: Any) -> list[str]:
    """What is told of a table of which nothing may be taken in."""
    with pytest.raises(InputError) as told:
        taken(table, columns, **how)
    assert taken("id,organization,invoice_date,lines.amount\nX,A,2026-01-01,1", None).keys() == {"X"}
    return [*told.value.details] or [str(told.value)]


def test_rows_of_one_id_or_of_none_are_one_record(taken: Taken) -> None:
    found = taken(SALES)

    assert found.keys() == {"1001", "1002"}
    first = found["1001"]
    assert (first["organization"], first["invoice_date"]) == ("Acme Corp", "2026-10-31")
    assert first["transmission"] == "email"
    assert [(line["item"], line["amount"]) for line in first["lines"]] == [
        ("Consulting", "1200.00"),
        ("Travel", "99.50"),
    ]
    assert [line["taxable"] for line in first["lines"]] == [True, False]
    assert first["lines"][0]["description"] == "Work, in October"
    assert found["1002"]["lines"][0]["amount"] == "-50.00"


def test_the_same_table_again_changes_nothing(world: Installation, bring: Bring, taken: Taken) -> None:
    taken(SALES)
    again = bring(lambda entity: read_table(entity.document, io.BytesIO(SALES.encode()), "x.csv", MAP))
    assert (again.created, again.changed, again.unchanged) == (0, 0, 2)


def test_without_a_map_the_headings_are_the_names_of_fields(taken: Taken) -> None:
    table = (
        "id,organization,invoice_date,bill_to.city,lines.item,lines.class,lines.amount,quickbooks.number\n"
        "A,Acme Corp,2026-10-31,Bonn,Consulting,East,10,77\n"
    )
    document = taken(table, None)["A"]
    assert document["bill_to"]["city"] == "Bonn"
    assert document["lines"][0]["class"] == "East"


@pytest.mark.parametrize(
    ("written", "dates"),
    [
        ("2026-03-04", "iso"),
        ("3/4/2026", "us"),
        ("03-04-26", "us"),
        ("4.3.2026", "eu"),
        ("04/03/2026", "eu"),
        ("04 Mar 2026", "%d %b %Y"),
    ],
)
def test_dates_are_read_as_it_is_said_that_they_are_written(taken: Taken, written: str, dates: str) -> None:
    table = f"id,organization,invoice_date,lines.amount\nA,Acme,{written},10\n"
    columns = f'dates = "{dates}"\n[columns]\n' + "".join(
        f'{name} = "{name}"\n' for name in ("id", "organization", "invoice_date")
    )
    columns += 'lines.amount = "lines.amount"\n'
    assert taken(table, columns)["A"]["invoice_date"] == "2026-03-04"


@pytest.mark.parametrize(
    ("written", "numbers", "amount"),
    [
        ("1.234,5", "1.234,56", "1234.50"),
        ("-0,5", "1.234,56", "-0.50"),
        ("€ 1.234.567,89", "1.234,56", "1234567.89"),
        ("1,234.5", "1,234.56", "1234.50"),
        ("1234.5", "1,234.56", "1234.50"),
        (".5", "1,234.56", "0.50"),
    ],
)
def test_numbers_are_read_as_it_is_said_that_they_are_written(
    taken: Taken, written: str, numbers: str, amount: str
) -> None:
    columns = f'numbers = "{numbers}"\n' + MAP
    table = SALES.splitlines()[0] + f'\n1,Acme,1/1/2026,Consulting,,,"{written}",,\n'
    assert taken(table, columns)["1"]["lines"][0]["amount"] == amount


def test_what_does_not_fit_is_told_by_row_and_column(taken: Taken) -> None:
    table = (
        SALES.replace("11/1/2026", "2026-11-01").replace("99.5", '"9,9.5"').replace(",no,", ",perhaps,")
        + "1003,,12/1/2026,,,,1,,\n"
        + "1004,Gamma,12/1/2026,,,,1.239,,\n"
    )
    assert refused(taken, table) == [
        'row 3, column "Amount": is no number such as 1,234.56 (it is "9,9.5")',
        'row 3, column "Taxable": is neither yes nor no (it is "perhaps")',
        (
            'row 4, column "Invoice Date": is no date such as 10/31/2026; if dates are written otherwise, '
            'say how (iso, eu) (it is "2026-11-01")'
        ),
        'row 5, column "Customer": is missing',
        'row 6, column "Amount": an amount of money has at most two decimals (it is "1.239")',
    ]


def test_a_record_whose_rows_lie_apart_is_told(taken: Taken) -> None:
    assert refused(taken, SALES + "1001,Acme Corp,10/31/2026,Late,,,1,,\n") == [
        "row 5, field id: 1001 is in row 2 already; rows of one record follow one another"
    ]


def test_rows_of_one_record_must_agree(taken: Taken) -> None:
    table = SALES.replace(",,,Travel", "1001,Acme Inc,,Travel")
    assert refused(taken, table) == [
        'row 2, column "Customer": differs in row 3 of the same record (it is "Acme Inc")'
    ]


def test_a_field_no_column_fills_is_told(taken: Taken) -> None:
    columns = MAP.replace('organization = "Customer"\n', "")
    assert refused(taken, SALES, columns)[0] == "row 2, field organization, which no column fills: is missing"


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (MAP.replace('"Customer"', '"Client"'), 'The table has no column "Client" for organization'),
        (
            MAP.replace("organization", "organisation"),
            "no field organisation to fill; did you",
        ),
        (MAP.replace('dates = "us"', 'dates = "american"'), "Dates are written iso, us, eu"),
        (MAP.replace('dates = "us"', 'numbers = "1234"'), "Numbers are written 1,234.56 or"),
        (MAP.replace('dates = "us"', "dates = 1"), "dates must be a text"),
        (MAP.replace('dates = "us"', 'tables = "x"'), "The map has tables, which is nothing"),
        (MAP.replace('id = "Invoice No"\n', ""), "No column of the table is the id of the records"),
        ("columns = 1", "are tables"),
        ("id = ", "The map is not valid TOML"),
    ],
)
def test_a_map_that_does_not_fit_is_told(taken: Taken, columns: str, told: str) -> None:
    assert told in refused(taken, SALES, columns)[0]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("", "The table is empty"),
        ("\n\n", "The table is empty"),
        (SALES.encode("utf-16"), "not utf-8"),
        (SALES.replace("Acme", "Jürgen").encode("cp1252"), 'encoding = "cp1252"'),
        (SALES + '1003,"never closed\n', "cannot be read after line"),
    ],
)
def test_a_table_that_cannot_be_read_is_told(taken: Taken, table: str | bytes, told: str) -> None:
    assert told in refused(taken, table)[0]


def test_a_table_in_another_encoding_and_with_semicolons_is_read(taken: Taken) -> None:
    table = "Nr;Kunde;Datum;Betrag\n1;Jürgen & Söhne;4.3.2026;1.200,00\n".encode("cp1252")
    columns = """
        dates = "eu"
        numbers = "1.234,56"
        encoding = "cp1252"
        [columns]
        id = "Nr"
        organization = "Kunde"
        invoice_date = "Datum"
        lines.amount = "Betrag"
    """
    document = taken(table, columns)["1"]
    assert (document["organization"], document["lines"][0]["amount"]) == ("Jürgen & Söhne", "1200.00")


# -- Workbooks


def workbook(rows: list[list[Any]], sheet: str = "Sales") -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "Notes"
    page = book.create_sheet(sheet, 0)
    for row in rows:
        page.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_workbook_is_read_with_its_dates_and_numbers(taken: Taken) -> None:
    sheet = workbook(
        [
            [
                "Invoice No",
                "Customer",
                "Invoice Date",
                "Product/Service",
                "Description",
                "Qty",
                "Amount",
                "Taxable",
            ],
            [1001, "Acme Corp", datetime(2026, 10, 31), "Consulting", None, 8, 1200.1, True],  # noqa: DTZ001
            [None, None, None, "Travel", "By train", None, 99.5, False],
            [1002.0, "Beta Ltd", date(2026, 11, 1), "Consulting", 7, 0.1 + 0.2, 12, None],
        ]
    )
    found = taken(sheet, name="october.xlsx")
    assert found.keys() == {"1001", "1002"}
    assert found["1001"]["invoice_date"] == "2026-10-31"
    assert [line["amount"] for line in found["1001"]["lines"]] == ["1200.10", "99.50"]
    assert found["1002"]["lines"][0]["description"] == "7"


def test_a_sheet_that_is_not_there_is_told(taken: Taken) -> None:
    told = refused(taken, workbook([["Invoice No"]]), 'sheet = "October"\n' + MAP, name="x.xlsx")
    assert told == ["There is no sheet October; there are Sales, Notes."]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and nothing", SALES.encode()])
def test_what_is_no_workbook_is_told(taken: Taken, content: bytes) -> None:
    assert "The workbook cannot be read" in refused(taken, content, name="x.xlsx")[0]


def test_a_small_workbook_that_is_huge_inside_is_refused(
    taken: Taken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qbferry.intake.table.rows.UNPACKED", 1_000)
    assert "too large; save the sheet as CSV" in refused(taken, workbook([["a"]]), name="x.xlsx")[0]


# -- Maps that are written for a person


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        (
            "Invoice No,Customer,Invoice Date,Product/Service,Description,Qty,Amount",
            "id organization invoice_date lines.item lines.description lines.quantity lines.amount",
        ),
        (
            "Invoice Number;Client;Date;Due Date;Item;Qty;Rate;Line Total;Notes",
            "id organization invoice_date due_date lines.item lines.quantity lines.rate lines.amount notes",
        ),
        ("id\torganization\tinvoice_date\tlines.amount", "id organization invoice_date lines.amount"),
    ],
)
def test_a_map_is_suggested(world: Installation, headings: str, fields: str) -> None:
    entity = world.plugins.entities["invoice"]
    found = suggested(entity, io.BytesIO(f"{headings}\n".encode()), "x.csv")
    columns = ColumnMap.read(found.text, entity.document).columns
    for separator in (";", "\t"):
        headings = headings.replace(separator, ",")
    assert dict(zip(fields.split(), headings.split(","), strict=True)) == columns


def test_a_suggestion_says_how_dates_and_numbers_are_written_and_what_is_left(world: Installation) -> None:
    entity = world.plugins.entities["invoice"]
    table = "Invoice No;Invoice Date;Amount;Sales Rep\n1;31.12.2026;1.200,00;Bob\n"
    found = suggested(entity, io.BytesIO(table.encode()), "x.csv")
    made = ColumnMap.read(found.text, entity.document)
    assert (made.dates, made.numbers) == ("eu", "1.234,56")
    assert '# not used: "Sales Rep"' in found.text
    assert '# organization = ""  # needed' in found.text
    assert found.missing == ["organization"]


def test_a_suggestion_for_the_same_table_takes_it_in(taken: Taken, world: Installation) -> None:
    found = suggested(world.plugins.entities["invoice"], io.BytesIO(SALES.encode()), "x.csv")
    assert taken(SALES, found.text).keys() == {"1001", "1002"}


def test_a_long_table_is_read_with_a_bounded_memory(world: Installation) -> None:
    def rows() -> Iterator[tuple[int, list[Any]]]:
        yield 1, ["id", "organization", "invoice_date", "lines.amount"]
        for number in range(2, 20_000):
            yield number, [str(number // 2), "Acme", "2026-10-31", "1"]
            held.append(number)

    from qbferry.intake.table import TableReading

    held: list[int] = []
    document = world.plugins.entities["invoice"].document
    reading = TableReading(document, rows(), ColumnMap(), mapped=False)
    for count, (_, text) in enumerate(reading, 1):
        assert isinstance(text, str)
        assert len(held) <= 2 * count + 1, "rows are read as they are needed"
