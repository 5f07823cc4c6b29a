from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import Connector, ListEntry, Record
from qbferry.config import PluginSettings
from qbferry.plugin.manager import assemble
from qbferry.simulator.status import Status
from qbferry.testing import FixedLists
from qbferry.testing.installation import Installation
from qbferry_timesheets.document import TimesheetDocument
from qbferry_timesheets.state import TimesheetState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ENTRY: dict[str, Any] = {
    "id": "1",
    "date": "2026-10-26",
    "hours": "7.50",
    "organization": "Acme Corp",
    "item": "Labor~Remote",
    "payroll_category": "Regular",
    "class": None,
    "notes": "Patch day",
    "billable": True,
}

RECORD: dict[str, Any] = {
    "id": "TS-9",
    "resource": "Smith, Ann",
    "period_start": "2026-10-25",
    "period_end": "2026-10-31",
    "status": "Approved",
    "entries": [ENTRY],
}


@pytest.fixture
def entry() -> Callable[..., dict[str, Any]]:
    """Makes an entry as JSON, with some of its fields changed."""

    def make(number: int | str = 1, **changes: Any) -> dict[str, Any]:
        return {**ENTRY, "id": str(number), **changes}

    return make


@pytest.fixture
def timesheet() -> Callable[..., dict[str, Any]]:
    """Makes a timesheet as JSON that may go, with some of its fields changed."""

    def make(**changes: Any) -> dict[str, Any]:
        return {**copy.deepcopy(RECORD), **changes}

    return make


@pytest.fixture
def document(timesheet: Callable[..., dict[str, Any]]) -> Callable[..., TimesheetDocument]:
    """Makes a timesheet that may go, with some of its fields changed."""

    def make(**changes: Any) -> TimesheetDocument:
        return TimesheetDocument.model_validate(timesheet(**changes))

    return make


@pytest.fixture
def connector() -> Connector:
    return Connector(id=1, name="main", country="US")


@pytest.fixture
def lists() -> FixedLists:
    """QuickBooks with one employee paid by time, one who is not, a vendor and another name."""
    paid = {"UseTimeDataToCreatePaychecks": "UseTimeData"}
    salaried = {"UseTimeDataToCreatePaychecks": "DoNotUseTimeData"}
    return FixedLists(
        [
            ListEntry(kind="Employee", list_id="1", full_name="Ann Smith", data=paid),
            ListEntry(kind="Employee", list_id="2", full_name="Bob Jones", data=salaried),
            ListEntry(kind="Vendor", list_id="3", full_name="Contractor, Cal"),
            ListEntry(kind="Vendor", list_id="6", full_name='Zo\xeb "Z" & Sons'),
            ListEntry(kind="OtherName", list_id="4", full_name="Front Desk"),
            ListEntry(kind="PayrollItemWage", list_id="5", full_name="Regular"),
        ]
    )


class Refusing:
    """Refuses some entries: the first, the second … that a run sends."""

    def __init__(self, *numbers: int) -> None:
        self._numbers, self._asked = numbers, 0

    def disturb(self, name: str) -> Status | None:
        self._asked += name == "TimeTrackingAdd"
        refused = name == "TimeTrackingAdd" and self._asked in self._numbers
        return Status(3260, "Error", "Insufficient permission level.") if refused else None


def taken(world: Installation) -> dict[str, str | None]:
    """Which entries of the timesheet QuickBooks has: entry id -> TxnID."""
    record = Record.read(world.plugins.entities["timesheet"], world.record("timesheet", "TS-9"))
    state = record.state
    assert isinstance(state, TimesheetState)
    return {name: entry.txn_id for name, entry in state.taken.items()}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Installation]:
    """An installation with the timesheets plugin; at the end its books must agree with QuickBooks'."""
    with Installation(tmp_path, plugins=assemble(PluginSettings(enabled=["timesheets"]))) as installation:
        yield installation
        there = {row["TxnID"] for row in installation.company.transactions("TimeTracking")}
        ours = {
            line.txn_id
            for record in installation.records("timesheet")
            for line in installation.history(record.id)
            if line.kind == "Sent"
        }
        assert there == ours, "every entry QuickBooks has taken is in it once, and nothing else"
