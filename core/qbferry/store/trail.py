"""Pages of the transfer history, walked along its index from its end, as far as a person waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, or_, select

from qbferry.store import tables
from qbferry.store.history import FAILED, HISTORY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Select

    from qbferry.store.rows import HistoryRow

__all__ = ["Traced", "Trail", "Wanted"]

_T = tables.history

WALK = 5_000
"""Lines that are looked at for one page, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines; what is empty does not count.

    Attributes:
        entity: Of which kind of records.
        failed: Those of failures only.
        kinds: Of which kinds.
        run: Of which run.
        text: A part of the record's id, of the reason, or of its number in QuickBooks.
        first: Not before.
        last: Not after.
    """

    entity: str = ""
    failed: bool = False
    kinds: Sequence[str] = ()
    run: int | None = None
    text: str = ""
    first: datetime | None = None
    last: datetime | None = None


class Traced(NamedTuple):
    """A page of lines.

    Attributes:
        rows: The latest first.
        after: The key behind which the next page begins; None: this is the last.
        searched: Whether it was looked for to its end; else ``after`` goes on.
    """

    rows: Sequence[HistoryRow]
    after: int | None
    searched: bool


class Trail:
    """One connector's history.

    Args:
        connection: The open one.
        connector_id: The connector.
    """

    def __init__(self, connection: Connection, connector_id: int) -> None:
        self._connection, self._connector = connection, connector_id

    def page(self, wanted: Wanted, *, before: int | None = None, size: int) -> Traced:
        """A page.

        Args:
            wanted: Which lines.
            before: The key that the last page ended with; None: from the end.
            size: Lines on it.
        """
        if wanted.last is not None:
            behind = self._behind(wanted.last)
            before = behind if before is None or (behind is not None and behind < before) else before
        along = [_T.c.connector_id == self._connector]
        if wanted.run is not None:
            along.append(_T.c.run_id == wanted.run)
        if wanted.failed:
            along.append(FAILED)
        if before is not None:
            along.append(_T.c.id < before)
        conditions = _conditions(wanted)
        walk = select(_T.c.id).where(*along).order_by(_T.c.id.desc())
        if not conditions:
            walk = walk.limit(size + 1)
            found = self._read(select(walk.subquery().c.id))
            return Traced(found[:size], found[size - 1].id if len(found) > size else None, True)
        entries = walk.limit(WALK).subquery()
        found = self._read(
            select(entries.c.id)
            .join(_T, _T.c.id == entries.c.id)
            .where(*conditions)
            .order_by(entries.c.id.desc())
            .limit(size + 1)
        )
        if len(found) > size:
            return Traced(found[:size], found[size - 1].id, True)
        count, last = self._connection.execute(
            select(func.count(), func.min(entries.c.id)).select_from(entries)
        ).one()
        done = count < WALK or (wanted.first is not None and self._at(last) < wanted.first)
        return Traced(found, None if done else last, done)

    def _read(self, keys: Select[int]) -> list[HistoryRow]:
        ids = list(self._connection.execute(keys).scalars())
        rows = HISTORY.read(self._connection.execute(HISTORY.select.where(_T.c.id.in_(ids))))
        return sorted(rows, key=lambda row: -row.id)

    def _at(self, key: int) -> datetime:
        at: datetime = self._connection.execute(select(_T.c.at).where(_T.c.id == key)).scalar_one()
        return at

    def _behind(self, moment: datetime) -> int | None:
        """The key of the first line after a moment; None: there is none. Lines are numbered as time goes."""
        mine = _T.c.connector_id == self._connector
        # In two statements: for both ends in one SQLite reads all that lies between them.
        low, high = (
            self._connection.execute(select(end(_T.c.id)).where(mine)).scalar()
            for end in (func.min, func.max)
        )
        if high is None or self._at(high) <= moment:
            return None
        while low < high:  # the line at high is after the moment; those before low are not
            middle = (low + high) // 2
            near = select(_T.c.id, _T.c.at).where(mine, _T.c.id <= middle).order_by(_T.c.id.desc()).limit(1)
            key, at = self._connection.execute(near).one()
            low, high = (low, key) if at > moment else (middle + 1, high)
        return int(high)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.entity:
        found.append(_T.c.entity == wanted.entity)
    if wanted.kinds:
        found.append(_T.c.kind.in_(wanted.kinds))
    if wanted.text:
        texts = (_T.c.record_id, _T.c.reason, _T.c.ref_number)
        found.append(or_(*(text.icontains(wanted.text, autoescape=True) for text in texts)))
    if wanted.first is not None:
        found.append(_T.c.at >= wanted.first)
    return found
