"""Tables of a connection's own, for records on their way in; no part of the installation's tables."""

from __future__ import annotations

import json
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Column, Integer, MetaData, String, Table, Text

from qbferry.store import tables
from qbferry.store.tables import Key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry.model import RecordRow

__all__ = ["CARRIED", "FRESH", "KNOWN", "LINE", "NEW", "PROVISIONAL", "VALUE", "carried", "fresh", "metadata"]

PROVISIONAL = -(10**15)
"""Where places in the queue are counted from until it is known how many were given out before: below nought,
where no real place is."""

_SUMMARY = ("batch", "party", "party_folded", "dated", "amount", "currency", "unit", "number")

FRESH = (*_SUMMARY, "transfer_status", "queue_position", "not_ready_reason")
"""What differs from one new record to the next."""

CARRIED = (
    *(*_SUMMARY, "transfer_status", "queue_position", "needs_resync", "chained", "reason", "reason_code"),
    *("reason_about", "not_ready_reason", "changed_since_transfer", "changed_midway", "alone", "steps"),
)
"""What an import may change of a record that is there."""

metadata = MetaData()


def _table(name: str, *columns: Column[Any]) -> Table:
    return Table(name, metadata, *columns, prefixes=["TEMPORARY"])


def _like(*names: str) -> Iterator[Column[Any]]:
    """Columns as those of records, with nothing that holds them to anything."""
    for name in names:
        yield Column(name, tables.record.c[name].type)


NEW = _table(
    "arriving_new",
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("pk", Key),
    *_like("connector_id", "id", *FRESH),
    Column("document", Text),
)
"""Records that are not there yet, by their line of the file."""

KNOWN = _table(
    "arriving_known",
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("pk", Key),
    Column("version", Integer),
    Column("touched", Boolean),
    Column("rewritten", Boolean),
    Column("changed", Boolean),
    Column("told", String(20)),
    Column("ready", Boolean),
    Column("refused", Text),
    *_like("connector_id", "id", *CARRIED),
    Column("document", Text),
    Column("state", Text),
)
"""Records that are there, as they are to be.

``version`` is what was judged of them; ``touched``: anything is to be written, ``rewritten``: document and
summary as well. ``changed``, ``told``, ``ready`` and ``refused`` are for the report.
"""

LINE = _table(
    "arriving_history",
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("record_pk", Key),
    *_like("connector_id", "id"),
    Column("kind", String(20)),
    Column("transfer", Integer),
    Column("reason", Text),
    Column("reason_code", String(60)),
    Column("status", tables.history.c.status.type),
)
"""Lines of the history of records that are there."""

VALUE = _table("arriving_value", Column("line", Integer), Column("name", String(60)), Column("value", Text))
"""Filterable values, by the line of the file."""

_get_fresh, _get_carried = attrgetter(*FRESH), attrgetter(*CARRIED)
_DATED, _STATUS, _CHAINED = (CARRIED.index(name) for name in ("dated", "transfer_status", "chained"))


def fresh(row: RecordRow) -> list[Any]:
    """What differs from one new record to the next, as both drivers take it."""
    values = [*_get_fresh(row)]
    if row.dated is not None:
        values[_DATED] = row.dated.isoformat()
    values[_STATUS] = str(row.transfer_status)
    return values


def carried(row: RecordRow) -> list[Any]:
    """What an import may change of a record that is there, as both drivers take it."""
    values = [*_get_carried(row)]
    if row.dated is not None:
        values[_DATED] = row.dated.isoformat()
    values[_STATUS] = str(row.transfer_status)
    values[_CHAINED] = json.dumps(row.chained, separators=(",", ":")) if row.chained else None
    return values
