"""Batches of records, and where each stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from qbferry.model import TransferStatus
from qbferry.store import tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

__all__ = ["Batch", "Batches"]

_T = tables.record


@dataclass(slots=True)
class Batch:
    """A batch.

    Attributes:
        name: Its name at the source.
        records: Status -> number.
        sums: Currency, or ``hours`` -> hundredths.
    """

    name: str
    records: dict[TransferStatus, int] = field(default_factory=dict)
    sums: dict[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Its records."""
        return sum(self.records.values())

    @property
    def status(self) -> TransferStatus:
        """Where it stands: what failed comes first, then what waits; Transferred when all of it is."""
        for status in (TransferStatus.FAILED, TransferStatus.PENDING, TransferStatus.NOT_TRANSFERRED):
            if self.records.get(status):
                return status
        return TransferStatus.TRANSFERRED


class Batches:
    """One connector's batches of one kind of record.

    Args:
        connection: The open one.
        connector_id: The connector.
        entity: The kind.
    """

    def __init__(self, connection: Connection, connector_id: int, entity: str) -> None:
        self._connection = connection
        self._mine = (_T.c.connector_id == connector_id, _T.c.entity == entity, _T.c.batch.is_not(None))

    def page(self, *, before: str | None, size: int) -> list[Batch]:
        """Batches by name, the greatest first.

        Args:
            before: Only those whose names come before it; None: from the greatest.
            size: So many.
        """
        return [self._sum(name) for name in self._names(before, size)]

    def _names(self, before: str | None, size: int) -> Iterator[str]:
        """Names, each found by a step along their index."""
        for _ in range(size):
            statement = select(_T.c.batch).where(*self._mine)
            if before is not None:
                statement = statement.where(_T.c.batch < before)
            name = self._connection.execute(statement.order_by(_T.c.batch.desc()).limit(1)).scalar()
            if name is None:
                return
            before = name
            yield name

    def _sum(self, name: str) -> Batch:
        batch = Batch(name)
        key = (_T.c.transfer_status, _T.c.currency, _T.c.unit)
        statement = (
            select(*key, func.count(), func.sum(func.coalesce(_T.c.amount, 0)))
            .where(*self._mine, _T.c.batch == name)
            .group_by(*key)
        )
        for status, currency, unit, number, amount in self._connection.execute(statement):
            batch.records[status] = batch.records.get(status, 0) + number
            of = "hours" if unit == "hours" else currency
            batch.sums[of] = batch.sums.get(of, 0) + int(amount)
        return batch
