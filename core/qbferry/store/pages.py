"""Pages of records for people: sorted, filtered, and each as quick among a million as among a hundred.

Where a filter leaves few, they are found by its index, and sorted here. Where every filter leaves many, the
index of the order is walked from where the last page ended, and never further than a person waits for.
Nothing counts what is many.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    BigInteger,
    and_,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union,
)

from qbferry.model import TransferStatus, fold
from qbferry.store import tables
from qbferry.store.counters import number
from qbferry.store.places import ORDERS, Found, Place, Walk, cut
from qbferry.store.records import MANY, Filter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Connection

    from qbferry.store.places import Order

__all__ = ["FEW", "RecordPages", "Search"]

_T, _V = tables.record, tables.record_value

FEW = 10_000
"""Up to so many are counted, sorted, and looked through for a part of a text."""

_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Which records; what is empty does not count.

    Attributes:
        statuses: Where they stand.
        transferred: The first and the last moment of the transfer.
        never: Only those that were never transferred.
        party: What whom it is for begins with; among few, a part of it.
        dated: The first and the last day of the record's own date.
        amount: The least and the most, in hundredths.
        number: What its number, in the source or in QuickBooks, or its id begins with.
        batch: Its batch.
        reason: A part of why it failed or is not ready; looked for among few, or as far as is walked.
        in_doubt: Only those nobody can tell about.
        needs_resync: Only those of which more is to be sent.
        values: Column name -> from and to, as texts that sort (``desk.values``).
    """

    statuses: tuple[TransferStatus, ...] = ()
    transferred: tuple[datetime | None, datetime | None] = (None, None)
    never: bool = False
    party: str = ""
    dated: tuple[date | None, date | None] = (None, None)
    amount: tuple[int | None, int | None] = (None, None)
    number: str = ""
    batch: str = ""
    reason: str = ""
    in_doubt: bool = False
    needs_resync: bool = False
    values: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)


class _Term(NamedTuple):
    """One condition: on a record, and as keys from an index of its own; None: it has none."""

    condition: ColumnElement[bool]
    keys: Any


