"""What monitoring is told beyond the calls: records, runs, connectors, outbox, and what plugins take."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from qbferry.store import gauges
from qbferry.webconnector.metrics import Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry.plugin.manager import Plugins
    from qbferry.store.database import Database

__all__ = ["readings"]


def readings(database: Database, plugins: Plugins) -> Iterator[Reading]:
    """Read the database and the clock of the plugins."""
    now = datetime.now(UTC)
    with database.read() as tx:
        records = gauges.records(tx.connection)
        waiting = gauges.outbox(tx.connection)
        runs, unsettled = gauges.runs(tx.connection), gauges.unsettled(tx.connection)
        connectors = tx.connectors.everyone()
    yield Reading(
        "records",
        "Records by transfer status.",
        ("connector", "entity", "status"),
        [((name, entity, status), count) for name, entity, status, count in records],
    )
    yield Reading("runs_live", "Runs that go on.", (), [((), runs)])
    yield Reading("messages_unanswered", "Messages QuickBooks has not answered.", (), [((), unsettled)])
    yield Reading(
        "connector_silent_seconds",
        "Seconds since the connector's Web Connector signed in last.",
        ("connector",),
        [((one.name,), (now - one.last_seen_at).total_seconds()) for one in connectors if one.last_seen_at],
    )
    yield Reading(
        "connector_paused",
        "1 where the connector is paused, else 0.",
        ("connector",),
        [((one.name,), int(one.paused)) for one in connectors],
    )
    yield Reading(
        "outbox_lines",
        "What the outside still has to be told.",
        ("plugin",),
        [((plugin,), count) for plugin, count, _ in waiting],
    )
    yield Reading(
        "outbox_oldest_seconds",
        "Seconds for which the oldest line waits.",
        ("plugin",),
        [((plugin,), (now - oldest).total_seconds()) for plugin, _, oldest in waiting],
    )
    hooks, events = plugins.clock.totals()
    yield Reading(
        "hook_seconds",
        "Seconds that hooks of plugins took in calls.",
        ("plugin", "hook"),
        [(key, seconds) for key, seconds in sorted(hooks.items())],
        counts=True,
    )
    yield Reading(
        "events",
        "What happened: runs that began and ended, records transferred and failed, and so on.",
        ("event",),
        [((name,), count) for name, count in sorted(events.items())],
        counts=True,
    )
