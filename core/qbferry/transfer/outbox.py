"""What the outside world still has to be told: at least once, in order for each plugin and record."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from qbferry.errors import HookError, MisfitError
from qbferry.model import Record
from qbferry.store.outbox import LONGEST_PAUSE

if TYPE_CHECKING:
    from qbferry.model import RecordRow
    from qbferry.plugin.manager import Plugins
    from qbferry.store.database import Database
    from qbferry.store.outbox import Line

__all__ = ["deliver"]

log = logging.getLogger("qbferry.outbox")

LEASE = timedelta(minutes=5)
"""After so long without a word, another process tells it again."""


def deliver(database: Database, plugins: Plugins, limit: int = 100) -> int:
    """Tell what is due, one line a transaction; a plugin that raises is asked again later, ever less often.

    What an earlier line of the same plugin and record holds up waits with it, and so do the lines of plugins
    that do not run.

    Returns:
        How many lines were delivered.
    """
    with database.read() as tx:
        due = tx.outbox.due(plugins.names, [*plugins.entities], datetime.now(UTC), limit)
    return sum(_deliver(database, plugins, key) for key in due)


def _deliver(database: Database, plugins: Plugins, key: int) -> bool:
    # Leased first, told outside of any transaction: the outside world may take its time.
    now = datetime.now(UTC)
    with database.write() as tx:
        line = tx.outbox.lease(key, now, now + LEASE)
        row = tx.records.by_key([line.record_pk]).get(line.record_pk) if line else None
    if line is None:
        return False
    fault = _tell(database, plugins, line, row) if row is not None else None
    with database.write() as tx:
        if fault is None:
            tx.outbox.told(key)
        else:
            pause = min(LONGEST_PAUSE, timedelta(seconds=5 * 2 ** min(line.attempts, 10)))
            tx.outbox.failed(key, fault, datetime.now(UTC) + pause)
    return fault is None


def _tell(database: Database, plugins: Plugins, line: Line, row: RecordRow) -> str | None:
    """Let the plugin tell; why it could not."""
    entity = plugins.entities[line.entity]
    try:
        plugins.update_source(line.plugin, entity, Record.read(entity, row), line.news, database)
    except (HookError, MisfitError) as error:
        log.warning("%s %s: %s will be told later: %s", entity.label, row.id, line.plugin, error)
        return str(error)
    return None
