"""Setting the server's clock, by moving all that is stored the other way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from qbferry.store import tables
from qbferry.store.types import UtcDateTime

if TYPE_CHECKING:
    from datetime import timedelta

    from qbferry.testing.installation import Installation


def set_clock(world: Installation, by: timedelta) -> None:
    """Set the server's clock forward, or back: every moment that is stored is then as much in the past."""
    with world.database.write() as tx:
        for table in tables.metadata.sorted_tables:
            moments = [column for column in table.columns if isinstance(column.type, UtcDateTime)]
            keys = [*table.primary_key]
            for row in tx.connection.execute(select(*keys, *moments)).all() if moments else []:
                values = {
                    column.name: getattr(row, column.name) - by
                    for column in moments
                    if getattr(row, column.name) is not None
                }
                if values:
                    same = [key == getattr(row, key.name) for key in keys]
                    tx.connection.execute(update(table).where(*same).values(values))
