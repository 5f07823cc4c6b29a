"""When a transaction falls due."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from qbferry.simulator.amounts import shift

if TYPE_CHECKING:
    from qbferry.simulator.records import Entry

__all__ = ["due"]


def due(day: str, terms: Entry | None, otherwise: int = 0) -> str:
    """Give the due date.

    Args:
        day: The transaction's ISO date.
        terms: Standard or date-driven terms, or None.
        otherwise: Days it is due without terms.
    """
    if terms is None:
        return shift(day, otherwise)
    if terms.kind == "StandardTerms":
        return shift(day, int(terms.data.get("StdDueDays", 0)))
    start = date.fromisoformat(day)
    wanted = int(terms.data.get("DayOfMonthDue", 1))
    months = 0 if start.day <= wanted else 1
    if _in_month(start, months, wanted).toordinal() - start.toordinal() < int(
        terms.data.get("DueNextMonthDays", 0)
    ):
        months += 1
    return _in_month(start, months, wanted).isoformat()


def _in_month(start: date, months: int, day: int) -> date:
    year, month = start.year + (start.month - 1 + months) // 12, (start.month - 1 + months) % 12 + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    last = date.fromordinal(following.toordinal() - 1).day
    return date(year, month, min(day, last))
