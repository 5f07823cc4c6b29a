"""What an answer of QuickBooks changes on a timesheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry_timesheets.mapping import KEY
from qbferry_timesheets.state import Taken

if TYPE_CHECKING:
    from collections.abc import Collection

    from qbferry import Request, Response
    from qbferry_timesheets.document import TimesheetDocument
    from qbferry_timesheets.state import TimesheetRecord, TimesheetState

__all__ = ["changed_on_the_way", "forget", "remember"]


def remember(record: TimesheetRecord, request: Request, response: Response) -> TimesheetState:
    """Keep which entries QuickBooks has, under which TxnID and as what.

    The framework forgets its own memory once all are there. Of an earlier transfer nothing is kept; that is
    in the history.
    """
    name, sheet = request.key.removeprefix(KEY), record.document
    entry = next((entry for entry in sheet.entries if entry.id == name), None)
    if response.is_error or entry is None:
        return record.state
    txn_id = response.text("TimeTrackingRet/TxnID")
    before = {other: taken for other, taken in record.state.taken.items() if f"{KEY}{other}" in record.done}
    now = Taken(txn_id=txn_id, resource=sheet.resource, entry=entry)
    return record.state.replace(taken=before | {name: now})


def forget(state: TimesheetState, lost: Collection[str]) -> TimesheetState:
    """Keep nothing any more of entries QuickBooks has lost, given by their requests' keys."""
    gone = {key.removeprefix(KEY) for key in lost}
    return state.replace(taken={entry: taken for entry, taken in state.taken.items() if entry not in gone})


def changed_on_the_way(timesheet: TimesheetDocument, state: TimesheetState) -> bool:
    """Tell whether the source has changed an entry between QuickBooks' taking it and taking the last one."""
    now = {entry.id: (timesheet.resource, entry) for entry in timesheet.entries}
    return any(now.get(entry) != (taken.resource, taken.entry) for entry, taken in state.taken.items())
