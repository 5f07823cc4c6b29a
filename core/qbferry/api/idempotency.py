"""Requests that are done once, however often they are sent: those with an ``Idempotency-Key``."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

from fastapi import Header

from qbferry.api.problems import ProblemError
from qbferry.errors import QbferryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry.desk.tokens import Caller
    from qbferry.store.database import Database
    from qbferry.store.transaction import Transaction

__all__ = ["Key", "Once", "once"]

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern="^[!-~]{1,255}$",
        description="Of your own, new for each request: sent again with the same key, it is not done again.",
    ),
]
"""The parameter of a route."""

LEASE = timedelta(minutes=2)
"""For so long nobody else takes a request up that is being worked on. Who works on longer loses it, with all
that was done, only if it was sent again meanwhile."""


@dataclass
class Once:
    """A request that is done once.

    Attributes:
        answer: What is answered; None: it is to be done yet.
    """

    answer: str | None = None

    def keep(self, tx: Transaction, answer: str) -> None:  # noqa: ARG002 - without a key nothing is stored
        """Keep the answer in the transaction that does what was asked.

        Raises:
            ProblemError: Another one has taken the request up meanwhile; this transaction must not be
                committed.
        """
        self.answer = answer


@dataclass
class _Held(Once):
    """One that has a key."""

    token_id: int = 0
    key: str = ""
    holder: str = ""

    def keep(self, tx: Transaction, answer: str) -> None:
        if not tx.idempotency.answer(self.token_id, self.key, self.holder, answer):
            raise _in_progress()
        super().keep(tx, answer)


@contextmanager
def once(database: Database, caller: Caller, key: str | None, *parts: bytes) -> Iterator[Once]:
    """Take a request up, or have the answer it got before; it is given back when nothing came of it.

    Args:
        database: Where keys are kept.
        caller: Whose request.
        key: What it calls the request; None: it is done however often it is sent.
        parts: All that makes it this request, and no other.

    Raises:
        ProblemError: Another request had this key, or this one is being worked on.
    """
    if key is None:
        yield Once()
        return
    held = _taken(database, caller, key, hashlib.sha256(b"\0".join(parts)).digest())
    try:
        yield held
    finally:
        if held.answer is None:
            with suppress(QbferryError), database.write() as tx:  # otherwise it can be had after the lease
                tx.idempotency.give_back(held.token_id, held.key, held.holder)


def _taken(database: Database, caller: Caller, key: str, fingerprint: bytes) -> _Held:
    now, held = datetime.now(UTC), _Held(None, caller.id, key, secrets.token_hex(8))
    with database.write() as tx:
        if tx.idempotency.take(caller.id, key, fingerprint, held.holder, now, now + LEASE):
            return held
        row = tx.idempotency.find(caller.id, key)
    if row is not None and row.fingerprint != fingerprint:
        raise ProblemError(
            "key",
            "This Idempotency-Key was sent with another request: another address or another body. Give each "
            "request a key of its own.",
        )
    if row is None or row.answer is None:
        raise _in_progress()
    held.answer = row.answer
    return held


def _in_progress() -> ProblemError:
    return ProblemError(
        "in-progress",
        "The first request with this Idempotency-Key is being worked on; send it again in a while.",
        {"Retry-After": "5"},
    )
