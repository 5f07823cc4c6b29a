"""What the names in a timesheet stand for in QuickBooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import Reference, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry import ListEntry
    from qbferry_timesheets.document import TimesheetDocument
    from qbferry_timesheets.settings import Settings

__all__ = ["PERSON", "TARGETS", "is_paid_by_time", "payroll_item", "references"]

PERSON = "resource"
"""Where the name of whose time it is stands."""

RESOURCE = Target(
    label="employee or vendor",
    # Whose entries can have time, in the order they are looked through (facts E).
    kinds=("Employee", "Vendor", "OtherName"),
    remedy="Add one of that name there, or correct the resource at the source.",
)
PAYROLL_ITEM = Target(
    label="payroll item",
    kinds=("PayrollItemWage",),
    remedy="Name one for the category in [plugins.timesheets.payroll_items].",
    optional=True,
)
TARGETS = (RESOURCE, PAYROLL_ITEM)


def references(timesheet: TimesheetDocument, settings: Settings) -> Iterator[Reference]:
    """Give whose time it is, and what it may be paid as.

    ``Smith, Ann`` is looked for as ``Ann Smith`` too, the way QuickBooks names its employees.
    """
    last, comma, first = (part.strip() for part in timesheet.resource.partition(","))
    written_out = (f"{first} {last}",) if comma and first and last else ()
    yield Reference(at=PERSON, target=RESOURCE, name=timesheet.resource, spellings=written_out)
    for entry in timesheet.entries:
        if name := payroll_item(entry.payroll_category, settings):
            yield Reference(at=f"entry:{entry.id}", target=PAYROLL_ITEM, name=name, where=f"entry {entry.id}")


def payroll_item(category: str | None, settings: Settings) -> str | None:
    """The name of a category's payroll item: as set, or the category's own."""
    return settings.payroll_items.get(category.casefold(), category) if category else None


def is_paid_by_time(person: ListEntry | None) -> bool:
    """Tell whether QuickBooks pays the person by time data; only then it takes payroll items (facts E)."""
    return (
        person is not None
        and person.kind == "Employee"
        and person.data.get("UseTimeDataToCreatePaychecks") == "UseTimeData"
    )
