"""How far sources were read, and what they gave that could not be taken in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from qbferry.store import tables

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = ["RefusalRow", "SourceRow", "Sources"]

_S, _F = tables.source, tables.refusal
MANY = 500


@dataclass(slots=True, kw_only=True)
class SourceRow:
    """A source as it stands.

    Attributes:
        name: Its name.
        cursor: Where it goes on; None: from the beginning.
        due_at: When it is read next.
        read_at: When it was last read without a fault.
        taken: How many documents were taken in since the beginning, or the last reset.
        tries: How often it failed since it was last read.
        error: Why it failed last, a sentence.
    """

    name: str
    due_at: datetime
    cursor: str | None = None
    read_at: datetime | None = None
    taken: int = 0
    tries: int = 0
    error: str | None = None


@dataclass(slots=True, kw_only=True)
class RefusalRow:
    """A document that a source gave and that could not be taken in; it is tried again.

    Attributes:
        source: Whose it is.
        id: Its id.
        at: When it was refused first.
        document: As JSON.
        reason: Why, a sentence; None: only because it is with QuickBooks at this moment.
    """

    source: str
    id: str
    at: datetime
    document: str
    reason: str | None


_SOURCE = tuple(_S.c[name] for name in SourceRow.__slots__)
_REFUSAL = tuple(_F.c[name] for name in RefusalRow.__slots__)


class Sources:
    """Keeps them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> dict[str, SourceRow]:
        """Every source that was ever read, by name."""
        rows = self._connection.execute(select(*_SOURCE).order_by(_S.c.name)).mappings()
        return {row["name"]: SourceRow(**row) for row in rows}

    def named(self, name: str) -> SourceRow | None:
        """One source; None: it was never read."""
        row = self._connection.execute(select(*_SOURCE).where(_S.c.name == name)).mappings().one_or_none()
        return None if row is None else SourceRow(**row)

    def save(self, row: SourceRow) -> None:
        """Store a source, new or not."""
        values = {name: getattr(row, name) for name in SourceRow.__slots__}
        if not self._connection.execute(update(_S).where(_S.c.name == row.name).values(values)).rowcount:
            self._connection.execute(insert(_S).values(values))

    def refusals(self, name: str, limit: int = MANY) -> list[RefusalRow]:
        """What of a source waits to be taken in, oldest first."""
        mine = select(*_REFUSAL).where(_F.c.source == name).order_by(_F.c.at, _F.c.id).limit(limit)
        return [RefusalRow(**row) for row in self._connection.execute(mine).mappings()]

    def refused(self) -> dict[str, int]:
        """How many documents of each source wait."""
        counted = select(_F.c.source, func.count()).group_by(_F.c.source)
        return {name: int(count) for name, count in self._connection.execute(counted)}

    def refuse(self, rows: Sequence[RefusalRow]) -> None:
        """Keep documents; those of ids that wait already are replaced."""
        if rows:
            self.forget(rows[0].source, [row.id for row in rows])
            values = [{name: getattr(row, name) for name in RefusalRow.__slots__} for row in rows]
            self._connection.execute(insert(_F), values)

    def forget(self, name: str, ids: Collection[str] | None = None) -> None:
        """Let documents of a source wait no more; None: all of them."""
        mine = delete(_F).where(_F.c.source == name)
        if ids is None:
            self._connection.execute(mine)
            return
        listed = sorted(ids)
        for start in range(0, len(listed), MANY):
            self._connection.execute(mine.where(_F.c.id.in_(listed[start : start + MANY])))
