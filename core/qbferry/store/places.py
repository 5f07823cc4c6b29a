"""Where a page of records begins and ends: in an order, cut from few, or walked along the order's index."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import false, func, select, true, tuple_

from qbferry.store import tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection

__all__ = ["ORDERS", "Found", "Order", "Place", "Walk", "cut"]

_T = tables.record

WALK = 5_000
"""Entries of an index that are walked for one page, at most."""


class Order(NamedTuple):
    """What pages can be sorted by, and which records have it."""

    column: Any
    there: ColumnElement[bool]
    missing: ColumnElement[bool]


def _nullable(column: Any) -> Order:
    return Order(column, column.is_not(None), column.is_(None))


ORDERS: Mapping[str, Order] = {
    "arrival": Order(_T.c.pk, true(), false()),
    "party": Order(_T.c.party_folded, true(), false()),
    "date": _nullable(_T.c.dated),
    "amount": _nullable(_T.c.amount),
    "status": Order(_T.c.transfer_status, true(), false()),
    "transferred": _nullable(_T.c.transfer_date),
    "number": Order(_T.c.number, _T.c.number != "", _T.c.number == ""),
}
"""What pages can be sorted by; each has an index. What a record lacks comes last, whichever way."""


class Place(NamedTuple):
    """Where a page begins: behind a record, or before it.

    Attributes:
        value: What it is sorted by there; None: it has none, and so comes last.
        pk: Its key.
        backwards: Whether the page ends there instead.
    """

    value: Any
    pk: int
    backwards: bool = False


class Found(NamedTuple):
    """A page.

    Attributes:
        keys: Of its records, in order.
        total: How many there are in all; None: nobody counts so many.
        before: Where the page before it ends; None: this is the first.
        after: Where the next one begins; None: this is the last.
        searched: Whether the page was looked for to its end; else as far as is walked, and ``after`` goes on.
    """

    keys: Sequence[int]
    total: int | None
    before: Place | None
    after: Place | None
    searched: bool = True


def cut(few: list[Place], *, descending: bool, at: Place | None, size: int) -> Found:
    """A page of few, sorted here."""
    there = sorted(((place.value, place.pk) for place in few if place.value is not None), reverse=descending)
    missing = sorted(place.pk for place in few if place.value is None)
    places = [*there, *((None, pk) for pk in missing)]
    first, end = 0, size
    if at is not None:
        # What it names may be gone by now; then the page is where it stood.
        end = bisect_left(places, True, key=lambda place: _behind(place, at, descending=descending))
        if at.backwards:
            end -= end > 0 and places[end - 1][1] == at.pk
            first = max(0, end - size)
        else:
            first, end = end, end + size
    page = places[first:end]
    return Found(
        [pk for _, pk in page],
        len(places),
        Place(*page[0], backwards=True) if page and first > 0 else None,
        Place(*page[-1]) if page and end < len(places) else None,
    )


class Walk:
    """Pages along the index of an order: first those that have a value, behind them those that have none."""

    def __init__(
        self,
        connection: Connection,
        mine: ColumnElement[bool],
        conditions: Sequence[ColumnElement[bool]],
        order: Order,
    ) -> None:
        self._connection, self._mine, self._order = connection, mine, order
        self._conditions = list(conditions)

    def page(self, at: Place | None, *, descending: bool, size: int) -> Found:
        """One page, and where those beside it begin."""
        backwards = at is not None and at.backwards
        rows: list[Place] = []
        last: Place | None = None
        start = at
        for valued in (False, True) if backwards else (True, False):
            if start is not None and (start.value is not None) != valued:
                continue  # the other half
            down = (descending and valued) != backwards
            got, last = self._half(valued=valued, down=down, at=start, size=size + 1 - len(rows))
            rows += got
            if len(rows) > size or last is not None:
                break
            start = None
        more = rows[size - 1] if len(rows) > size else last
        page = rows[:size]
        back = page[0] if page and at is not None else None
        if backwards:
            page.reverse()
            first, following = more, back
        else:
            first, following = back, more
        return Found(
            [place.pk for place in page],
            None,
            first and first._replace(backwards=True),
            following and following._replace(backwards=False),
            last is None,
        )

    def _half(
        self, *, valued: bool, down: bool, at: Place | None, size: int
    ) -> tuple[list[Place], Place | None]:
        """Rows of one half; and where the walk was broken off, if it was."""
        sort = [self._order.column, _T.c.pk] if valued else [_T.c.pk]
        along = [self._mine, self._order.there if valued else self._order.missing]
        if at is not None:
            here = [at.value, at.pk] if valued else [at.pk]
            left, right = tuple_(*sort), tuple_(*here)
            along.append(left < right if down else left > right)
        ordered = [each.desc() if down else each for each in sort]
        value = self._order.column.label("sorted")
        entries = select(_T.c.pk, value).where(*along).order_by(*ordered)
        if not self._conditions:
            return self._places(entries.limit(size), valued), None
        inner = entries.limit(WALK).subquery()
        again = [inner.c.sorted, inner.c.pk] if valued else [inner.c.pk]
        forth = [each.desc() if down else each for each in again]
        back = [each if down else each.desc() for each in again]
        rows = self._places(
            select(inner.c.pk, inner.c.sorted)
            .join(_T, _T.c.pk == inner.c.pk)
            .where(*self._conditions)
            .order_by(*forth)
            .limit(size),
            valued,
        )
        if len(rows) >= size:
            return rows, None
        walked = self._connection.execute(select(func.count()).select_from(inner)).scalar_one()
        if walked < WALK:
            return rows, None
        [end] = self._places(select(inner.c.pk, inner.c.sorted).order_by(*back).limit(1), valued)
        return rows, end

    def _places(self, statement: Any, valued: bool) -> list[Place]:
        return [Place(value if valued else None, pk) for pk, value in self._connection.execute(statement)]


def _behind(place: tuple[Any, int], at: Place, *, descending: bool) -> bool:
    """Whether a place comes after another."""
    value, pk = place
    if (value is None) != (at.value is None):
        return value is None
    if value is None:
        return pk > at.pk
    return ((value, pk) < (at.value, at.pk)) if descending else ((value, pk) > (at.value, at.pk))
