"""Whether a connector's Web Connector calls as often as it should."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from qbferry.store.rows import ConnectorRow

__all__ = ["next_expected", "silence"]

LONG = timedelta(days=3)
"""Without a schedule, silence is worth a word after so long."""


def next_expected(row: ConnectorRow) -> datetime | None:
    """When its Web Connector should call next; None: a person starts it, or it never called."""
    if row.last_seen_at is None or not row.every_minutes:
        return None
    return row.last_seen_at + timedelta(minutes=row.every_minutes)


def silence(row: ConnectorRow, now: datetime) -> str:
    """A sentence where it has not called for longer than its schedule allows; else empty."""
    if row.last_seen_at is None:
        return f"The Web Connector of {row.name} has never called."
    allowed = timedelta(minutes=3 * row.every_minutes) if row.every_minutes else LONG
    quiet = now - row.last_seen_at
    if quiet <= max(allowed, timedelta(minutes=30)):
        return ""
    return f"The Web Connector of {row.name} has not called for {_long(quiet)}."


def _long(span: timedelta) -> str:
    if span.days >= 2:
        return f"{span.days} days"
    hours = int(span.total_seconds() // 3600)
    return f"{hours} hours" if hours >= 2 else f"{int(span.total_seconds() // 60)} minutes"
