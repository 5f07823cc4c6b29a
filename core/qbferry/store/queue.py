"""The records of one entity, and which of them are due. Statements are built once, at start.

A record is due when it has a queue position; the order is that in which records were set ready.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from qbferry.model import Entity

__all__ = ["Queue"]

MANY = 500
"""Keys in one IN list: SQLite takes 32,766 parameters, and long lists gain nothing."""


class Queue:
    """One entity's records in the order they go."""

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        record = entity.record
        ours = record.connector_id == bindparam("connector")
        behind = record.queue_position > bindparam("after")
        self._one = select(record.pk).where(ours, behind).limit(1)
        self._count = select(func.count()).where(ours, record.queue_position > 0)
        self._page = (
            select(record).where(ours, behind).order_by(record.queue_position).limit(bindparam("limit"))
        )
        self._keys = select(record).where(record.pk.in_(bindparam("keys", expanding=True)))

    def any(self, session: Session, connector_id: int, after: int) -> bool:
        """Tell whether a record is due behind a position; reads one index entry."""
        return session.scalar(self._one, {"connector": connector_id, "after": after}) is not None

    def count(self, session: Session, connector_id: int) -> int:
        """How many are due; reads the index, once a run."""
        return session.scalar(self._count, {"connector": connector_id}) or 0

    def page(self, session: Session, connector_id: int, after: int, limit: int) -> Sequence[Any]:
        """The next due records behind a position."""
        values = {"connector": connector_id, "after": after, "limit": limit}
        return session.scalars(self._page, values).all()

    def by_key(self, session: Session, keys: Sequence[int]) -> dict[int, Any]:
        """Records by their database key."""
        found: dict[int, Any] = {}
        for start in range(0, len(keys), MANY):
            part = session.scalars(self._keys, {"keys": keys[start : start + MANY]})
            found.update((record.pk, record) for record in part)
        return found
