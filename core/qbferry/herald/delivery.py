"""Events on their way to webhooks: in order, each at least once, by one process at a time for each webhook.

A webhook keeps its place in the feed, so what is sent is read from the history, however much waits. Who dies
between an event and the note that it was taken sends it again, under the same identity.
"""

from __future__ import annotations

import logging
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from qbferry.desk.events import events
from qbferry.desk.webhooks import DISABLED, place_in
from qbferry.herald.standard import SECONDS, GoneError, SendError, post
from qbferry.store.rows import AlertRow
from qbferry.store.webhooks import LONGEST_PAUSE

if TYPE_CHECKING:
    from qbferry.store.database import Database
    from qbferry.store.events import Place
    from qbferry.store.transaction import Transaction
    from qbferry.store.webhooks import WebhookRow

__all__ = ["Delivery", "examine"]

log = logging.getLogger("qbferry.webhooks")

LEASE = timedelta(seconds=6 * SECONDS)
"""After so long without a word of the process that sends to a webhook, another one goes on."""

PAUSE = timedelta(seconds=5)
"""After the first failure; doubled with each, up to an hour."""

PAGE = 50
"""Events that are read at once."""

NOTED = 1.0
"""Seconds after which it is noted how far a webhook has come; after a crash, so much comes again."""

AT_ONCE = 8
"""Webhooks that are sent to at the same time: a slow one holds up no other."""


class Delivery:
    """Sends events.

    Args:
        database: Where they are.
        disable_after: Days of nothing but failure after which a webhook is given up.
    """

    def __init__(self, database: Database, disable_after: int) -> None:
        self._database, self._patience = database, timedelta(days=disable_after)
        self._holder = secrets.token_hex(8)

    def work(self, now: datetime | None = None) -> int:
        """Send what waits, a page to each webhook that is due; how many events were taken."""
        now = now or datetime.now(UTC)
        with self._database.read() as tx:
            due = [row for row in tx.webhooks.due(now) if tx.feed.page(place_in(tx, row), 1)]
        if len(due) < 2:
            return sum(self._deliver(row, now) for row in due)
        with ThreadPoolExecutor(AT_ONCE, "webhook") as pool:
            return sum(pool.map(lambda row: self._deliver(row, now), due))

    def _deliver(self, row: WebhookRow, now: datetime) -> int:
        began = time.monotonic()

        def clock() -> datetime:
            return now + timedelta(seconds=time.monotonic() - began)

        with self._database.write() as tx:
            if not self._holds(tx, row, now):
                return 0
        with self._database.read() as tx:
            page = events(tx, place_in(tx, row), PAGE)
        taken, place, noted = 0, None, time.monotonic()
        try:
            for where, event in page:
                post(row.url, event["id"], clock(), event, row.secret)
                taken, place = taken + 1, where
                if time.monotonic() - noted > NOTED:
                    moved = self._note(row, place, clock())
                    if moved is None:
                        return taken
                    row, place, noted = moved, None, time.monotonic()
        except SendError as error:
            self._failed(row, place, clock(), error)
        else:
            if place is not None:
                self._note(row, place, clock())
        return taken

    def _holds(self, tx: Transaction, row: WebhookRow, now: datetime) -> bool:
        """Whether it is this process's, and still where it was: nobody has set it back or removed it."""
        lease = tx.leases.take(f"webhook {row.id}", self._holder, now, now + LEASE)
        return lease and tx.webhooks.is_at(row)

    def _note(self, row: WebhookRow, place: Place, now: datetime) -> WebhookRow | None:
        """Note how far it has come; None: it is somebody else's by now."""
        moved = replace(row, place=str(place), delivered_at=now, tries=0, failing_since=None, error=None)
        with self._database.write() as tx:
            if not self._holds(tx, row, now):
                return None
            tx.webhooks.save(moved)
        return moved

    def _failed(self, row: WebhookRow, place: Place | None, now: datetime, error: SendError) -> None:
        log.warning("Webhook %s: %s", row.name, error)
        if place is not None:
            moved = self._note(row, place, now)
            if moved is None:
                return
            row = moved
        failed = replace(
            row,
            tries=row.tries + 1,
            failing_since=row.failing_since or now,
            error=str(error),
            due_at=now + min(LONGEST_PAUSE, PAUSE * 2 ** min(row.tries, 12)),
        )
        since = failed.failing_since or now
        if isinstance(error, GoneError) or now - since >= self._patience:
            failed.disabled_at = now
        with self._database.write() as tx:
            if not self._holds(tx, row, now):
                return
            tx.webhooks.save(failed)
            tx.leases.give_back(f"webhook {row.id}", self._holder, now)
            if failed.disabled_at is not None:
                _alert(tx, failed, now)


def examine(row: WebhookRow, now: datetime) -> int:
    """Send a webhook an event that says that it is a test; the status it answers with.

    Raises:
        SendError: It did not take it.
    """
    told = {"type": "webhook.test", "timestamp": now.isoformat(), "data": {"webhook": row.name}}
    return post(row.url, f"test_{secrets.token_hex(8)}", now, told, row.secret)


def _alert(tx: Transaction, row: WebhookRow, now: datetime) -> None:
    text = (
        f"The webhook {row.name} gets no events any more, as it took none since "
        f"{row.failing_since:%Y-%m-%d %H:%M} UTC. {row.error} "
        f"Once it does again: qbferry webhook replay {row.name}"
    )
    told: dict[str, Any] = {"kind": DISABLED, "about": row.name, "text": text}
    for connector in tx.connectors.everyone():
        if connector.is_default:
            tx.alerts.alert(AlertRow(at=now, connector_id=connector.id, **told))
