"""``qbferry clear-external-number``: letting a record go again that must not go twice."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from qbferry.app import build
from qbferry.config import load
from qbferry.desk.drawer import Drawer
from qbferry.model import TransferStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    Run = Callable[..., Result]

REPORT = {
    "id": "ER-3",
    "resource": "Smith, Ann",
    "week_ending": "2026-10-31",
    "status": "Approved for Payment",
    "items": [{"date": "2026-10-12", "category": "Travel", "amount": "43.10"}],
}


@pytest.fixture
def report(folder: Path, monkeypatch: pytest.MonkeyPatch, qbferry: Run, office: None) -> str:
    """An expense report as a run leaves it: transferred."""
    monkeypatch.setenv("QBFERRY_PLUGINS__ENABLED", '["expenses"]')
    (folder / "reports.jsonl").write_text(json.dumps(REPORT))
    qbferry("import", "expense_report", "reports.jsonl")
    with (
        closing(build(load())) as application,
        application.database.write() as tx,
        Drawer.open(tx, application.plugins, "expense_report", None, "continue", lock=True) as drawer,
    ):
        [row] = drawer.find(["ER-3"])
        row.transfer_status, row.transfer_count = TransferStatus.TRANSFERRED, 1
        row.transfer_date, row.ref_number, row.txn_id = datetime.now(UTC), "ER-3", "1A-1"
        record = drawer.read(row)
        application.plugins.after_transfer(drawer.entity, record, ())
        record.keep()
        drawer.touch(row, text=True)
    return "ER-3"


def test_a_cleared_record_can_be_set_ready_without_a_question(qbferry: Run, report: str) -> None:
    refused = qbferry("ready", "expense_report", report, status=1)
    assert "clear the reference with: qbferry clear-external-number expense_report ER-3" in refused.stderr
    cleared = qbferry("clear-external-number", "expense_report", report)
    assert cleared.stdout == "Expense reports cleared: 1.\n"
    assert qbferry("ready", "expense_report", report).stdout == "Expense reports set ready: 1.\n"
    lines = json.loads(qbferry("history", "expense_report", report, "--json").stdout)
    assert [line["kind"] for line in lines] == ["Ready", "Cleared"]
    line = lines[1]
    assert "number ER-3, TxnID 1A-1" in line["reason"]


def test_a_record_that_was_cleared_has_nothing_more_to_clear(qbferry: Run, report: str) -> None:
    qbferry("clear-external-number", "expense_report", report)
    again = qbferry("clear-external-number", "expense_report", report, "--json")
    [verdict] = json.loads(again.stdout)
    assert (verdict["changed"], verdict["refused"]) == (False, False)
    assert verdict["transfer_status"] == "Not Transferred"
    assert verdict["reason"] == "Expense report ER-3 has no number in QuickBooks to clear."


@pytest.mark.usefixtures("office")
def test_an_invoice_keeps_its_number(
    qbferry: Run, put: Callable[..., str], transferred: Callable[[str], None]
) -> None:
    qbferry("import", "invoice", put("A"))
    transferred("A")
    refused = qbferry("clear-external-number", "invoice", "A", status=1)
    assert "Invoice A can be sent again without clearing its number" in refused.stderr
