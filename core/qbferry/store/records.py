"""Records: read whole, with document and state beside them, and written back in one statement for many."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, or_, select, update
from sqlalchemy import text as sql

from qbferry.model import RecordRow, TransferStatus
from qbferry.store import tables
from qbferry.store.counters import count, counts_as, number
from qbferry.store.prepared import Prepared, PreparedIn, places
from qbferry.store.values import keep_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Select

__all__ = ["COLUMNS", "MANY", "SORTS", "Filter", "RecordStore", "row_of"]

MANY = 500
"""Keys in one IN list, and records read at a time: SQLite takes 32,766 parameters; more gain nothing."""

_T, _D = tables.record, tables.document
_NAMES = RecordRow.names()
COLUMNS = (*(_T.c[name] for name in _NAMES), _D.c.document, _D.c.state)
"""What a record is read from."""

_SELECT = select(*COLUMNS).join(_D, _D.c.record_pk == _T.c.pk)
_BY_KEY = PreparedIn(_SELECT, _T.c.pk)
_BY_ID = PreparedIn(
    _SELECT.where(_T.c.connector_id == bindparam("connector"), _T.c.entity == bindparam("entity")), _T.c.id
)
_BY_TXN_ID = _SELECT.where(_T.c.connector_id == bindparam("connector"), _T.c.txn_id == bindparam("txn_id"))
_KEYS_OF = select(_T.c.txn_id, _T.c.pk).where(
    _T.c.connector_id == bindparam("connector"),
    _T.c.entity.in_(bindparam("entities", expanding=True)),
    _T.c.txn_id.in_(bindparam("txn_ids", expanding=True)),
)
_UNHEARD = _SELECT.where(
    _T.c.connector_id == bindparam("connector"),
    # An expression, or SQLite would go through all records of the entity instead of the few that are lost.
    (_T.c.entity + "").in_(bindparam("entities", expanding=True)),
    _T.c.lost.is_not(None),
).order_by(_T.c.pk)
_ANY_UNHEARD = (
    select(_T.c.pk).where(_T.c.connector_id == bindparam("connector"), _T.c.lost.is_not(None)).limit(1)
)
_WHEREABOUTS = select(_T.c.id, _T.c.connector_id).where(
    _T.c.entity == bindparam("entity"), _T.c.id.in_(bindparam("ids", expanding=True))
)
_LAST_KEY = select(func.max(_T.c.pk))
_NEW = tuple(name for name in _NAMES if name != "pk")
_GET_NEW = attrgetter(*_NEW)
_INSERT = insert(_T).returning(_T.c.pk, sort_by_parameter_order=True)
_INSERT_DOCUMENTS = Prepared(insert(_D).values(places(("record_pk", "document", "state"))).inline())

_SUMMARY = ("batch", "source", "party", "party_folded", "dated", "amount", "currency", "unit", "number")
_FIXED = ("pk", "connector_id", "entity", "id", "created_at", *_SUMMARY)
_CHANGING = tuple(name for name in _NAMES if name not in _FIXED)
_GET_CHANGING = attrgetter(*_CHANGING, "pk")


def _update(names: Sequence[str]) -> Prepared:
    return Prepared(update(_T).where(_T.c.pk == bindparam("_pk")).values(places(names)), [*names, "_pk"])


_SAVE = _update(_CHANGING)
_SAVE_SUMMARY = _update(_SUMMARY)
_GET_SUMMARY = attrgetter(*_SUMMARY, "pk")
_OF_RECORD = update(_D).where(_D.c.record_pk == bindparam("_pk"))
_SAVE_STATE = Prepared(_OF_RECORD.values(places(("state",))))
_SAVE_DOCUMENT = Prepared(_OF_RECORD.values(places(("document", "state"))))


SORTS: Mapping[str, Any] = {
    "id": _T.c.id,
    "batch": _T.c.batch,
    "party": _T.c.party_folded,
    "date": _T.c.dated,
    "amount": _T.c.amount,
    "status": _T.c.transfer_status,
    "transferred": _T.c.transfer_date,
    "number": _T.c.ref_number,
}
"""What records can be sorted by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which records; what is None or empty does not count.

    Attributes:
        statuses: Where they stand.
        batch: The batch they were processed in.
        in_doubt: Whether nobody can tell if QuickBooks has them.
        party: A part of whom it is for, folded.
        dated: The first and the last day of the record's own date.
        amount: The least and the most, in hundredths.
        reason: A part of why it failed or was not set ready.
        transferred: The first and the last moment of the transfer.
    """

    statuses: Sequence[TransferStatus] = ()
    batch: str | None = None
    in_doubt: bool | None = None
    party: str | None = None
    dated: tuple[date | None, date | None] = (None, None)
    amount: tuple[int | None, int | None] = (None, None)
    reason: str | None = None
    transferred: tuple[datetime | None, datetime | None] = (None, None)

    def conditions(self, connector_id: int, entity: str) -> list[ColumnElement[bool]]:
        """The same for the database."""
        # Of those in doubt there are few, and an index of their own: no other shall be walked for them.
        kind = _T.c.entity + "" if self.in_doubt else _T.c.entity
        found: list[Any] = [_T.c.connector_id == connector_id, kind == entity]
        if self.statuses:
            found.append(_T.c.transfer_status.in_(self.statuses))
        if self.batch is not None:
            found.append(_T.c.batch == self.batch)
        if self.in_doubt is not None:
            found.append(sql("record.in_doubt") if self.in_doubt else _T.c.in_doubt.is_(False))
        if self.party is not None:
            found.append(_T.c.party_folded.contains(self.party, autoescape=True))
        if self.reason is not None:
            reasons = (_T.c.reason, _T.c.not_ready_reason)
            found.append(or_(*(text.icontains(self.reason, autoescape=True) for text in reasons)))
        for column, (first, last) in (
            (_T.c.dated, self.dated),
            (_T.c.amount, self.amount),
            (_T.c.transfer_date, self.transferred),
        ):
            if first is not None:
                found.append(column >= first)
            if last is not None:
                found.append(column <= last)
        return found


class RecordStore:
    """Finds, adds and saves records."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # -- Finding

    def by_key(self, keys: Sequence[int]) -> dict[int, RecordRow]:
        """Records by the database's own key."""
        return {row.pk: row for row in self._in_parts(_BY_KEY, keys)}

    def by_id(self, connector_id: int, entity: str, ids: Sequence[str]) -> dict[str, RecordRow]:
        """Records of one connector and entity by their id."""
        found = self._in_parts(_BY_ID, ids, connector=connector_id, entity=entity)
        return {row.id: row for row in found}

    def by_txn_id(self, connector_id: int, txn_id: str) -> RecordRow | None:
        """The record that is a transaction in QuickBooks."""
        found = self._connection.execute(_BY_TXN_ID, {"connector": connector_id, "txn_id": txn_id}).first()
        return None if found is None else row_of(found)

    def keys_of(self, connector_id: int, entities: Sequence[str], txn_ids: Sequence[str]) -> dict[str, int]:
        """TxnID -> the key of the record that is it, of some entities."""
        found: dict[str, int] = {}
        for start in range(0, len(txn_ids), MANY):
            part = list(txn_ids[start : start + MANY])
            values = {"connector": connector_id, "entities": list(entities), "txn_ids": part}
            found |= dict(self._connection.execute(_KEYS_OF, values).all())
        return found

    def unheard(self, connector_id: int, entities: Iterable[str]) -> list[RecordRow]:
        """The records of some entities whose plugin has yet to hear what QuickBooks lost of them."""
        values = {"connector": connector_id, "entities": list(entities)}
        return [row_of(found) for found in self._connection.execute(_UNHEARD, values)]

    def any_unheard(self, connector_id: int) -> bool:
        """Whether any plugin has yet to hear of a loss, absent or not."""
        return self._connection.execute(_ANY_UNHEARD, {"connector": connector_id}).first() is not None

    def whereabouts(self, entity: str, ids: Sequence[str]) -> dict[str, list[int]]:
        """The connectors that have records of an entity with these ids."""
        found: dict[str, list[int]] = defaultdict(list)
        for start in range(0, len(ids), MANY):
            values = {"entity": entity, "ids": list(ids[start : start + MANY])}
            for record_id, connector_id in self._connection.execute(_WHEREABOUTS, values):
                found[record_id].append(connector_id)
        return found

    def page(
        self,
        connector_id: int,
        entity: str,
        which: Filter,
        *,
        after: int = 0,
        limit: int | None,
    ) -> list[RecordRow]:
        """Records in the order they arrived, behind a key; without a limit all of them."""
        statement = _SELECT.where(*which.conditions(connector_id, entity), _T.c.pk > after).order_by(_T.c.pk)
        return [row_of(found) for found in self._connection.execute(statement.limit(limit))]

    def keys(
        self,
        connector_id: int,
        entity: str,
        which: Filter,
        sort: tuple[str, bool] | None,
        *,
        limit: int | None,
        offset: int = 0,
    ) -> list[int]:
        """The keys of records, sorted by a value and then as they arrived; those without a value come last.

        Args:
            connector_id: Whose.
            entity: Of which kind.
            which: Which of them.
            sort: One of ``SORTS``, and whether the highest come first; None: as they arrived.
            limit: At most so many.
            offset: So many are left out first.
        """
        order: list[Any] = []
        if sort:
            column = SORTS[sort[0]]
            order = [column.is_(None), column.desc() if sort[1] else column]
        statement = select(_T.c.pk).where(*which.conditions(connector_id, entity)).order_by(*order, _T.c.pk)
        return [*self._connection.execute(statement.limit(limit).offset(offset)).scalars()]

    def failed(self, connector_id: int, entity: str) -> Iterator[tuple[str, str, str, str]]:
        """Every record that failed, as it arrived: id, reason, code of the reason, what it is about."""
        statement = select(_T.c.id, _T.c.reason, _T.c.reason_code, _T.c.reason_about).where(
            *Filter(statuses=(TransferStatus.FAILED,)).conditions(connector_id, entity)
        )
        for name, reason, code, about in self._connection.execute(statement.order_by(_T.c.pk)):
            yield name, reason or "", code, about

    def last_key(self) -> int:
        """The key of the record that came last, of whichever connector."""
        return self._connection.execute(_LAST_KEY).scalar() or 0

    def number_of(self, connector_id: int, entity: str, which: Filter) -> int:
        """How many records there are; the counters tell it where nothing but the status is asked for."""
        if which == Filter(statuses=which.statuses):
            return number(self._connection, connector_id, entity, which.statuses)
        statement: Select[Any] = select(func.count()).select_from(_T)
        found = self._connection.execute(statement.where(*which.conditions(connector_id, entity)))
        return int(found.scalar_one())

    def _in_parts(self, query: PreparedIn, keys: Sequence[Any], **rest: Any) -> Iterator[RecordRow]:
        for start in range(0, len(keys), MANY):
            yield from map(row_of, query.all(self._connection, rest, keys[start : start + MANY]))

    # -- Writing

    def add(self, rows: Sequence[RecordRow]) -> None:
        """Store new records, in this order."""
        if not rows:
            return
        now = datetime.now(UTC)
        for row in rows:
            row.created_at = row.updated_at = now
        values = [dict(zip(_NEW, _GET_NEW(row), strict=True)) for row in rows]
        for row, pk in zip(rows, self._connection.execute(_INSERT, values).scalars(), strict=True):
            row.pk = pk
        _INSERT_DOCUMENTS.run_each(
            self._connection,
            [{"record_pk": row.pk, "document": row.document_text, "state": row.state_text} for row in rows],
        )
        count(self._connection, rows)

    def save(self, rows: Sequence[RecordRow]) -> None:
        """Write back what the framework keeps of records; not their summary, document and state."""
        if not rows:
            return
        now = datetime.now(UTC)
        for row in rows:
            row.version, row.updated_at = row.version + 1, now
        _SAVE.run_rows(self._connection, map(_GET_CHANGING, rows))
        count(self._connection, rows)

    def save_states(self, rows: Sequence[RecordRow]) -> None:
        """Write back the states of records."""
        if rows:
            _SAVE_STATE.run_each(self._connection, [{"_pk": row.pk, "state": row.state_text} for row in rows])

    def save_documents(self, rows: Sequence[RecordRow]) -> None:
        """Write back the documents of records, with their summaries and states."""
        if not rows:
            return
        _SAVE_SUMMARY.run_rows(self._connection, map(_GET_SUMMARY, rows))
        _SAVE_DOCUMENT.run_each(
            self._connection,
            [{"_pk": row.pk, "document": row.document_text, "state": row.state_text} for row in rows],
        )
        count(self._connection, rows)

    def save_values(self, entity: str, values: Mapping[int, Mapping[str, str]]) -> None:
        """Keep the filterable values of records: key -> name -> a text that sorts as the value does."""
        keep_values(self._connection, entity, values)


def row_of(found: Any) -> RecordRow:
    """A record from its columns."""
    row = RecordRow(*found)
    row.counted = counts_as(row)
    return row
