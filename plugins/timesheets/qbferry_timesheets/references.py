"""What the names in a timesheet stand for in QuickBooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import Reference, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry import Connector, ListEntry
    from qbferry_timesheets.document import TimesheetDocument
    from qbferry_timesheets.settings import Settings

__all__ = ["PERSON", "TARGETS", "is_paid_by_time", "payroll_item", "references"]

PERSON = "resource"
"""Where the name of whose time it is stands."""

PAID_BY = "UseTimeDataToCreatePaychecks"
SERVICE = "ItemService"


def _undecided(person: ListEntry) -> str | None:
    """QuickBooks refuses time of an employee of whom nobody has said how it is paid (facts C)."""
    if person.kind == "Employee" and person.data.get(PAID_BY) == "NotSet":
        return "nobody has told QuickBooks whether to pay by time"
    return None


def _no_service(item: ListEntry) -> str | None:
    kind = item.data.get("Type", SERVICE)
    return None if kind == SERVICE else "is no service item in QuickBooks"


RESOURCE = Target(
    label="employee or vendor",
    # Whose entries can have time, in the order they are looked through (facts E).
    kinds=("Employee", "Vendor", "OtherName"),
    remedy="Add one of that name there, or correct the resource at the source.",
    unfit=_undecided,
    mend='Tick or untick "Use time data to create paychecks" in the employee\'s payroll info.',
)
CUSTOMER = Target(
    label="customer",
    kinds=("Customer",),
    remedy="Create it there, or correct the organization at the source.",
    inactive=True,
)
ITEM = Target(
    label="service item",
    kinds=("Item",),
    remedy="Create it there, or correct the item at the source.",
    unfit=_no_service,
    mend="Only service items have time; name one at the source.",
)
CLASS = Target(label="class", kinds=("Class",), remedy="Create it there, or correct the class at the source.")

PAYROLL_ITEM = Target(
    label="payroll item",
    kinds=("PayrollItemWage",),
    remedy="Name one for the category in [plugins.timesheets.payroll_items].",
    optional=True,
)
TARGETS = (RESOURCE, CUSTOMER, ITEM, CLASS, PAYROLL_ITEM)


def references(timesheet: TimesheetDocument, settings: Settings, connector: Connector) -> Iterator[Reference]:
    """Give whose time it is, what it was for, and what it may be paid as.

    ``Smith, Ann`` is looked for as ``Ann Smith`` too, the way QuickBooks names its employees.
    """
    last, comma, first = (part.strip() for part in timesheet.resource.partition(","))
    written_out = (f"{first} {last}",) if comma and first and last else ()
    yield Reference(
        at=PERSON, target=RESOURCE, name=timesheet.resource, spellings=written_out, uses=("time",)
    )
    for entry in timesheet.entries:
        if not entry.hours:
            continue
        at, where = f"entry:{entry.id}", f"entry {entry.id}"
        if entry.organization:
            yield Reference(at=f"{at}.customer", target=CUSTOMER, name=entry.organization, where=where)
        if entry.item:
            yield Reference(at=f"{at}.item", target=ITEM, name=entry.item, where=where)
        if connector.tracks_classes:
            yield Reference(at=f"{at}.class", target=CLASS, name=entry.class_ or "", where=where)
        if name := payroll_item(entry.payroll_category, settings):
            yield Reference(at=at, target=PAYROLL_ITEM, name=name, where=where)


def payroll_item(category: str | None, settings: Settings) -> str | None:
    """The name of a category's payroll item: as set, or the category's own."""
    return settings.payroll_items.get(category.casefold(), category) if category else None


def is_paid_by_time(person: ListEntry | None) -> bool:
    """Tell whether QuickBooks pays the person by time data; only then it takes payroll items (facts E)."""
    return person is not None and person.kind == "Employee" and person.data.get(PAID_BY) == "UseTimeData"
