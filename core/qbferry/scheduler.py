"""What goes next: the due records in a fair order, and what a run still owes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry.store.queue import Queue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy.orm import Session

    from qbferry.model import Entity

__all__ = ["Scheduler"]


class Scheduler:
    """Hands out due records: within an entity in the order they were set ready, entities in turns.

    ``cursors`` maps an entity's name to the queue position up to which the run has tried. What lies behind
    it is due, so nothing is tried twice in a run and no query grows with what was tried.
    """

    def __init__(self, entities: Mapping[str, Entity], page: int) -> None:
        self._queues = tuple(Queue(entity) for entity in entities.values())
        self._page = page

    def owes(self, session: Session, connector_id: int, cursors: Mapping[str, int]) -> bool:
        """Tell whether a record is still due."""
        return any(
            queue.any(session, connector_id, cursors.get(queue.entity.name, 0)) for queue in self._queues
        )

    def due(self, session: Session, connector_id: int) -> dict[str, int]:
        """How many records of each entity are due for a run that begins."""
        return {queue.entity.name: queue.count(session, connector_id) for queue in self._queues}

    def take(
        self, session: Session, connector_id: int, cursors: Mapping[str, int]
    ) -> Iterator[tuple[Entity, Any]]:
        """Yield due records, one of each entity in turn, as long as any entity has some."""
        lines = [
            (queue.entity, self._line(session, queue, connector_id, cursors.get(queue.entity.name, 0)))
            for queue in self._queues
        ]
        while lines:
            remaining = []
            for entity, line in lines:
                record = next(line, None)
                if record is not None:
                    remaining.append((entity, line))
                    yield entity, record
            lines = remaining

    def _line(self, session: Session, queue: Queue, connector_id: int, after: int) -> Iterator[Any]:
        while True:
            page = queue.page(session, connector_id, after, self._page)
            yield from page
            if len(page) < self._page:
                return
            after = page[-1].queue_position
