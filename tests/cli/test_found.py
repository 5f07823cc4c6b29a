"""What QuickBooks has of ours and nobody has booked: listed, and let go of, by commands."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.app import build
from qbferry.config import load
from qbferry.store.rows import FoundRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    Run = Callable[..., Result]

pytestmark = pytest.mark.usefixtures("office")


@pytest.fixture
def found(qbferry: Run) -> datetime:
    """An invoice and a vendor; when they were found."""
    now = datetime.now(UTC)
    assert "nothing of this installation's that is not booked" in qbferry("found", "list").stdout
    with closing(build(load())) as app, app.database.write() as tx:
        row = tx.connectors.named(None, lock=True)
        made = [
            FoundRow(row.id, "{A}", "Invoice", "4A-1", now, number="17", created="2026-10-31T09:00:00-07:00"),
            FoundRow(row.id, "{B}", "Vendor", "8000-1", now, number="Ingram\x1b[2J Micro", created=""),
        ]
        tx.found.add(row.id, made)
        row.found = True
        tx.connectors.save(row)
    return now


def listed(qbferry: Run) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(qbferry("found", "list", "--json").stdout)
    return told


def test_it_is_listed_with_what_a_person_knows_it_by(qbferry: Run, found: datetime) -> None:
    assert listed(qbferry)[0] == {
        "kind": "Invoice",
        "number": "17",
        "txn_id": "4A-1",
        "created": "2026-10-31T09:00:00-07:00",
        "found_at": found.isoformat(),
    }
    shown = qbferry("found", "list", "--connector", "office").stdout
    assert "Number or name" in shown
    assert "2026-10-31T09:00:00-07:00" in shown
    assert "\x1b[2J" not in shown, "names of QuickBooks steer no terminal"


def test_it_is_dismissed_once_and_by_name(qbferry: Run, found: datetime) -> None:
    told = qbferry("found", "dismiss", "4A-1", "--json").stdout
    assert json.loads(told)["txn_ids"] == ["4A-1"]
    assert [one["txn_id"] for one in listed(qbferry)] == ["8000-1"]
    again = qbferry("found", "dismiss", "8000-1", "4A-1", status=1).stderr
    assert "has the TxnID or ListID 4A-1; nothing was dismissed" in again
    assert "qbferry found list" in again
    assert [one["txn_id"] for one in listed(qbferry)] == ["8000-1"]
    assert "Dismissed: 8000-1." in qbferry("found", "dismiss", "8000-1").stdout
    assert listed(qbferry) == []


def test_another_connector_has_its_own(qbferry: Run, found: datetime) -> None:
    qbferry("connector", "add", "branch", "--password-stdin", stdin="a password for tests\n")
    assert json.loads(qbferry("found", "list", "--connector", "branch", "--json").stdout) == []
    told = qbferry("found", "dismiss", "4A-1", "--connector", "branch", status=1).stderr
    assert "for the connector branch" in told
    assert (
        "There is no connector named nobody"
        in qbferry("found", "list", "--connector", "nobody", status=1).stderr
    )
    assert len(listed(qbferry)) == 2
