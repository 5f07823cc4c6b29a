from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import SupportsIndex, overload

import pytest

from qbferry.errors import NotFoundError
from qbferry.qbxml import schema
from qbferry.qbxml.schema import Element, Group


class Watched(list[str]):
    """Lines that note which of them are read."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(lines)
        self.read: list[int] = []

    @overload
    def __getitem__(self, key: SupportsIndex, /) -> str: ...
    @overload
    def __getitem__(self, key: slice, /) -> list[str]: ...
    def __getitem__(self, key: SupportsIndex | slice, /) -> str | list[str]:
        self.read += range(len(self))[key] if isinstance(key, slice) else [int(key)]
        return super().__getitem__(key)


def child(parent: Element, name: str) -> Element:
    return next(found for found in parent.children if isinstance(found, Element) and found.name == name)


def invoice_add(country: str = "US") -> Element:
    first = schema.load(country).request("InvoiceAdd").children[0]
    assert isinstance(first, Element)
    return first


def test_all_464_messages_are_there_in_one_edition_or_another() -> None:
    everywhere = set()
    for country in ("US", "CA", "UK", "AU"):
        known = schema.load(country)
        everywhere |= {*known.names}
        for name in known.names:
            assert "requestID" in known.request(name).attributes
            assert "statusCode" in known.response(name).attributes
    assert len(everywhere) == 464 / 2 - len({"PayrollLastPeriodQuery"})


def test_loading_reads_no_message_and_asking_for_one_reads_that_one() -> None:
    lines = Watched((Path(schema.__file__).parent / "data" / "schema.jsonl").read_text().splitlines())
    known = schema.Schema("US", lines)
    assert lines.read == [-1]
    first = known.request("InvoiceAdd")
    assert first == schema.load().request("InvoiceAdd")
    assert len(lines.read) < len(lines) / 10
    seen, lines.read = lines.read, []
    assert known.request("InvoiceAdd") is first
    assert lines.read == []
    known.request("InvoiceMod")
    assert 0 < len(lines.read) < len(lines) / 10
    (again,) = {*seen} & {*lines.read}
    assert lines[again] == '{"requestID":[]}'


def test_an_element_carries_its_limits() -> None:
    assert child(invoice_add(), "RefNumber") == Element("RefNumber", "STRTYPE", 0, 1, 11, (), ())
    assert child(child(invoice_add(), "BillAddress"), "City").max_length == 31


def test_lines_are_a_choice_that_repeats() -> None:
    lines = next(found for found in invoice_add().children if isinstance(found, Group))
    assert (lines.kind, lines.min, lines.max) == ("choice", 0, None)
    assert [line.name for line in lines.children if isinstance(line, Element)] == [
        "InvoiceLineAdd",
        "InvoiceLineGroupAdd",
    ]


def test_what_an_edition_lacks_is_left_out() -> None:
    def names(country: str) -> set[str]:
        return {found.name for found in invoice_add(country).children if isinstance(found, Element)}

    assert "IsTaxIncluded" not in names("US")
    assert "IsTaxIncluded" in names("AU")
    assert "DiscountLineAdd" not in names("US") | names("CA") | names("UK") | names("AU")
    assert names("??") == names("US")


def test_attributes_and_their_words() -> None:
    query = schema.load().request("InvoiceQuery")
    assert query.attributes["iterator"] == ("Start", "Continue", "Stop")
    assert query.attributes["requestID"] == ()


def test_an_unknown_message_is_said_to_be_unknown() -> None:
    with pytest.raises(NotFoundError, match="InvoiceAdRq"):
        schema.load().request("InvoiceAd")


@pytest.mark.parametrize(
    ("name", "has_it"),
    [
        ("SalesTaxReturnQuery", {"CA", "UK", "AU"}),
        ("SalesTaxReturnLineQuery", {"CA", "UK", "AU"}),
        ("InventorySiteAdd", {"US", "CA", "UK"}),
        ("WorkersCompCodeAdd", {"US", "AU"}),
        ("ItemSitesQuery", {"US"}),
        ("PayrollLastPeriodQuery", set()),
    ],
)
def test_an_edition_lacks_whole_messages(name: str, has_it: set[str]) -> None:
    for country in ("US", "CA", "UK", "AU"):
        known = schema.load(country)
        assert (name in known.names) == (country in has_it)
        if country in has_it:
            assert known.request(name).name == f"{name}Rq"
            assert known.response(name).name == f"{name}Rs"
        else:
            for ask in (known.request, known.response):
                with pytest.raises(NotFoundError, match=f"The {country} edition .* has no {name}; "):
                    ask(name)


def test_a_length_is_the_edition_s_own() -> None:
    def length(country: str, request: str, *path: str) -> int | None:
        found = schema.load(country).request(request).children[0]
        for name in path:
            assert isinstance(found, Element)
            found = child(found, name)
        assert isinstance(found, Element)
        return found.max_length

    editions = ("US", "CA", "UK", "AU")
    code = ("SalesTaxCodeRef", "FullName")
    assert [length(each, "CustomerAdd", *code) for each in editions] == [3, 3, 3, 6]
    assert [length(each, "CustomerAdd", "ResaleNumber") for each in editions] == [15, 21, 21, 21]
    assert [length(each, "SalesTaxCodeAdd", "Name") for each in editions] == [3, 3, 3, 6]


def test_the_data_are_what_the_script_writes(tmp_path: Path) -> None:
    project = Path(__file__).parents[2]
    facts = project.parent / "shared" / "reference" / "qbxml-13.0"
    if not facts.is_dir():
        pytest.skip("the facts the data are made from are not at hand")
    target = tmp_path / "schema.jsonl"
    script = project / "scripts" / "generate_qbxml_data.py"
    subprocess.run([sys.executable, script, facts, target], check=True, capture_output=True)
    carried = project / "core" / "qbferry" / "qbxml" / "data" / "schema.jsonl"
    assert target.read_bytes() == carried.read_bytes()
