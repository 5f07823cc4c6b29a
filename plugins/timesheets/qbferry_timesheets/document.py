"""The shape of a timesheet as its source gives it."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from qbferry import Document, PartId, Summary, Unit

__all__ = ["TimeEntry", "TimesheetDocument", "summary"]

ID_LENGTH = 90
"""An entry's id is part of its request's key, which the history holds with 100 characters."""


class TimeEntry(BaseModel):
    """Time worked on one day on one thing.

    Attributes:
        id: The source's identity of the entry, unique in its timesheet.
        date: The day.
        hours: How long, in hours: ``"7.50"``. Zero is not sent.
        organization: The QuickBooks customer, or ``Customer~Job``.
        item: The QuickBooks service item, ``Parent~Child``.
        payroll_category: What kind of pay; the setting ``payroll_items`` names QuickBooks' payroll items.
        class_: The QuickBooks class, ``Parent~Child``; ``class`` in JSON.
        notes: What was done; cut to the 4095 characters QuickBooks holds.
        billable: Whether the customer pays for it.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True, str_strip_whitespace=True
    )

    id: PartId = Field(max_length=ID_LENGTH)
    date: date
    hours: Decimal = Field(max_digits=20)
    organization: str | None = None
    item: str | None = None
    payroll_category: str | None = None
    class_: str | None = Field(default=None, alias="class")
    notes: str | None = None
    billable: bool = False


def _told_apart(entries: tuple[TimeEntry, ...]) -> tuple[TimeEntry, ...]:
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            raise ValueError(f"two entries have the id {entry.id}")
        seen.add(entry.id)
    return entries


class TimesheetDocument(Document):
    """The time of one person in one period.

    Attributes:
        resource: The person: a QuickBooks employee, vendor or other name, ``Last, First`` or ``First Last``.
        period_start: The first day of the period.
        period_end: Its last day.
        status: ``Approved``, or whatever else the source calls its stages.
        entries: What was worked.
    """

    model_config = ConfigDict(str_strip_whitespace=True)

    resource: str = Field(min_length=1)
    period_start: date
    period_end: date
    status: str
    entries: Annotated[tuple[TimeEntry, ...], AfterValidator(_told_apart)]


def summary(timesheet: TimesheetDocument) -> Summary:
    """What lists and totals know of a timesheet."""
    hours = sum((entry.hours for entry in timesheet.entries), Decimal(0))
    return Summary(
        party=timesheet.resource,
        dated=timesheet.period_end,
        amount=hours.quantize(Decimal("0.01"), ROUND_HALF_UP),
        unit=Unit.HOURS,
    )
