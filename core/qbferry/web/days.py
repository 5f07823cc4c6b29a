"""What went and what failed, day by day, as bars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from qbferry.store.transaction import Transaction

__all__ = ["DAYS", "Day", "days"]

DAYS = 14

HEIGHT = 100
"""Units of the picture."""


@dataclass(slots=True)
class Day:
    """One day's runs, by UTC.

    Attributes:
        on: The day.
        sent: Records that were transferred.
        failed: Records that failed.
        high: How high the bar of the transferred is.
        low: How high that of the failed is.
    """

    on: date
    sent: int = 0
    failed: int = 0
    high: int = 0
    low: int = 0


def days(tx: Transaction, connector_id: int, today: date) -> list[Day]:
    """The last days, the earliest first, of what runs have counted."""
    found = [Day(today - timedelta(days=back)) for back in range(DAYS - 1, -1, -1)]
    by_day = {day.on: day for day in found}
    since = datetime.combine(found[0].on, time(), UTC)
    for started_at, sent, failed in tx.runs.counts(connector_id, since):
        day = by_day.get(started_at.date())
        if day is not None:
            day.sent, day.failed = day.sent + sent, day.failed + failed
    most = max(max(day.sent, day.failed) for day in found) or 1
    for day in found:
        # What there is at all can be seen.
        day.high, day.low = (-(-number * HEIGHT // most) for number in (day.sent, day.failed))
    return found
