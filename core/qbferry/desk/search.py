"""Which records a person looks for, as they say it: whom for, when, how much, why it failed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from qbferry.desk.lookup import view
from qbferry.errors import InputError
from qbferry.model import fold
from qbferry.store.records import MANY, SORTS, Filter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry.desk.shelf import Shelf

__all__ = ["amount", "begin_of", "chosen", "day", "end_of", "found", "sorted_by"]

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AMOUNT = re.compile(r"-?[0-9]{1,13}(\.[0-9]{1,2})?")


def day(text: str | None) -> date | None:
    """A day as people write it in a command.

    Raises:
        InputError: It is none.
    """
    if text is None:
        return None
    try:
        found = date.fromisoformat(text if _DAY.fullmatch(text) else "")
        begin_of(found), end_of(found)  # the first day and the last of all calendars have not both
    except (ValueError, OverflowError):
        raise InputError(f"{text} is no date; write it as 2026-10-31.") from None
    return found


def amount(text: str | None) -> int | None:
    """An amount in hundredths.

    Raises:
        InputError: It is none.
    """
    if text is None:
        return None
    if not _AMOUNT.fullmatch(text):
        raise InputError(f"{text} is no amount; write digits with a point, such as 1234.50.")
    return int((Decimal(text) * 100).to_integral_value(ROUND_HALF_UP))


def sorted_by(text: str) -> tuple[str, bool] | None:
    """What records are sorted by, and whether the highest come first: ``-amount``; empty: as they arrived.

    Raises:
        InputError: Nothing is sorted by that.
    """
    name = text.removeprefix("-")
    if name and name not in SORTS:
        raise InputError(f"Records are not sorted by {name}; they are by: {', '.join(SORTS)}.")
    return (name, text.startswith("-")) if name else None


def chosen(
    *,
    party: str | None = None,
    dates: tuple[date | None, date | None] = (None, None),
    amounts: tuple[int | None, int | None] = (None, None),
    reason: str | None = None,
    transferred: tuple[date | None, date | None] = (None, None),
    **others: Any,
) -> Filter:
    """The filter for what a person has said.

    Args:
        party: A part of the name, in capital or small letters.
        dates: The record's own date, from and to.
        amounts: In hundredths, from and to.
        reason: A part of why it failed, or was not set ready.
        transferred: The days of the transfer, from and to, where this machine stands.
        others: The rest of the filter's fields.
    """
    first, last = transferred
    return Filter(
        party=fold(party) if party else None,
        dated=dates,
        amount=amounts,
        reason=reason or None,
        transferred=(
            begin_of(first) if first else None,
            end_of(last) if last else None,
        ),
        **others,
    )


def found(
    shelf: Shelf,
    which: Filter | None = None,
    sort: tuple[str, bool] | None = None,
    *,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[dict[str, Any]]:
    """Records as lists show them, in an order of their values, read a part at a time."""
    records, which = shelf.tx.records, which or Filter()
    keys = records.keys(shelf.row.id, shelf.kind.name, which, sort, limit=limit, offset=offset)
    for start in range(0, len(keys), MANY):
        part = keys[start : start + MANY]
        rows = records.by_key(part)
        for key in part:
            yield view(shelf, rows[key])


def begin_of(at: date) -> datetime:
    """When a day begins where this machine stands."""
    return datetime.combine(at, time()).astimezone(UTC)


def end_of(at: date) -> datetime:
    """The last moment of a day there."""
    return begin_of(at + timedelta(days=1)) - timedelta(microseconds=1)
