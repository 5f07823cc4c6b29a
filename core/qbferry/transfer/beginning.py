"""The beginning of a run: who may begin one, and why there is none."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from qbferry.model import Event, QuietHours
from qbferry.store.connectors import connector_of
from qbferry.store.rows import RunRow
from qbferry.transfer import elapsed, succession
from qbferry.transfer.conclusion import waiting
from qbferry.transfer.grant import Grant
from qbferry.transfer.tickets import new_ticket

if TYPE_CHECKING:
    from qbferry.config import TransferSettings
    from qbferry.plugin.manager import Plugins
    from qbferry.scheduler import Scheduler
    from qbferry.store.database import Database
    from qbferry.store.rows import ConnectorRow
    from qbferry.store.transaction import Transaction
    from qbferry.transfer.lineage import Lineage
    from qbferry.transfer.owed import Owed
    from qbferry.transfer.polling import Polling

__all__ = ["Beginning", "quiet_until"]

log = logging.getLogger("qbferry.runs")

IDLE = "Nothing is due."


class Beginning:
    """Begins runs of those who have signed in."""

    def __init__(
        self,
        database: Database,
        plugins: Plugins,
        scheduler: Scheduler,
        settings: TransferSettings,
        owed: Owed,
        polling: Polling,
        lineage: Lineage,
    ) -> None:
        self._database = database
        self._plugins = plugins
        self._scheduler = scheduler
        self._settings = settings
        self._owed = owed
        self._polling = polling
        self._lineage = lineage

    def begin(self, connector_id: int, user: str) -> Grant:
        """Begin a run for a user if something is due and nobody else is at it."""
        ticket, hashed = new_ticket()
        now = datetime.now(UTC)
        minimum = self._settings.minimum_interval or None
        with self._database.write() as tx:
            row = tx.connectors.lock(connector_id)
            row.last_seen_at = now
            answer, text, postpone = self._reason_to_wait(tx, row, now)
            tx.connectors.save(row)
            if answer:
                oldest = now - timedelta(hours=self._settings.ticket_hours)
                tx.runs.add_idle(hashed, row.id, text, now, oldest)
                return Grant(ticket, answer, postpone=postpone, minimum=minimum)
            seen = elapsed.mark(now)
            memory = {} if user == row.user_name else {"user": user}
            tx.runs.add(
                RunRow(
                    connector_id=row.id, ticket=hashed, started_at=now, seen_at=now, seen=seen, memory=memory
                )
            )
        log.info("A run of %s begins.", row.name)
        self._plugins.observe(Event(name="run.started", connector=row.name))
        return Grant(ticket, row.company_file or "", minimum=minimum)

    def _reason_to_wait(
        self, tx: Transaction, row: ConnectorRow, now: datetime
    ) -> tuple[str, str, int | None]:
        """Why no run begins: the answer, what its caller is told, seconds to wait; empty: one does."""
        if row.paused:
            return "none", "This connector is paused.", None
        if end := quiet_until(row, now):
            text = f"This connector has quiet hours ({row.quiet}); run the update again after them."
            return "none", text, max(1, int((end - now).total_seconds()))
        busy = succession.busy(tx, row, now, timedelta(seconds=self._settings.takeover_after))
        if busy is not None:
            return "busy", f"Another run of this connector is going on; try again in {busy} seconds.", busy
        message = tx.messages.unsettled(row.id)
        if message is not None and waiting(message, now) and message.due_at:
            left = max(1, int((message.due_at - now).total_seconds()))
            return "none", f"The last message is asked about again in {left} seconds.", left
        due = (
            message is not None
            or self._scheduler.owes(tx, row.id, {})
            or self._owed.due(tx, row.id)
            or self._polling.due(tx, row, connector_of(row, self._settings.on_error, now), now)
            or self._lineage.due(tx, row, now)
            or row.doubled
        )
        return ("", "", None) if due else ("none", IDLE, None)


def quiet_until(row: ConnectorRow, now: datetime) -> datetime | None:
    """When the connector's quiet hours end, if there are any now."""
    return QuietHours.parse(row.quiet).until(now) if row.quiet else None
