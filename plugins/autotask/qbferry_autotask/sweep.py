"""Reading what is new or changed, a part at a time; where it goes on is a cursor."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from qbferry_autotask.api import where

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date

    from qbferry_autotask.api import Api

    Row = Mapping[str, Any]

__all__ = ["FIRST_DAYS", "Cursor", "moment", "stamp", "sweep"]

FIRST_DAYS = 14
"""What is older is not read the first time, unless the settings name a day."""

OVERLAP = timedelta(minutes=10)
"""A row may become visible later than its time says."""

PART = 200
"""Rows a part."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a source goes on.

    Attributes:
        floor: Nothing older was ever read.
        since: What was stamped from then on is read in this sweep.
        seen: The latest stamp so far.
        began: When this sweep began, by our own clock; empty: it has not begun.
        after: The id behind which it goes on.
        other: What else was seen, such as the id of the last receipt.
    """

    floor: str
    since: str
    seen: str
    began: str = ""
    after: int = 0
    other: int = 0

    @classmethod
    def read(cls, text: str | None, first: date | None) -> Cursor:
        """What a text says; None: the beginning."""
        if text:
            return cls(**json.loads(text))
        day = (
            first.isoformat()
            if first
            else (datetime.now(UTC) - timedelta(days=FIRST_DAYS)).date().isoformat()
        )
        begin = f"{day}T00:00:00.000Z"
        return cls(floor=begin, since=begin, seen=begin)

    def __str__(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


def sweep(
    api: Api,
    entity: str,
    cursor: Cursor,
    stamps: Sequence[str],
    fields: Collection[str],
    conditions: Callable[[str], Sequence[Row]],
) -> tuple[list[Row], Cursor, bool]:
    """Read a part of what was stamped since the last sweep.

    Args:
        api: Autotask.
        entity: Whose rows.
        cursor: Where it goes on.
        stamps: Fields that say when a row was made or changed.
        fields: What is read of each row.
        conditions: Given a moment, what is asked for.

    Returns:
        The rows, where it goes on, and whether there are more by now.
    """
    from_ = max(cursor.floor, stamp(moment(cursor.since) - OVERLAP))
    asked = [*conditions(from_), where("gt", "id", cursor.after)]
    rows = api.page(entity, asked, {*fields, *stamps}, PART)
    seen = max([cursor.seen, *(_utc(row[name]) for row in rows for name in stamps if row.get(name))])
    began = cursor.began or stamp(datetime.now(UTC))
    if len(rows) == PART:
        return rows, replace(cursor, seen=seen, began=began, after=rows[-1]["id"]), True
    # What was changed behind our back in a long sweep is not later than its beginning.
    return rows, replace(cursor, seen=seen, since=min(seen, began), began="", after=0), False


def moment(text: str) -> datetime:
    """A moment as Autotask writes it; without a zone it is UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def stamp(at: datetime) -> str:
    """A moment as filters take it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _utc(text: str) -> str:
    return stamp(moment(text))
