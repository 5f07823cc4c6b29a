"""Timesheets all the way: from records to the simulated company file and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry.model import TransferStatus
from qbferry.simulator import HResultError, Session

from .conftest import Refusing, taken

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]


class DiesAt:
    """QuickBooks dies before the n-th entry it is given."""

    def __init__(self, number: int) -> None:
        self._left = number

    def disturb(self, name: str) -> None:
        self._left -= name == "TimeTrackingAdd"
        if not self._left:
            raise HResultError("0x80040402")


def test_a_timesheet_arrives_entry_by_entry(world: Installation, timesheet: Make, entry: Make) -> None:
    entries = [entry(1), entry(2, date="2026-10-27", hours="2.25", billable=False), entry(3, hours="0")]
    world.put("timesheet", timesheet(entries=entries))
    world.run()
    assert world.statuses("timesheet") == {"TS-9": "Transferred"}
    rows = world.company.transactions("TimeTracking")
    assert [row["Duration"] for row in rows] == ["PT7H30M", "PT2H15M"]
    assert [row["date"] for row in rows] == ["2026-10-26", "2026-10-27"]
    assert {row["EntityRef"]["FullName"] for row in rows} == {"Ann Smith"}
    assert {row["PayrollItemWageRef"]["FullName"] for row in rows} == {"Regular"}
    record = world.record("timesheet", "TS-9")
    assert taken(world) == {"1": rows[0]["TxnID"], "2": rows[1]["TxnID"]}
    assert not record.changed_since_transfer


def test_a_link_says_who_a_name_stands_for(world: Installation, timesheet: Make) -> None:
    [bob] = [row for row in world.company.entries("Employee") if row["Name"] == "Bob Jones"]
    with world.database.write() as tx:
        tx.lists.link(1, "Employee", "R. Jones", bob["ListID"], "person")
    world.put("timesheet", timesheet(resource="R. Jones"))
    world.run()
    [row] = world.company.transactions("TimeTracking")
    assert row["EntityRef"]["FullName"] == "Bob Jones"
    assert "PayrollItemWageRef" not in row, "he is not paid by time data"


def test_a_long_timesheet_travels_in_one_piece(world: Installation, timesheet: Make, entry: Make) -> None:
    world.put("timesheet", timesheet(entries=[entry(number, hours="0.1") for number in range(60)]))
    world.run()
    assert world.statuses("timesheet") == {"TS-9": "Transferred"}
    assert [len(message.requests) for message in world.messages()] == [60]
    assert len(taken(world)) == 60


def test_an_unknown_person_fails_the_timesheet_before_anything_is_sent(
    world: Installation, timesheet: Make
) -> None:
    world.put("timesheet", timesheet(resource="Doe, Jo"), timesheet(id="TS-10"))
    world.run()
    assert world.statuses("timesheet") == {"TS-9": "Pending/Failed", "TS-10": "Transferred"}
    assert 'no employee or vendor named "Doe, Jo"' in (world.record("timesheet", "TS-9").reason or "")
    assert [line.kind for line in world.history("TS-9")] == ["Skipped"]


def test_a_name_too_long_for_quickbooks_is_told_by_entry(
    world: Installation, timesheet: Make, entry: Make
) -> None:
    world.put("timesheet", timesheet(entries=[entry(1), entry(2, payroll_category="P" * 32)]))
    world.run()
    reason = world.record("timesheet", "TS-9").reason or ""
    assert reason.startswith("entry 2: ")
    assert "PayrollItemWageRef" in reason
    assert "31" in reason
    assert world.company.transactions("TimeTracking") == []


def test_an_answer_that_was_lost_is_fetched_not_sent_again(
    world: Installation, timesheet: Make, entry: Make
) -> None:
    world.put("timesheet", timesheet(entries=[entry(1), entry(2)]))
    ticket, quickbooks = world.begin(), Session(world.company, interference=Refusing(2, 3))
    while "<TimeTrackingAddRq" not in (message := world.send(ticket)):
        world.receive(ticket, quickbooks.process(message))
    quickbooks.process(message)  # its answer never arrives
    world.restart()
    world.run(quickbooks)
    record = world.record("timesheet", "TS-9")
    assert record.transfer_status is TransferStatus.FAILED
    assert set(taken(world)) == {"1"}
    assert len(world.company.transactions("TimeTracking")) == 1


@pytest.mark.parametrize("number", [1, 2, 3])
def test_quickbooks_dying_inside_a_timesheet_neither_loses_nor_repeats_an_entry(
    number: int, world: Installation, timesheet: Make, entry: Make
) -> None:
    world.put("timesheet", timesheet(entries=[entry(n) for n in range(3)]))
    assert world.run(Session(world.company, interference=DiesAt(number)))[-1] == -1
    world.run()
    record = world.record("timesheet", "TS-9")
    assert record.transfer_status is TransferStatus.TRANSFERRED
    rows = world.company.transactions("TimeTracking")
    assert len(rows) == 3, "the same entry three times over, each its own"
    assert set(taken(world).values()) == {row["TxnID"] for row in rows}
