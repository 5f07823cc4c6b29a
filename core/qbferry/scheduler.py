"""What goes next: the due records in a fair order, and what a run still owes."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

from qbferry.store.due import Due

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

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
        return bool(self._due.next(tx, connector_id, cursors, 1))

    def due(self, tx: Transaction, connector_id: int) -> dict[str, int]:
        """How many records of each entity are due for a run that begins."""
        return self._due.numbers(tx, connector_id)

    def take(
        self, tx: Transaction, connector_id: int, cursors: Mapping[str, int], held: Container[str] = ()
    ) -> Iterator[tuple[Entity, RecordRow]]:
        """Yield due records, one of each entity in turn, as long as any entity has some.

        Args:
            tx: The transaction.
            connector_id: The connector.
            cursors: Entity -> the place behind which to look.
            held: Entities of which no more are wanted; it may grow on the way.
        """
        behind = dict(cursors)
        while turns := self._turns(self._due.next(tx, connector_id, behind, self._page)):
            rows = tx.records.by_key([pk for _, pk, _ in turns])
            for name, pk, place in turns:
                behind[name] = LAST if name in held else place
                if name in held:
                    continue
                yield self._entities[name], rows[pk]

    def _turns(self, found: Iterable[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
        """One page of what is due, the entities by turns."""
        lines: dict[str, deque[tuple[str, int, int]]] = defaultdict(deque)
        for each in found:
            lines[each[0]].append(each)
        turns: list[tuple[str, int, int]] = []
        while lines and len(turns) < self._page:
            for name in [*lines]:
                turns.append(lines[name].popleft())
                if not lines[name]:
                    del lines[name]
        return turns
