"""From a timesheet to its QuickBooks requests, one an entry; what each field becomes is in the README."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import BillableStatus, Request
from qbferry_timesheets.duration import minutes
from qbferry_timesheets.references import PERSON, is_paid_by_time, payroll_item

if TYPE_CHECKING:
    from qbferry import Name, Names
    from qbferry_timesheets.document import TimeEntry, TimesheetDocument
    from qbferry_timesheets.settings import Settings

__all__ = ["KEY", "possible_keys", "requests"]

KEY = "entry:"
"""What the key of an entry's request begins with; its id follows."""


def requests(timesheet: TimesheetDocument, settings: Settings, names: Names) -> list[Request]:
    """Give one request for each entry that has time."""
    person = names[PERSON]
    paid = is_paid_by_time(person.entry)
    durations = minutes([entry.hours for entry in timesheet.entries])
    return [
        Request(
            key=f"{KEY}{entry.id}",
            name="TimeTrackingAdd",
            label=f"entry {entry.id}",
            fields={
                "date": entry.date,
                "resource": person,
                "customer": names.get(f"entry:{entry.id}.customer"),
                "item": names.get(f"entry:{entry.id}.item"),
                "minutes": duration,
                "class_": names.get(f"entry:{entry.id}.class"),
                "payroll_item": _payroll_item(entry, settings, names) if paid else None,
                "notes": entry.notes,
                "billable_status": _billable_status(entry, settings),
            },
        )
        for entry, duration in zip(timesheet.entries, durations, strict=True)
        if duration
    ]


def possible_keys(timesheet: TimesheetDocument) -> list[str]:
    """The keys of all entries, those without time and of a person QuickBooks does not know as well."""
    return [f"{KEY}{entry.id}" for entry in timesheet.entries]


def _payroll_item(entry: TimeEntry, settings: Settings, names: Names) -> Name | str | None:
    """The payroll item of a category; one that was not found goes as it is called, and QuickBooks judges."""
    return names.get(f"entry:{entry.id}") or payroll_item(entry.payroll_category, settings)


def _billable_status(entry: TimeEntry, settings: Settings) -> BillableStatus | None:
    """Time for no customer is nobody's to bill, so nothing is said about it."""
    if not entry.organization:
        return None
    return settings.billable if entry.billable else BillableStatus.NOT_BILLABLE
