"""One entity's records of one connector, within one transaction: what every act at the desk begins with."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from qbferry.errors import NotFoundError
from qbferry.store import queries

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from qbferry.model import Connector, Entity, TransferStatus
    from qbferry.plugin.manager import Plugins
    from qbferry.store.tables import ConnectorRow

__all__ = ["MANY", "Drawer", "entity_named", "name_some"]

MANY = 500
"""Records read at a time, and keys in one IN list."""

SHOWN = 20
"""Names in one sentence."""


def entity_named(plugins: Plugins, name: str) -> Entity:
    """An entity by name.

    Raises:
        NotFoundError: No plugin that runs has it.
    """
    entity = plugins.entities.get(name)
    if entity is None:
        there = ", ".join(plugins.entities) or "none, as no plugin is enabled"
        raise NotFoundError(f"There is no entity named {name}; there are: {there}.")
    return entity


def name_some(names: Sequence[str]) -> str:
    """Names for a sentence, not more than a person reads."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


@dataclass
class Drawer:
    """The records at hand.

    Attributes:
        session: The open transaction.
        plugins: Whose hooks are asked.
        entity: The kind of record.
        row: The connector's row; in a transaction that writes, locked.
        connector: The connector as hooks see it.
    """

    session: Session
    plugins: Plugins
    entity: Entity
    row: ConnectorRow
    connector: Connector
    _last: int = field(default=0, init=False)

    @classmethod
    def open(
        cls,
        session: Session,
        plugins: Plugins,
        entity: str,
        connector: str | None,
        on_error: str,
        *,
        lock: bool = False,
    ) -> Drawer:
        """Find entity and connector by name; None is the default connector.

        Args:
            session: The transaction.
            plugins: Whose entities there are.
            entity: Its name.
            connector: Its name.
            on_error: The setting, for connectors that have none of their own.
            lock: Keep runs and other writers away until the commit.

        Raises:
            NotFoundError: There is no such entity or connector.
        """
        kind = entity_named(plugins, entity)
        row = queries.connector_named(session, connector)
        if lock:
            row = queries.lock(session, row.id)
        return cls(session, plugins, kind, row, queries.view(row, on_error))

    @cached_property
    def in_flight(self) -> frozenset[int]:
        """The keys of the records that are with QuickBooks at this moment."""
        return queries.in_flight(self.session, self.row.id, self.entity.name)

    def select(self) -> Select[Any]:
        """A query of this drawer's records."""
        return select(self.entity.record).where(self.entity.record.connector_id == self.row.id)

    def find(self, ids: Sequence[str]) -> list[Any]:
        """Records by id, in the order given.

        Raises:
            NotFoundError: Some do not exist; all of them are named.
        """
        wanted = list(dict.fromkeys(ids))
        found: dict[str, Any] = {}
        for start in range(0, len(wanted), MANY):
            part = self.select().where(self.entity.record.id.in_(wanted[start : start + MANY]))
            found |= {record.id: record for record in self.session.scalars(part)}
        missing = [name for name in wanted if name not in found]
        if missing:
            raise NotFoundError(
                f"There is no {self.entity.label.lower()} {name_some(missing)} for the connector "
                f"{self.row.name}; nothing was changed."
            )
        return [found[name] for name in wanted]

    def sweep(self, statuses: Sequence[TransferStatus], batch: str | None) -> Iterator[Any]:
        """Every record of some statuses, or of a batch, in the order they arrived.

        They are read a part at a time, and let go of: the caller may change one until it takes the next.

        Raises:
            NotFoundError: There is no such batch.
        """
        record = self.entity.record
        matching = self.select().where(record.transfer_status.in_(statuses))
        if batch is not None:
            if self.session.scalar(self.select().where(record.batch == batch).limit(1)) is None:
                raise NotFoundError(
                    f"There is no batch {batch} of {self.entity.plural.lower()} for the connector "
                    f"{self.row.name}; nothing was changed."
                )
            matching = matching.where(record.batch == batch)
        after = 0
        while True:
            page = self.session.scalars(
                matching.where(record.pk > after).order_by(record.pk).limit(MANY)
            ).all()
            if not page:
                return
            yield from page
            after = page[-1].pk
            self.session.flush()
            for seen in page:
                self.session.expunge(seen)

    def next_position(self) -> int:
        """A place behind everything due, each its own even if the clock stands still or steps back."""
        if not self._last:
            record = self.entity.record
            highest = select(func.max(record.queue_position)).where(record.connector_id == self.row.id)
            self._last = max(queries.queue_position(), self.session.scalar(highest) or 0)
        self._last += 1
        return self._last
