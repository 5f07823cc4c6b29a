"""Searching records on a page: what is typed into its fields, and the page of what is found."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from qbferry.desk.lookup import status_named, view
from qbferry.desk.search import amount, begin_of, day, end_of
from qbferry.desk.values import sortable
from qbferry.errors import InputError
from qbferry.model import Kind, TransferStatus, fold
from qbferry.store.pages import RecordPages, Search
from qbferry.store.places import ORDERS, Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from qbferry.desk.shelf import Shelf
    from qbferry.model import Column, RecordRow
    from qbferry.store.catalog import KnownKind

__all__ = ["SIZES", "Asked", "Page", "asked", "everything", "filterable", "keys", "look", "still", "total"]

T = TypeVar("T")

SIZES = (25, 50, 100)

LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a person asked for.

    Attributes:
        search: Which records.
        order: One of ``ORDERS``.
        descending: The highest first.
        at: Where the page begins or ends; None: the first page.
        size: Records on a page.
    """

    search: Search
    order: str = "arrival"
    descending: bool = True
    at: Place | None = None
    size: int = SIZES[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of records.

    Attributes:
        rows: The records, each with what lists show of it.
        total: How many there are in all; None: nobody counts so many.
        before: The cursor of the page before it; None: this is the first.
        after: The cursor of the next one; None: this is the last.
        searched: Whether it was looked for to the page's end; else ``after`` goes on.
    """

    rows: Sequence[tuple[RecordRow, Mapping[str, Any]]]
    total: int | None
    before: str | None
    after: str | None
    searched: bool


def filterable(kind: KnownKind) -> list[Column]:
    """The columns of an entity's own that its records can be searched by."""
    return [column for column in kind.columns if column.filterable]


def asked(kind: KnownKind, given: Mapping[str, str], size: int | None = None) -> Asked:
    """Read what was typed; what is not there or empty does not count.

    Args:
        kind: The kind of record.
        given: ``status``, ``never``, ``party``, ``number``, ``batch``, ``reason``, ``in_doubt``,
            ``needs_resync``; ``date_from``, ``amount_from``, ``transferred_from`` and the same with ``_to``;
            ``sort``, such as ``-amount``; ``size``; ``at``; and the entity's own columns by their names,
            those of dates and numbers with ``_from`` and ``_to``.
        size: Records on a page, where that is not among what is given.

    Raises:
        InputError: Something cannot be read; the text says what.
    """

    def text(name: str) -> str:
        return given.get(name, "").strip()

    def bounds(name: str, read: Callable[[str | None], T]) -> tuple[T, T]:
        return read(text(f"{name}_from") or None), read(text(f"{name}_to") or None)

    first, last = bounds("transferred", day)
    statuses = [status_named(one) for one in text("status").split(",")]
    search = Search(
        statuses=tuple(status for status in statuses if status),
        never=bool(text("never")),
        transferred=(begin_of(first) if first else None, end_of(last) if last else None),
        party=text("party"),
        dated=bounds("date", day),
        amount=bounds("amount", amount),
        number=text("number"),
        batch=text("batch"),
        reason=text("reason"),
        in_doubt=bool(text("in_doubt")),
        needs_resync=bool(text("needs_resync")),
        values={
            column.name: found
            for column in filterable(kind)
            if (found := _value(column, text(column.name), bounds(column.name, _as_is))) != (None, None)
        },
    )
    sort = text("sort") or "-arrival"
    order = sort.removeprefix("-")
    if order not in ORDERS:
        raise InputError(f"Records are not sorted by {order}; they are by: {', '.join(ORDERS)}.")
    typed = text("size") or str(SIZES[0])
    if typed not in map(str, SIZES):
        raise InputError(f"A page has {', '.join(map(str, SIZES))} records, not {typed[:20]}.")
    at = _place(order, text("at")) if text("at") else None
    return Asked(search=search, order=order, descending=sort.startswith("-"), at=at, size=size or int(typed))


def look(shelf: Shelf, asked: Asked) -> Page:
    """The page that was asked for."""
    found = _pages(shelf).page(
        asked.search, asked.order, descending=asked.descending, at=asked.at, size=asked.size
    )
    rows = shelf.tx.records.by_key(found.keys)
    return Page(
        rows=[(rows[key], view(shelf, rows[key])) for key in found.keys],
        total=found.total,
        before=found.before and _cursor(found.before),
        after=found.after and _cursor(found.after),
        searched=found.searched,
    )


def keys(shelf: Shelf, asked: Asked) -> tuple[list[int], str | None]:
    """Which records the page has, and the cursor of the next one: what an act needs, and no more."""
    found = _pages(shelf).page(
        asked.search, asked.order, descending=asked.descending, at=asked.at, size=asked.size
    )
    return list(found.keys), found.after and _cursor(found.after)


def still(shelf: Shelf, asked: Asked, keys: list[int]) -> list[RecordRow]:
    """Of records that were found, those that are meant as they are now."""
    meant = _pages(shelf).still(asked.search, keys)
    rows = shelf.tx.records.by_key(meant)
    return [rows[key] for key in meant]


def everything(shelf: Shelf, search: Search) -> Iterator[tuple[RecordRow, Mapping[str, Any]]]:
    """All records that are meant, as they arrived, a part at a time."""
    for keys in _pages(shelf).keys(search, last=shelf.tx.records.last_key()):
        rows = shelf.tx.records.by_key(keys)
        yield from ((rows[key], view(shelf, rows[key])) for key in keys)


def total(shelf: Shelf, search: Search) -> int | None:
    """How many records are meant; None: nobody counts so many."""
    return _pages(shelf).total(search)


def _pages(shelf: Shelf) -> RecordPages:
    return RecordPages(shelf.tx.connection, shelf.row.id, shelf.kind.name)


def _as_is(text: str | None) -> str | None:
    return text


def _value(column: Column, text: str, bounds: tuple[str | None, str | None]) -> tuple[str | None, str | None]:
    """What a column is searched by, as texts that sort."""
    match column.kind:
        case Kind.TEXT:
            return (fold(text), fold(text) + LAST) if text else (None, None)
        case Kind.FLAG:
            return ("1", "1") if text in ("1", "yes") else ("0", "0") if text in ("0", "no") else (None, None)
    check = amount if column.kind in (Kind.MONEY, Kind.QUANTITY) else day
    for bound in bounds:
        check(bound)
    first, last = (sortable(column.kind, bound) for bound in bounds)
    return first, last and last + (LAST if column.kind is Kind.MOMENT else "")


# -- Cursors: where a page begins, as an address can carry it


def _cursor(place: Place) -> str:
    value = place.value.isoformat() if isinstance(place.value, date) else place.value
    told = json.dumps([value, place.pk, place.backwards], separators=(",", ":"))
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def _place(order: str, text: str) -> Place:
    """Read a cursor.

    Raises:
        InputError: It is none, or of another order.
    """
    try:
        told = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        value, pk, backwards = told
        if not (isinstance(pk, int) and isinstance(backwards, bool) and abs(pk) < 2**62):
            raise TypeError
        return Place(None if value is None else _READ[order](value), pk, backwards)
    except (ValueError, TypeError) as error:
        raise InputError("The place in the list cannot be read; go to its first page.") from error


def _whole(value: Any) -> int:
    if isinstance(value, int) and abs(value) < 2**62:
        return value
    raise TypeError


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise TypeError


_READ = {
    "arrival": _whole,
    "party": _text,
    "date": date.fromisoformat,
    "amount": _whole,
    "status": TransferStatus,
    "transferred": datetime.fromisoformat,
    "number": _text,
}
