"""What is remembered of a timesheet: which entries QuickBooks has, and as what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict

from qbferry import Record, State
from qbferry_timesheets.document import TimeEntry, TimesheetDocument

__all__ = ["Taken", "TimesheetRecord", "TimesheetState"]


class Taken(BaseModel):
    """An entry as it was when QuickBooks took it.

    Attributes:
        txn_id: Its TxnID in QuickBooks, if the answer had one.
        resource: Whose time it was.
        entry: What the source said of it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    txn_id: str | None = None
    resource: str
    entry: TimeEntry


class TimesheetState(State):
    """The state of a timesheet.

    Attributes:
        taken: Entry id -> what QuickBooks took in the last transfer.
    """

    taken: Mapping[str, Taken] = {}


TimesheetRecord: TypeAlias = Record[TimesheetDocument, TimesheetState]
"""A timesheet, and what QuickBooks has of it."""
