"""Which programs may use the API, what each may do there, and who shows which token."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from qbferry.errors import InputError, NotFoundError
from qbferry.model import fold
from qbferry.store.tokens import TokenRow

if TYPE_CHECKING:
    from collections.abc import Collection

    from qbferry.store.database import Database
    from qbferry.store.transaction import Transaction

__all__ = ["Caller", "Keys", "Scope", "add", "revoke"]

LONGEST = 60
"""Characters of a name."""

PREFIX = "qbf_"
"""What every token begins with, so that it is known for one wherever it is found."""

NOTED = timedelta(minutes=1)
"""That a token was shown is not noted more often, so that reading is next to no writing."""


class Scope(StrEnum):
    """What a program may do."""

    READ = "records:read"
    WRITE = "records:write"
    ACT = "records:act"
    EVENTS = "events:read"


@dataclass(frozen=True, slots=True)
class Caller:
    """A program that shows its token.

    Attributes:
        id: The token's key.
        name: What the program is called.
        scopes: What it may do.
    """

    id: int
    name: str
    scopes: frozenset[str]

    @property
    def actor(self) -> str:
        """What the history calls it; no person has such a name by accident."""
        return f"{self.name} (API)"


def add(
    tx: Transaction, name: str, scopes: Collection[Scope], *, days: int | None = None
) -> tuple[TokenRow, str]:
    """Let a program use the API.

    Args:
        tx: The transaction.
        name: What it is called.
        scopes: What it may do.
        days: For how long; None: until it is revoked.

    Returns:
        The row, and the token, which is stored nowhere.

    Raises:
        InputError: The name is taken or does not fit, or there is no scope.
    """
    if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > LONGEST:
        raise InputError(
            f'The name "{name[:LONGEST]}" does not fit: it has 1 to {LONGEST} characters on one line, and '
            "neither begins nor ends with a blank."
        )
    if not scopes:
        raise InputError(f"Say what {name} may do, with --scope; there are: {', '.join(Scope)}.")
    tx.installations.lock()
    if there := tx.tokens.named(name):
        raise InputError(f"There is a token named {there.name} already; choose another name, or revoke it.")
    token, now = PREFIX + secrets.token_urlsafe(32), datetime.now(UTC)
    row = TokenRow(
        name,
        fold(name),
        _hash(token),
        " ".join(scope for scope in Scope if scope in scopes),
        now,
        None if days is None else now + timedelta(days=days),
    )
    tx.tokens.add(row)
    return row, token


def revoke(tx: Transaction, name: str) -> TokenRow:
    """Let a program use the API no more, from its next request on; what it did stays in the history.

    Raises:
        NotFoundError: There is no such token.
    """
    row = tx.tokens.named(name)
    if row is None:
        raise NotFoundError(f"There is no token named {name}; qbferry token list shows them.")
    tx.tokens.remove(row.id)
    return row


class Keys:
    """Knows programs by their tokens.

    Args:
        database: Where the tokens are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def who(self, token: str) -> Caller | None:
        """Whose token it is; None: nobody's, or it has expired."""
        now = datetime.now(UTC)
        with self._database.read() as tx:
            row = tx.tokens.with_hash(_hash(token))
        if row is None or (row.expires_at is not None and row.expires_at <= now):
            return None
        if row.seen_at is None or not timedelta(0) <= now - row.seen_at < NOTED:
            with self._database.write() as tx:
                tx.tokens.seen(row.id, now)
        return Caller(row.id, row.name, frozenset(row.scopes.split()))


def _hash(token: str) -> bytes:
    """A token is as random as its hash is long, so that no slow hash is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
