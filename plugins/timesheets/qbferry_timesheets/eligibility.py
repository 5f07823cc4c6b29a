"""Whether a timesheet may go: pure rules, each named as the README names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import BillableStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from qbferry_timesheets.document import TimeEntry, TimesheetDocument
    from qbferry_timesheets.settings import Settings

__all__ = ["RULES"]

HOURS_A_DAY = 24


def approved(timesheet: TimesheetDocument, _settings: Settings) -> str | None:
    """Only what was approved is paid and billed."""
    if timesheet.status.casefold() == "approved":
        return None
    return (
        f'Timesheet {timesheet.id} has the status "{timesheet.status}"; only approved timesheets are '
        "transferred. Approve it at the source and import it again."
    )


def has_time(timesheet: TimesheetDocument, _settings: Settings) -> str | None:
    """A timesheet without any time has nothing to send."""
    if any(entry.hours for entry in timesheet.entries):
        return None
    return f"Timesheet {timesheet.id} has no entry with hours, so there is nothing to transfer."


def possible_hours(timesheet: TimesheetDocument, _settings: Settings) -> str | None:
    """An entry is at most a day long, and not negative."""
    wrong = [entry for entry in timesheet.entries if not 0 <= entry.hours <= HOURS_A_DAY]
    if not wrong:
        return None
    shown = ", ".join(f"{entry.id} ({entry.hours:f})" for entry in wrong)
    return f"Timesheet {timesheet.id} has entries of less than 0 or more than {HOURS_A_DAY} hours: {shown}."


def within_period(timesheet: TimesheetDocument, _settings: Settings) -> str | None:
    """An entry of another period is most likely a slip, and would be paid in the wrong one."""
    start, end = timesheet.period_start, timesheet.period_end
    outside = [entry for entry in timesheet.entries if not start <= entry.date <= end]
    if not outside:
        return None
    shown = ", ".join(f"{entry.id} ({entry.date})" for entry in outside)
    return f"Timesheet {timesheet.id} is for {start} to {end}, but has entries of other days: {shown}."


def billable_to_someone(timesheet: TimesheetDocument, settings: Settings) -> str | None:
    """QuickBooks takes billable time only with a customer and a service item (facts E)."""
    if settings.billable is BillableStatus.NOT_BILLABLE:
        return None
    lacking = [
        entry
        for entry in timesheet.entries
        if entry.billable and entry.hours and not (entry.organization and entry.item)
    ]
    if not lacking:
        return None
    return (
        f"Timesheet {timesheet.id} has billable entries without organization or item: {_ids(lacking)}. "
        "QuickBooks needs both to bill time; add them at the source, or make the entries not billable."
    )


RULES: Mapping[str, Callable[[TimesheetDocument, Settings], str | None]] = {
    "Approved only": approved,
    "Something to transfer": has_time,
    "Possible hours": possible_hours,
    "Within the period": within_period,
    "Billable to someone": billable_to_someone,
}
"""The README's name of each rule -> the rule."""


def _ids(entries: Sequence[TimeEntry]) -> str:
    return ", ".join(entry.id for entry in entries)
