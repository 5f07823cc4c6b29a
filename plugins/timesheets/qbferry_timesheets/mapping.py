"""From a timesheet to its QuickBooks requests, one an entry; what each field becomes is in the README."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import BillableStatus, Request, Skip
from qbferry_timesheets import people
from qbferry_timesheets.duration import minutes

if TYPE_CHECKING:
    from qbferry import Connector, Lists
    from qbferry_timesheets.document import TimeEntry, TimesheetDocument
    from qbferry_timesheets.settings import Settings

__all__ = ["KEY", "possible_keys", "requests"]

KEY = "entry:"
"""What the key of an entry's request begins with; its id follows."""


def requests(
    timesheet: TimesheetDocument, settings: Settings, connector: Connector, lists: Lists
) -> list[Request] | Skip:
    """Give one request for each entry that has time; refuse a person QuickBooks does not know."""
    person = people.find(timesheet.resource, lists)
    if person is None and (refusal := people.unknown(timesheet.resource, lists)):
        return refusal
    resource = person.full_name if person else timesheet.resource
    paid = people.is_paid_by_time(person)
    durations = minutes([entry.hours for entry in timesheet.entries])
    return [
        Request(
            key=f"{KEY}{entry.id}",
            name="TimeTrackingAdd",
            label=f"entry {entry.id}",
            fields={
                "date": entry.date,
                "resource": resource,
                "customer": entry.organization,
                "item": entry.item,
                "minutes": duration,
                "class_": entry.class_ if connector.tracks_classes else None,
                "payroll_item": _payroll_item(entry, settings, lists) if paid else None,
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


def _payroll_item(entry: TimeEntry, settings: Settings, lists: Lists) -> str | None:
    """The payroll item of a category: as set, as linked, or of the same name."""
    if not entry.payroll_category:
        return None
    name = settings.payroll_items.get(entry.payroll_category.casefold(), entry.payroll_category)
    found = lists.find("PayrollItemWage", name)
    return found.full_name if found else name


def _billable_status(entry: TimeEntry, settings: Settings) -> BillableStatus | None:
    """Time for no customer is nobody's to bill, so nothing is said about it."""
    if not entry.organization:
        return None
    return settings.billable if entry.billable else BillableStatus.NOT_BILLABLE
