"""One run after the other: when a silent one is taken over, and what it leaves to those that come."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from qbferry.transfer import elapsed
from qbferry.transfer.call import end

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from qbferry.store.rows import ConnectorRow, RunRow
    from qbferry.store.transaction import Transaction

__all__ = ["busy", "keep"]

log = logging.getLogger("qbferry.runs")

TAKEN_OVER = "Another Web Connector took this run over after it had been silent; nothing was lost."


def busy(tx: Transaction, row: ConnectorRow, now: datetime, patience: timedelta) -> int | None:
    """Seconds until a run that goes on may be taken over; None: the way is free.

    Args:
        tx: The transaction.
        row: The connector, locked.
        now: The moment.
        patience: How long a run may be silent, by what cannot be set.
    """
    running = tx.runs.live(row.id)
    if running is None:
        return None
    silent = elapsed.since(running.seen, now)
    if silent < patience:
        if running.seen_at > now:  # the clock was set back, and counts on from here
            running.seen_at, running.seen = now, running.seen | {"at": now.isoformat()}
            tx.runs.save(running)
        return max(1, -int((silent - patience).total_seconds() // 1))
    keep(row, running)
    end(running, "taken over", now, TAKEN_OVER)
    tx.runs.save(running)
    log.warning("A silent run of %s was taken over.", row.name)
    return None


def keep(row: ConnectorRow, run: RunRow) -> None:
    """Leave to the connector's next runs what a run that is over has learnt."""
    if run.greeted:
        row.settled_set_id = run.memory.get("settled")
        row.quickbooks_time, row.clock_behind = run.memory.get("time"), run.memory.get("behind")
