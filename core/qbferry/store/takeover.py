"""Staged records become records: a few statements, however many there are."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, case, delete, func, insert, literal, select, update

from qbferry.model import RecordRow, TransferStatus
from qbferry.store import tables
from qbferry.store.counters import add_up
from qbferry.store.staged import CARRIED, FRESH, KNOWN, LINE, NEW, VALUE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Connection, Table

    from qbferry.store.rows import HistoryRow

__all__ = ["take_over"]

_R, _D, _V, _H = tables.record, tables.document, tables.record_value, tables.history
_BLANK = RecordRow(connector_id=0, entity="", id="")


def take_over(connection: Connection, note: HistoryRow, moved: int, origin: str) -> None:
    """Let a connector have the staged records that are its own.

    Args:
        connection: The transaction, in which the connector is locked.
        note: Says whose they are and who does it: the line of the history for new records that are ready.
        moved: What is added to places that are provisional.
        origin: Where new ones come from.
    """
    over = _Over(connection, note, moved, origin)
    over.add_new()
    over.save_known()
    over.write_history()


class _Over:
    def __init__(self, connection: Connection, note: HistoryRow, moved: int, origin: str) -> None:
        self._do = connection.execute
        self._connection = connection
        self._note, self._moved, self._origin = note, moved, origin
        self._now = datetime.now(UTC)
        # A key that SQLite gives is one more than the highest; PostgreSQL's were fetched beforehand.
        base = self._do(select(func.max(_R.c.pk))).scalar() if connection.dialect.name == "sqlite" else 0
        self._pk = NEW.c.pk + literal(base or 0, BigInteger)

    def add_new(self) -> None:
        """Add those that were not there."""
        mine = self._mine(NEW)
        fresh = {name: NEW.c[name] for name in FRESH} | {
            "pk": self._pk,
            "id": NEW.c.id,
            "queue_position": self._place(NEW),
        }
        same = {name: getattr(_BLANK, name) for name in RecordRow.names() if name not in fresh} | {
            "connector_id": self._note.connector_id,
            "entity": self._note.entity,
            "source": self._origin,
            "created_at": self._now,
            "updated_at": self._now,
        }
        self._copy(_R, same, fresh, mine, NEW.c.line)
        document = {"record_pk": self._pk, "document": NEW.c.document}
        self._copy(_D, {"state": ""}, document, mine, NEW.c.line)
        self._keep_values(NEW, self._pk, mine)
        add_up(self._connection, NEW, self._note.connector_id, self._note.entity, mine)

    def save_known(self) -> None:
        """Write back those that were there."""
        touched = self._mine(KNOWN) & KNOWN.c.touched
        whose = self._note.connector_id, self._note.entity
        theirs = touched & (_R.c.pk == KNOWN.c.pk)
        add_up(self._connection, _R, *whose, theirs, sign=-1)
        changes: dict[str, Any] = {name: KNOWN.c[name] for name in CARRIED} | {
            "queue_position": self._place(KNOWN),
            "version": _R.c.version + 1,
            "updated_at": self._now,
        }
        self._do(update(_R).values(changes).where(theirs))
        add_up(self._connection, _R, *whose, theirs)
        document = case((KNOWN.c.changed, KNOWN.c.document), else_=_D.c.document)
        texts = {"document": document, "state": KNOWN.c.state}
        rewritten = touched & KNOWN.c.rewritten & (_D.c.record_pk == KNOWN.c.pk)
        self._do(update(_D).values(texts).where(rewritten))
        self._do(delete(_V).where(_V.c.record_pk.in_(select(KNOWN.c.pk).where(touched))))
        self._keep_values(KNOWN, KNOWN.c.pk, touched)

    def write_history(self) -> None:
        """Append what happened to those that were there, and that new ones were set ready."""
        line = {name: getattr(self._note, name) for name in (each.name for each in fields(self._note))}
        del line["id"]
        known = {"record_pk": LINE.c.record_pk, "record_id": LINE.c.id} | {
            name: LINE.c[name] for name in ("kind", "transfer", "reason", "reason_code", "status")
        }
        self._copy(_H, line, known, self._mine(LINE), LINE.c.n)
        line["status"] = TransferStatus.PENDING
        ready = self._mine(NEW) & NEW.c.queue_position.is_not(None)
        self._copy(_H, line, {"record_pk": self._pk, "record_id": NEW.c.id}, ready, NEW.c.line)

    def _keep_values(self, staged: Table, key: ColumnElement[int], mine: ColumnElement[bool]) -> None:
        values = {"record_pk": key, "name": VALUE.c.name, "value": VALUE.c.value}
        both = mine & (staged.c.line == VALUE.c.line)
        self._copy(_V, {"entity": self._note.entity}, values, both, VALUE.c.line)

    def _copy(
        self,
        target: Table,
        same: Mapping[str, Any],
        differing: Mapping[str, ColumnElement[Any]],
        which: ColumnElement[bool],
        order: ColumnElement[Any],
    ) -> None:
        """Copy staged rows: some columns are the same in all, and what is nothing in all is left out."""
        found = {
            name: literal(value, target.c[name].type)
            for name, value in same.items()
            if name not in differing and value is not None and value not in ({}, [])
        } | {**differing}
        rows = select(*found.values()).where(which).order_by(order)
        self._do(insert(target).from_select([*found], rows, include_defaults=False))

    def _mine(self, staged: Table) -> ColumnElement[bool]:
        mine: ColumnElement[bool] = staged.c.connector_id == literal(self._note.connector_id)
        return mine

    def _place(self, staged: Table) -> ColumnElement[Any]:
        """Its place in the queue, a provisional one behind all that were given out."""
        place = staged.c.queue_position
        return case((place < 0, place + literal(self._moved, BigInteger)), else_=place)
