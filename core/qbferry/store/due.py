"""Which records are due, and what they are, over all entities in one statement that is built once.

A record is due when it has a place in the queue; places are given out in the order records are set ready.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, literal, select, union_all

from qbferry.store import tables
from qbferry.store.prepared import Prepared
from qbferry.store.records import COLUMNS, row_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Select, Subquery

    from qbferry.model import RecordRow
    from qbferry.store.transaction import Transaction

__all__ = ["Due"]

_T, _D = tables.record, tables.document
_C = tables.counter
_COUNT = (
    select(_C.c.entity, func.sum(_C.c.due))
    .where(_C.c.connector_id == bindparam("connector"))
    .group_by(_C.c.entity)
)


class Due:
    """The queue of some entities."""

    def __init__(self, entities: Sequence[str]) -> None:
        """Build the statements: one arm an entity, each read from its index up to the limit.

        Args:
            entities: The entities whose records may go, in the order of their turns.
        """
        self._entities = tuple(entities)
        arms = [_arm(place, name) for place, name in enumerate(self._entities)]
        self._any = Prepared(union_all(*(select(arm.c.pk) for arm in arms))) if arms else None
        self._next = Prepared(_in_turns(arms)) if arms else None

    def next(
        self, tx: Transaction, connector_id: int, cursors: Mapping[str, int], limit: int
    ) -> list[RecordRow]:
        """The next due records: one of each entity in turn, each entity's in the order of the queue.

        Args:
            tx: The transaction.
            connector_id: The connector.
            cursors: Entity -> the place behind which to look.
            limit: So many of all.
        """
        return [row_of(found) for found in self._ask(self._next, tx, connector_id, cursors, limit)]

    def any(self, tx: Transaction, connector_id: int, cursors: Mapping[str, int]) -> bool:
        """Whether there is one behind these places."""
        return bool(self._ask(self._any, tx, connector_id, cursors, 1))

    def _ask(
        self,
        statement: Prepared | None,
        tx: Transaction,
        connector_id: int,
        cursors: Mapping[str, int],
        limit: int,
    ) -> list[Any]:
        if statement is None:
            return []
        values: dict[str, Any] = {"connector": connector_id, "limit": limit}
        values |= {f"after_{place}": cursors.get(name, 0) for place, name in enumerate(self._entities)}
        return statement.all(tx.connection, values)

    def numbers(self, tx: Transaction, connector_id: int) -> dict[str, int]:
        """How many records of each entity are due, as the counters have it."""
        found: dict[str, int] = dict(tx.connection.execute(_COUNT, {"connector": connector_id}).all())
        return {name: int(found[name]) for name in self._entities if found.get(name)}


def _arm(place: int, name: str) -> Subquery:
    """What is due of one entity."""
    return (
        select(_T.c.pk, _T.c.queue_position, literal(place).label("entity"))
        .where(
            _T.c.connector_id == bindparam("connector"),
            _T.c.entity == literal(name),
            _T.c.queue_position.is_not(None),
            _T.c.queue_position > bindparam(f"after_{place}"),
        )
        .order_by(_T.c.queue_position)
        .limit(bindparam("limit"))
        .subquery()
    )


def _in_turns(arms: Sequence[Subquery]) -> Select[Any]:
    """The records of some arms, the first of each before the second of any."""
    numbered = (
        select(arm, func.row_number().over(order_by=arm.c.queue_position).label("turn")) for arm in arms
    )
    due = union_all(*numbered).subquery()
    turns = select(due).order_by(due.c.turn, due.c.entity).limit(bindparam("limit")).subquery()
    return (
        select(*COLUMNS)
        .select_from(turns)
        .join(_T, _T.c.pk == turns.c.pk)
        .join(_D, _D.c.record_pk == _T.c.pk)
        .order_by(turns.c.turn, turns.c.entity)
    )
