"""What monitoring asks: how many of what there are, each from an index or a small table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from qbferry.store import tables

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = ["outbox", "records", "runs", "unsettled"]


def records(connection: Connection) -> list[tuple[str, str, str, int]]:
    """Connector, entity, transfer status, and how many records are in it."""
    counter, connector = tables.counter, tables.connector
    key = (connector.c.name, counter.c.entity, counter.c.transfer_status)
    found = select(*key, func.sum(counter.c.records)).join_from(counter, connector).group_by(*key)
    return [
        (name, entity, str(status), int(count)) for name, entity, status, count in connection.execute(found)
    ]


def outbox(connection: Connection) -> list[tuple[str, int, datetime]]:
    """Plugin, how many lines it still has to tell, and since when the oldest waits."""
    line = tables.outbox
    found = select(line.c.plugin, func.count(), func.min(line.c.at)).group_by(line.c.plugin)
    return [(plugin, count, oldest) for plugin, count, oldest in connection.execute(found)]


def runs(connection: Connection) -> int:
    """How many runs go on."""
    run = tables.run
    return int(connection.execute(select(func.count()).where(run.c.ended_at.is_(None))).scalar_one())


def unsettled(connection: Connection) -> int:
    """How many messages QuickBooks has not answered."""
    message = tables.message
    return int(connection.execute(select(func.count()).where(message.c.settled_at.is_(None))).scalar_one())
