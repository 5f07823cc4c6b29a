"""A record of which QuickBooks has a part says what is there, whatever it is called otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry.desk import lookup
from qbferry.desk.readiness import set_not_ready, set_ready
from qbferry.desk.shelf import Shelf
from qbferry.simulator import Session
from qbferry.simulator.status import Status

from .restored import at_desk, live

if TYPE_CHECKING:
    from qbferry.testing.installation import Installation

ENTRIES = ["2026-10-26", "2026-10-27", "2026-10-28", "2026-10-29"]


class Refuses:
    """QuickBooks refuses the n-th time entry."""

    def __init__(self, place: int) -> None:
        self._left = place

    def disturb(self, name: str) -> Status | None:
        self._left -= name == "TimeTrackingAdd"
        return Status(3070, "Error", "No.") if not self._left and name == "TimeTrackingAdd" else None


def timesheet() -> dict[str, Any]:
    entries = [
        {
            "id": str(number),
            "date": day,
            "hours": "7.50",
            "organization": "Acme Corp",
            "item": "Labor~Remote",
            "billable": True,
        }
        for number, day in enumerate(ENTRIES, 1)
    ]
    return {
        "id": "TS-1",
        "resource": "Smith, Ann",
        "period_start": "2026-10-25",
        "period_end": "2026-10-31",
        "status": "Approved",
        "entries": entries,
    }


def shown(world: Installation) -> dict[str, Any]:
    with at_desk(world, "timesheet") as drawer:
        shelf = Shelf(drawer.tx, drawer.kind, drawer.row, drawer.waits_for)
        return lookup.view(shelf, drawer.find(["TS-1"])[0])


def test_a_timesheet_with_three_of_four_entries_that_is_set_not_ready_says_what_is_there(
    office: Installation,
) -> None:
    office.put("timesheet", timesheet())
    office.run(Session(office.company, interference=Refuses(2)))
    assert live(office, "TimeTracking") == 3
    there = [row["TxnID"] for row in office.company.transactions("TimeTracking")]
    said = (
        f"QuickBooks has a part of it: entry 1 (TxnID {there[0]}), entry 3 (TxnID {there[1]}), "
        f"entry 4 (TxnID {there[2]})."
    )
    assert shown(office)["partly"] == said
    with at_desk(office, "timesheet") as drawer:
        assert all(verdict.changed for verdict in set_not_ready(drawer, drawer.find(["TS-1"])))
    assert (shown(office)["transfer_status"], shown(office)["partly"]) == ("Not Transferred", said)
    assert (office.history("TS-1")[-1].kind, office.history("TS-1")[-1].reason) == ("Not ready", said)
    with at_desk(office, "timesheet") as drawer:
        assert all(verdict.changed for verdict in set_ready(drawer, drawer.find(["TS-1"])))
    office.run()
    assert live(office, "TimeTracking") == 4
    assert shown(office)["partly"] is None, "all of it is there"


def test_a_record_of_which_nothing_is_there_says_nothing(office: Installation) -> None:
    office.put("timesheet", timesheet())
    assert shown(office)["partly"] is None
    office.run()
    assert shown(office)["partly"] is None
