"""Lists: a line a record, filters, an order, columns; and what failed by its reason."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.app import build
from qbferry.cli.lines import Listed, fit
from qbferry.cli.listing import HEADINGS
from qbferry.config import PluginSettings, load
from qbferry.desk.drawer import Drawer
from qbferry.model import TransferStatus
from qbferry.plugin.manager import assemble

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    Run = Callable[..., Result]
    Put = Callable[..., str]
    Fail = Callable[..., None]

pytestmark = pytest.mark.usefixtures("office")

REASON = 'QuickBooks knows no customer named "Nobody Ltd". Create it in QuickBooks, or correct the name.'


@pytest.fixture
def fail(folder: object) -> Fail:
    """Lets records be as a run leaves those that QuickBooks refused."""

    def mark(*names: str, reason: str = REASON, **fields: Any) -> None:
        with (
            closing(build(load())) as application,
            application.database.write() as tx,
            Drawer.open(tx, application.plugins, "invoice", None, "continue", lock=True) as drawer,
        ):
            for row in drawer.find(names):
                row.transfer_status, row.reason = TransferStatus.FAILED, reason.replace("ID", row.id)
                row.reason_code = "quickbooks.3140"
                for name, value in fields.items():
                    setattr(row, name, value)
                drawer.touch(row)

    return mark


def ids(qbferry: Run, *words: str) -> list[str]:
    return [row["id"] for row in json.loads(qbferry("list", "invoice", "--json", *words).stdout)]


def test_two_hundred_failures_take_two_hundred_lines_of_eighty_columns(
    qbferry: Run, put: Put, fail: Fail, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"INV-{number}" for number in range(1001, 1201)]
    qbferry("import", "invoice", put(*names), "--ready")
    fail(*names)
    monkeypatch.setenv("COLUMNS", "80")
    result = qbferry("list", "invoice", "--status", "pending/failed")
    lines = result.stdout.splitlines()
    assert len(lines) == 201
    assert max(map(len, lines)) <= 80
    assert lines[1].startswith("INV-1001  Pending/Failed  Acme Corp")
    assert lines[1].endswith("…")
    assert "QuickBooks knows no customer" in lines[1]
    assert "What ends in … is cut. --wide shows it whole" in result.stderr
    assert "Not shown for want of room: " in result.stderr


def test_wide_shows_everything_whole_and_so_does_a_file(
    qbferry: Run, put: Put, fail: Fail, monkeypatch: pytest.MonkeyPatch
) -> None:
    qbferry("import", "invoice", put(("A", {"number": "77"})), "--ready")
    fail("A")
    monkeypatch.setenv("COLUMNS", "80")
    wide = qbferry("list", "invoice", "--wide")
    monkeypatch.delenv("COLUMNS")
    filed = qbferry("list", "invoice")
    assert wide.stdout == filed.stdout
    assert wide.stderr == filed.stderr == ""
    header, line = filed.stdout.splitlines()
    assert re.split(r"  +", header) == [
        "ID",
        "Status",
        "Organization",
        "Invoice date",
        "Total",
        "Number",
        "Note",
    ]
    assert line.endswith(f"77      {REASON}")


def test_columns_are_chosen_by_their_names_in_json(qbferry: Run, put: Put) -> None:
    qbferry("import", "invoice", put("A"), "--ready")
    result = qbferry("list", "invoice", "--columns", "total, id,transfer_status")
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["Total", "ID", "Status"],
        ["300.00", "A", "Pending"],
    ]
    rows = json.loads(qbferry("list", "invoice", "--columns", "id,total", "--json").stdout)
    assert rows == [{"id": "A", "total": "300.00"}]
    refused = qbferry("list", "invoice", "--columns", "id,colour", status=1)
    assert "There is no column colour; there are: id, batch, transfer_status, " in refused.stderr


@pytest.mark.parametrize("entity", ["invoice", "timesheet", "expense_report", "purchase_order"])
def test_no_two_columns_are_called_the_same(entity: str) -> None:
    from qbferry.cli.listing import _listed, _wanted

    own = {column.name: column for column in assemble(PluginSettings()).entities[entity].columns}
    headings = [listed.heading for listed in _listed(_wanted(None, own), own, spare=True)]
    assert len({heading.casefold() for heading in headings}) == len(headings)
    assert "Number" not in HEADINGS.values()


def test_records_are_found_by_party_date_amount_reason_and_transfer_date(
    qbferry: Run, put: Put, fail: Fail
) -> None:
    file = put(
        ("A", {"organization": "Acme Corp", "invoice_date": "2026-10-01", "total": "100.00"}),
        ("B", {"organization": "Birch & Sons", "invoice_date": "2026-10-15", "total": "250.50"}),
        ("C", {"organization": "ACME Söhne", "invoice_date": "2026-10-31", "total": "-5.00"}),
    )
    qbferry("import", "invoice", file)
    fail("B", transfer_date=datetime(2026, 11, 2, 12, tzinfo=UTC))
    fail("C", reason="100% wrong_", transfer_date=datetime(2026, 11, 4, 12, tzinfo=UTC))
    assert ids(qbferry, "--party", "acme") == ["A", "C"]
    assert ids(qbferry, "--date-from", "2026-10-15") == ["B", "C"]
    assert ids(qbferry, "--date-from", "2026-10-02", "--date-to", "2026-10-15") == ["B"]
    assert ids(qbferry, "--amount-from", "100", "--amount-to", "250.49") == ["A"]
    assert ids(qbferry, "--amount-to", "-5") == ["C"]
    assert ids(qbferry, "--reason", "NOBODY") == ["B"]
    assert ids(qbferry, "--reason", "%") == ["C"]
    assert ids(qbferry, "--reason", "wrong_") == ["C"]
    assert ids(qbferry, "--transferred-from", "2026-11-03") == ["C"]
    assert ids(qbferry, "--transferred-from", "2026-11-01", "--transferred-to", "2026-11-03") == ["B"]


def test_why_a_record_was_not_set_ready_is_found_too(qbferry: Run, put: Put) -> None:
    qbferry("import", "invoice", put("A", ("V", {"status": "voided"})))
    qbferry("ready", "invoice", "--all")
    assert ids(qbferry, "--reason", "is voided") == ["V"]
    for words in (("list", "invoice"), ("list", "invoice", "--json"), ("show", "invoice", "V")):
        assert "Invoice V is voided; voided invoices are not transferred." in qbferry(*words).stdout
    shown = json.loads(qbferry("show", "invoice", "V", "--json").stdout)
    assert shown["not_ready_reason"].startswith("Invoice V is voided")


def test_a_day_of_the_transfer_is_one_where_the_machine_stands(
    qbferry: Run, put: Put, fail: Fail, process: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    qbferry("import", "invoice", put("A"))
    fail("A", transfer_date=datetime(2026, 11, 2, 3, tzinfo=UTC))
    words = (
        "list",
        "invoice",
        "--json",
        "--transferred-from",
        "2026-11-01",
        "--transferred-to",
        "2026-11-01",
    )
    assert json.loads(process(*words, TZ="America/New_York").stdout)
    assert not json.loads(process(*words, TZ="UTC").stdout)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", "BAC"),
        ("id", "ABC"),
        ("-id", "CBA"),
        ("amount", "CAB"),
        ("-amount", "BAC"),
        ("party", "BCA"),
        ("date", "ACB"),
        ("-transferred", "CBA"),
    ],
)
def test_records_are_sorted_those_without_a_value_last(
    qbferry: Run, put: Put, fail: Fail, sort: str, order: str
) -> None:
    file = put(
        ("B", {"organization": "alpha", "invoice_date": "2026-10-31", "total": "900.00"}),
        ("A", {"organization": "gamma", "invoice_date": "2026-10-01", "total": "100.00"}),
        ("C", {"organization": "Beta", "invoice_date": "2026-10-15", "total": "20.00"}),
    )
    qbferry("import", "invoice", file)
    fail("C", transfer_date=datetime(2026, 11, 4, tzinfo=UTC))
    fail("B", transfer_date=datetime(2026, 11, 3, tzinfo=UTC))
    assert "".join(ids(qbferry, "--sort", sort)) == order
    assert "".join(ids(qbferry, "--sort", sort, "--limit", "2", "--offset", "1")) == order[1:]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("--sort", "colour"),
            "Records are not sorted by colour; they are by: id, batch, party, date, amount, ",
        ),
        (("--date-from", "31.10.2026"), "31.10.2026 is no date; write it as 2026-10-31."),
        (("--transferred-to", "20261031"), "20261031 is no date"),
        (("--amount-from", "1,5"), "1,5 is no amount; write digits with a point, such as 1234.50."),
        (("--amount-to", "1_0"), "1_0 is no amount"),
    ],
)
def test_a_mistake_in_a_filter_is_told(qbferry: Run, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in qbferry("list", "invoice", *words, status=1).stderr


def test_failures_are_grouped_by_their_reason(qbferry: Run, put: Put, fail: Fail) -> None:
    names = [f"INV-{number}" for number in range(1, 31)]
    qbferry("import", "invoice", put(*names, "X-1"), "--ready")
    fail(*names, reason="Invoice ID has a customer that is not there.")
    fail("X-1", reason="Invoice ID is too old.")
    text = qbferry("failures", "invoice").stdout.splitlines()
    assert text[0] == "30 invoices: Invoice … has a customer that is not there."
    assert text[1].startswith("    INV-1, INV-2, ")
    assert text[1].endswith(" and 10 more")
    assert text[2:] == ["1 invoice: Invoice X-1 is too old.", "    X-1"]
    first, second = json.loads(qbferry("failures", "--json").stdout)
    assert (first["count"], first["reason_code"], first["ids"]) == (30, "quickbooks.3140", names)
    assert second["reason"] == "Invoice X-1 is too old."


def test_nothing_has_failed(qbferry: Run) -> None:
    assert qbferry("failures").stdout == "Nothing has failed.\n"
    assert qbferry("failures", "invoice").stdout == "No invoice has failed.\n"
    assert json.loads(qbferry("failures", "--json").stdout) == []


def test_times_say_their_zone_and_are_of_this_place_on_a_terminal(
    qbferry: Run, put: Put, fail: Fail, process: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    qbferry("import", "invoice", put("A"))
    fail("A", transfer_date=datetime(2026, 7, 2, 12, 30, tzinfo=UTC))
    for words in (("list", "invoice"), ("show", "invoice", "A")):
        assert "2026-07-02 12:30Z" in process(*words, TZ="Europe/Berlin").stdout
        assert "2026-07-02 14:30+02:00" in watched(*words, TZ="Europe/Berlin", COLUMNS="200")


def watched(*words: str, **environment: str) -> str:
    """What a command writes on a terminal of 24 lines."""
    pty = pytest.importorskip("pty")
    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "qbferry", *words],
        stdin=slave,
        stdout=slave,
        stderr=subprocess.DEVNULL,
        env=os.environ | environment | {"LINES": "24"},
    ) as process:
        os.close(slave)
        written = b""
        while True:
            try:
                part = os.read(master, 65536)
            except OSError:  # how Linux tells that nobody writes there any more
                break
            if not part:
                break
            written += part
        process.wait(timeout=60)
    os.close(master)
    return written.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such terminal")
def test_a_long_list_goes_through_the_pager_on_a_terminal(qbferry: Run, put: Put) -> None:
    qbferry("import", "invoice", put(*(f"INV-{number}" for number in range(40))))
    pager = "sed 's/^INV/paged INV/'"
    assert watched("list", "invoice", PAGER=pager).count("paged INV") == 40
    assert "paged" not in watched("list", "invoice", "--limit", "5", PAGER=pager)


COLUMNS = [
    Listed("id", "ID"),
    Listed("name", "Name", elastic=True),
    Listed("sum", "Sum", number=True, spare=1),
    Listed("date", "Date", spare=3),
    Listed("note", "Note", elastic=True),
]


def test_lines_fit_whatever_they_hold() -> None:
    rows = [
        ("A-1", "東京" * 20, "1.00", "2026-10-31", "It failed, and here is why, at some length."),
        ("A-22", None, "20.00", "2026-10-31", "two\nlines"),
    ]
    whole = fit(COLUMNS, rows, None)
    assert not whole.cut
    assert not whole.left_out
    assert whole.lines[2].endswith("  20.00  2026-10-31  two\\nlines")
    narrow = fit(COLUMNS, rows, 60)
    assert narrow.cut
    assert narrow.left_out == ["Sum", "Date"]
    assert all(len(line) <= 60 for line in narrow.lines)
    assert fit(COLUMNS, [("A", None, None, None, None)], 60).lines == ["ID", "A"]


def test_the_history_has_a_line_each_as_well(qbferry: Run, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    qbferry("import", "invoice", put(*(f"INV-{number}" for number in range(1, 21))), "--ready")
    qbferry("not-ready", "invoice", "--all")
    monkeypatch.setenv("COLUMNS", "60")
    narrow = qbferry("history")
    assert len(narrow.stdout.splitlines()) == 41
    assert max(map(len, narrow.stdout.splitlines())) <= 60
    assert len(qbferry("history", "--wide").stdout.splitlines()) == 41
