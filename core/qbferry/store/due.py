"""Which records are due, over all entities in one statement that is built once.

A record is due when it has a place in the queue; places are given out in the order records are set ready.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, literal, select, union_all

from qbferry.store import tables
from qbferry.store.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qbferry.store.transaction import Transaction

__all__ = ["Due"]

_T = tables.record
_C = tables.counter
_COUNT = (
    select(_C.c.entity, func.sum(_C.c.due))
    .where(_C.c.connector_id == bindparam("connector"))
    .group_by(_C.c.entity)
)


class Due:
    """The queue of some entities."""

    def __init__(self, entities: Sequence[str]) -> None:
        """Build the statement: one arm an entity, each read from its index up to the limit.

        Args:
            entities: The entities whose records may go.
        """
        self._entities = tuple(entities)
        arms = [
            select(
                select(_T.c.entity, _T.c.pk, _T.c.queue_position)
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
            for place, name in enumerate(self._entities)
        ]
        self._next = Prepared(union_all(*arms)) if arms else None

    def next(
        self, tx: Transaction, connector_id: int, cursors: Mapping[str, int], limit: int
    ) -> list[tuple[str, int, int]]:
        """The next due records of every entity, each entity's in the order of the queue.

        Args:
            tx: The transaction.
            connector_id: The connector.
            cursors: Entity -> the place behind which to look.
            limit: So many of each entity.

        Returns:
            Entity, key and place of each.
        """
        if self._next is None:
            return []
        values: dict[str, Any] = {"connector": connector_id, "limit": limit}
        values |= {f"after_{place}": cursors.get(name, 0) for place, name in enumerate(self._entities)}
        return [(entity, pk, place) for entity, pk, place in self._next.all(tx.connection, values)]

    def numbers(self, tx: Transaction, connector_id: int) -> dict[str, int]:
        """How many records of each entity are due, as the counters have it."""
        found: dict[str, int] = dict(tx.connection.execute(_COUNT, {"connector": connector_id}).all())
        return {name: int(found[name]) for name in self._entities if found.get(name)}
