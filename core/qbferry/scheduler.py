"""What goes next: the due records in a fair order, and what a run still owes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.store.due import Due

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping, Sequence

    from qbferry.model import Entity, RecordRow
    from qbferry.store.transaction import Transaction

__all__ = ["Scheduler"]

LAST = 2**62
"""A place behind all there are."""


class Scheduler:
    """Hands out due records: within an entity in the order they were set ready, entities in turns.

    ``cursors`` maps an entity's name to the queue position up to which the run has tried. What lies behind
    it is due, so nothing is tried twice in a run and no query grows with what was tried.
    """

    def __init__(self, entities: Mapping[str, Entity], page: int) -> None:
        """Begin.

        Args:
            entities: The entities whose plugins run, in the order of their turns.
            page: So many records are read at a time.
        """
        self._entities = entities
        self._due = Due([*entities])
        self._page = page

    def owes(self, tx: Transaction, connector_id: int, cursors: Mapping[str, int]) -> bool:
        """Tell whether a record is still due."""
        return self._due.any(tx, connector_id, cursors)

    def due(self, tx: Transaction, connector_id: int) -> dict[str, int]:
        """How many records of each entity are due for a run that begins."""
        return self._due.numbers(tx, connector_id)

    def take(
        self,
        tx: Transaction,
        connector_id: int,
        cursors: Mapping[str, int],
        held: Container[str] = (),
        ahead: Callable[[Sequence[tuple[Entity, RecordRow]]], None] = lambda _: None,
    ) -> Iterator[tuple[Entity, RecordRow]]:
        """Yield due records, one of each entity in turn, as long as any entity has some.

        Args:
            tx: The transaction.
            connector_id: The connector.
            cursors: Entity -> the place behind which to look.
            held: Entities of which no more are wanted; it may grow on the way.
            ahead: Is shown what comes next, as many as are read at a time, before the first of them.
        """
        behind = dict(cursors)
        while rows := self._due.next(tx, connector_id, behind, self._page):
            ahead([(self._entities[row.entity], row) for row in rows if row.entity not in held])
            for row in rows:
                name = row.entity
                behind[name] = LAST if name in held else row.queue_position or 0
                if name not in held:
                    yield self._entities[name], row
