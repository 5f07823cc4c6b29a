"""Whose time it is: the source's name of a person, found among the names QuickBooks has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import Skip

if TYPE_CHECKING:
    from qbferry import ListEntry, Lists

__all__ = ["KINDS", "find", "is_paid_by_time", "unknown"]

KINDS = ("Employee", "Vendor", "OtherName")
"""The lists whose entries can have time, in the order they are looked through (facts E)."""


def find(resource: str, lists: Lists) -> ListEntry | None:
    """Find a person by link or name: employees first, then vendors and other names; active ones first.

    In each list the name is looked for as it is given and, for ``Last, First``, as ``First Last``, the way
    QuickBooks names its employees.
    """
    found = [
        entry
        for kind in KINDS
        for name in _spellings(resource)
        if (entry := lists.find(kind, name)) is not None
    ]
    return min(found, key=lambda entry: not entry.is_active, default=None)


def unknown(resource: str, lists: Lists) -> Skip | None:
    """Refuse a person none of QuickBooks' lists has; None while one of them has not been read."""
    if not all(lists.known(kind) for kind in KINDS):
        return None
    names = " or ".join(f'"{name}"' for name in _spellings(resource))
    return Skip(
        f"QuickBooks has no employee or vendor named {names}. Add one of that name there, or correct the "
        "resource at the source; the timesheet goes again in the next run."
    )


def is_paid_by_time(person: ListEntry | None) -> bool:
    """Tell whether QuickBooks pays the person by time data; only then it takes payroll items (facts E)."""
    return (
        person is not None
        and person.kind == "Employee"
        and person.data.get("UseTimeDataToCreatePaychecks") == "UseTimeData"
    )


def _spellings(resource: str) -> list[str]:
    last, comma, first = (part.strip() for part in resource.partition(","))
    return [resource, f"{first} {last}"] if comma and first and last else [resource]
