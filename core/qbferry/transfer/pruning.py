"""Forgetting what need not be kept any longer, a small part a transaction, by one process."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from qbferry.config import KeepSettings
    from qbferry.store.database import Database
    from qbferry.store.transaction import Transaction

__all__ = ["Pruner"]

LEASE = timedelta(hours=2)
"""For so long no other process looks."""


class Pruner:
    """Forgets, for one process.

    Args:
        database: Of what.
        keep: ``[keep]``: how long which is kept.
        lasting: The kinds of alerts that are kept until what they tell has come right.
    """

    def __init__(self, database: Database, keep: KeepSettings, lasting: Collection[str] = ()) -> None:
        self._database, self._keep, self._lasting = database, keep, lasting
        self._holder, self._walked = secrets.token_hex(8), 0

    def work(self, now: datetime | None = None) -> int:
        """Forget one part of each, if no other process does; 0: nothing more is old."""
        now = now or datetime.now(UTC)
        with self._database.write() as tx:
            if not tx.leases.take("pruning", self._holder, now, now + LEASE):
                return 0
            connectors = [row.id for row in tx.connectors.everyone()]
        done = 0
        for connector in connectors:
            with self._database.write() as tx:
                done += tx.pruning.answers(connector, now - timedelta(days=self._keep.answers))
        with self._database.write() as tx:
            done += tx.pruning.alerts(now - timedelta(days=self._keep.events), self._lasting)
        with self._database.write() as tx:
            done += tx.pruning.keys(now - timedelta(days=self._keep.keys))
        if self._keep.history:
            with self._database.write() as tx:
                done += self._history(tx, now - timedelta(days=max(self._keep.history, self._keep.events)))
        return done

    def _history(self, tx: Transaction, before: datetime) -> int:
        """Go on behind the lines that stay: they stay for good."""
        last = tx.pruning.history(before, self._walked)
        self._walked = last or self._walked
        return int(last is not None)
