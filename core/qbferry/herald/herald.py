"""One round of the herald: notice, gather, send, note. One process at a time, by a lease in the database."""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from qbferry.herald.notice import notice_all
from qbferry.herald.post import Post, Sending
from qbferry.herald.standard import SendError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from qbferry.config import AlertSettings
    from qbferry.store.catalog import KnownKind
    from qbferry.store.database import Database
    from qbferry.store.rows import AlertRow, ConnectorRow
    from qbferry.store.transaction import Transaction

__all__ = ["Herald", "link_of"]

log = logging.getLogger("qbferry.alerts")

LEASE = timedelta(minutes=5)
"""After so long without a word of the process that had it, another one goes on."""

LONGEST_PAUSE = timedelta(hours=1)

MOST = 100
"""Alerts in one mail; the others come with the next."""


@dataclass
class _Unsent:
    """What a connector's places have not all taken: sent again as it was, under its identity.

    Attributes:
        keys: The alerts in it.
        taken: The ways by which it has arrived.
        tries: How often it was sent.
        again: When it is sent again.
    """

    keys: list[int]
    again: datetime
    taken: set[str] = field(default_factory=set)
    tries: int = 0


class Herald:
    """Notices what is wrong, and tells it.

    Args:
        database: Where the alerts are.
        running: The kinds whose plugins run.
        settings: ``[alerts]``.
        public_url: What links begin with.
        sources: The names of the sources that are read.
        since: Since when Web Connectors could call; None: from now on.
    """

    def __init__(
        self,
        database: Database,
        running: Mapping[str, KnownKind],
        settings: AlertSettings,
        public_url: str,
        sources: Collection[str] = (),
        *,
        since: datetime | None = None,
    ) -> None:
        self._database, self._running, self._sources = database, running, sources
        self._settings, self._post, self._root = settings, Post(settings), public_url.rstrip("/")
        self._holder, self._since = secrets.token_hex(8), since or datetime.now(UTC)
        self._failed: dict[int, _Unsent] = {}

    def work(self, now: datetime | None = None) -> int:
        """Make one round, if no other process does; how many alerts were told."""
        now = now or datetime.now(UTC)
        if not self._holds(now):
            return 0
        listens = self._post.places
        notice_all(self._database, self._running, self._sources, now, since=self._since, listens=listens)
        with self._database.read() as tx:
            due = self._due(tx, now)
        told, began = 0, time.monotonic()
        for row, alerts in due:
            # The other side may take its time, and another process would take over meanwhile.
            if not self._holds(now + timedelta(seconds=time.monotonic() - began)):
                break
            told += self._tell(row, alerts, now)
        return told

    def _holds(self, now: datetime) -> bool:
        with self._database.write() as tx:
            return tx.leases.take("herald", self._holder, now, now + LEASE)

    def _due(self, tx: Transaction, now: datetime) -> list[tuple[ConnectorRow, list[AlertRow]]]:
        found = []
        for row in tx.connectors.everyone():
            if not self._post.places(row.name):
                continue
            alerts = tx.alerts.untold(row.id, MOST)
            unsent = self._failed.get(row.id)
            if unsent is not None:
                kept = [alert for alert in alerts if alert.id in unsent.keys]
                if kept and unsent.again <= now:
                    found.append((row, kept))
                if kept:
                    continue
                del self._failed[row.id]
            waited = now - alerts[0].at if alerts else timedelta()
            # A moment in the future is of a clock that was set back since.
            old = alerts and not timedelta() <= waited < timedelta(minutes=self._settings.digest_minutes)
            if old:
                found.append((row, alerts))
        return found

    def _tell(self, row: ConnectorRow, alerts: list[AlertRow], now: datetime) -> int:
        """Send outside of any transaction; what is killed before it is noted is sent once more."""
        with self._database.read() as tx:
            sending = Sending(
                f"alert-{alerts[0].id}-{alerts[-1].id}-{len(alerts)}",
                now,
                row.name,
                [_view(tx, self._root, row, alert) for alert in alerts],
            )
        unsent = self._failed.setdefault(row.id, _Unsent([alert.id for alert in alerts], now))
        try:
            for said in self._post.send(sending, unsent.taken):
                log.info("Alerts of %s: %s", row.name, said)
        except Exception as error:
            unsent.tries += 1
            unsent.again = now + min(LONGEST_PAUSE, timedelta(minutes=2 ** min(unsent.tries - 1, 10)))
            if isinstance(error, SendError):
                log.warning("Alerts of %s are told later: %s", row.name, error)
            else:
                log.exception("Alerts of %s are told later.", row.name)
            return 0
        del self._failed[row.id]
        with self._database.write() as tx:
            tx.alerts.told([alert.id for alert in alerts], now)
        return len(alerts)


def _view(tx: Transaction, root: str, row: ConnectorRow, alert: AlertRow) -> dict[str, Any]:
    return {
        "alert": alert.id,
        "at": alert.at.isoformat(),
        "kind": alert.kind,
        "text": alert.text,
        "link": link_of(tx, root, row, alert),
    }


def link_of(tx: Transaction, root: str, row: ConnectorRow, alert: AlertRow) -> str:
    """The page that an alert is about."""
    connector = quote(row.name, safe="")
    if alert.record_pk is not None and (record := tx.records.by_key([alert.record_pk]).get(alert.record_pk)):
        return f"{root}/records/{quote(record.entity)}/{quote(record.id, safe='')}?connector={connector}"
    if alert.kind == "records.failed":
        return f"{root}/records/{quote(alert.entity)}?status=Pending/Failed&connector={connector}"
    if alert.run_id is not None:
        return f"{root}/runs/{alert.run_id}"
    return f"{root}/connectors/{connector}"