class RecordPages:
    """Finds pages of one connector's records of one kind.

    Args:
        connection: The open one.
        connector_id: The connector.
        entity: The kind.
    """

    def __init__(self, connection: Connection, connector_id: int, entity: str) -> None:
        self._connection = connection
        self._connector, self._entity = connector_id, entity
        self._mine = and_(_T.c.connector_id == connector_id, _T.c.entity == entity)

    def page(
        self, search: Search, order: str, *, descending: bool, at: Place | None = None, size: int
    ) -> Found:
        """A page.

        Args:
            search: Which records.
            order: One of ``ORDERS``.
            descending: The highest first; those without a value come last either way.
            at: Where it begins or ends; None: the first page.
            size: Records on it.
        """
        few = None if search == Search() else self._few(search, ORDERS[order])
        if few is not None:
            return cut(few, descending=descending, at=at, size=size)
        found = Walk(self._connection, self._mine, self._conditions(search), ORDERS[order]).page(
            at, descending=descending, size=size
        )
        return found._replace(total=self._known(search))

    def keys(self, search: Search, *, last: int) -> Iterator[list[int]]:
        """The keys of all that are meant, as they arrived, in parts: what an act or a file is about.

        Args:
            search: Which records.
            last: The greatest key; what arrives meanwhile is not meant.
        """
        few = None if search == Search() else self._few(search, ORDERS["arrival"])
        if few is not None:
            meant = sorted(place.pk for place in few if place.pk <= last)
            yield from (meant[start : start + MANY] for start in range(0, len(meant), MANY))
            return
        walk, at = Walk(self._connection, self._mine, self._conditions(search), ORDERS["arrival"]), None
        while True:
            found = walk.page(at, descending=False, size=MANY)
            yield [key for key in found.keys if key <= last]
            at = found.after
            if at is None or at.pk > last:
                return

    def still(self, search: Search, keys: list[int]) -> list[int]:
        """Of records that were found, those that are meant as they are now, in the same order."""
        party = [_T.c.party_folded.contains(fold(search.party), autoescape=True)] if search.party else []
        terms = (term.condition for term in self._terms(search))
        rest = and_(self._mine, *terms, *party, *_reasons(search))
        found = {*self._connection.execute(select(_T.c.pk).where(self._among(keys), rest)).scalars()}
        return [key for key in keys if key in found]

    def total(self, search: Search) -> int | None:
        """How many there are; None: nobody counts so many."""
        known = self._known(search)
        if known is None and (few := self._few(search, ORDERS["arrival"])) is not None:
            return len(few)
        return known

    def _known(self, search: Search) -> int | None:
        """What the counters know."""
        if search == Search(statuses=search.statuses):
            return number(self._connection, self._connector, self._entity, search.statuses)
        return None

    # -- Few

    def _few(self, search: Search, order: Order) -> list[Place] | None:
        """All that are meant, with what they are sorted by; None: every index leaves more than ``FEW``."""
        terms = self._terms(search)
        every = _Term(self._mine, select(_T.c.pk).where(self._mine))
        narrow = None
        if number(self._connection, self._connector, self._entity) <= FEW:
            narrow = every
        else:
            least = FEW + 1
            for term in terms:
                if term.keys is not None and (count := self._count(term.keys, least)) < least:
                    narrow, least = term, count
        conditions = [term.condition for term in terms if term is not narrow]
        if search.party:
            folded = fold(search.party)
            if narrow is not None:
                conditions.append(_T.c.party_folded.contains(folded, autoescape=True))
            else:
                begins = self._term(_begins(_T.c.party_folded, folded))
                narrow = begins if self._count(begins.keys, FEW + 1) <= FEW else None
        if narrow is None:
            return None
        keys = list(self._connection.execute(narrow.keys).scalars())
        rest = and_(self._mine, *conditions, *_reasons(search))
        value = case((order.there, order.column), else_=null())
        found = self._connection.execute(select(value, _T.c.pk).where(self._among(keys), rest))
        return [Place(value, pk) for value, pk in found]

    def _among(self, keys: list[int]) -> ColumnElement[bool]:
        """That a record is one of many, as one parameter."""
        if self._connection.dialect.name == "sqlite":
            each = func.json_each(json.dumps(keys)).table_valued("value")
            return _T.c.pk.in_(select(each.c.value))
        return _T.c.pk == func.any(literal(keys, ARRAY(BigInteger)))

    def _count(self, keys: Any, most: int) -> int:
        return int(
            self._connection.execute(
                select(func.count()).select_from(keys.limit(most).subquery())
            ).scalar_one()
        )

    # -- Conditions

    def _conditions(self, search: Search) -> list[ColumnElement[bool]]:
        """All of them, where many are walked."""
        begins = [_begins(_T.c.party_folded, fold(search.party))] if search.party else []
        return [*(term.condition for term in self._terms(search)), *begins, *_reasons(search)]

    def _terms(self, search: Search) -> list[_Term]:
        found: list[_Term] = []
        if search.statuses:
            found.append(self._term(_T.c.transfer_status.in_(search.statuses)))
        if search.never:
            found.append(self._term(_T.c.transfer_date.is_(None)))
        for column, (first, last) in (
            (_T.c.transfer_date, search.transferred),
            (_T.c.dated, search.dated),
            (_T.c.amount, search.amount),
        ):
            if bounds := _between(column, first, last):
                found.append(self._term(and_(*bounds)))
        if search.number:
            text = search.number
            ways = [
                and_(_T.c.number != "", _begins(_T.c.number, text)),
                and_(_T.c.ref_number.is_not(None), _begins(_T.c.ref_number, text)),
                _begins(_T.c.id, text),
            ]
            keys = union(*(self._keys(way) for way in ways)).subquery()
            found.append(_Term(or_(*ways), select(keys.c.pk)))
        if search.batch:
            found.append(self._term(_T.c.batch == search.batch))
        if search.in_doubt:
            doubtful = Filter(in_doubt=True).conditions(self._connector, self._entity)
            found.append(_Term(_T.c.in_doubt.is_(True), select(_T.c.pk).where(*doubtful)))
        if search.needs_resync:
            found.append(_Term(_T.c.needs_resync.is_(True), None))
        found += (self._of_value(name, *bounds) for name, bounds in search.values.items())
        return found

    def _of_value(self, name: str, first: str | None, last: str | None) -> _Term:
        bounds = [_V.c.entity == self._entity, _V.c.name == name, *_between(_V.c.value, first, last)]
        has = exists().where(_V.c.record_pk == _T.c.pk, *bounds)
        return _Term(has, select(_V.c.record_pk.label("pk")).where(*bounds))

    def _term(self, condition: ColumnElement[bool]) -> _Term:
        return _Term(condition, self._keys(condition))

    def _keys(self, condition: ColumnElement[bool]) -> Any:
        return select(_T.c.pk).where(self._mine, condition)


def _reasons(search: Search) -> list[ColumnElement[bool]]:
    """A part of a reason, which no index helps to find."""
    texts = (_T.c.reason, _T.c.not_ready_reason)
    return [or_(*(text.icontains(search.reason, autoescape=True) for text in texts))] if search.reason else []


def _between(column: Any, first: Any, last: Any) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if first is not None:
        found.append(column >= first)
    if last is not None:
        found.append(column <= last)
    return found


def _begins(column: Any, text: str) -> ColumnElement[bool]:
    """As a range, so that an index serves whatever a database thinks of LIKE."""
    return and_(column >= text, column < text + _LAST)
