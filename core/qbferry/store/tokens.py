"""Which programs may use the API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, update

from qbferry.model import fold
from qbferry.store import tables
from qbferry.store.rowwise import Rowwise

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = ["TokenRow", "Tokens"]

_T = tables.token


@dataclass(slots=True)
class TokenRow:
    """A program's token.

    Attributes:
        id: The database's own key; 0 until it is stored.
        name: What the program is called.
        folded: The name without regard to case.
        hash: Of what the program shows.
        scopes: What it may do, as ``desk.tokens.Scope`` names it, with blanks between.
        expires_at: From when on it counts no more; None: it does until it is revoked.
        seen_at: When it was last shown, to the minute.
    """

    name: str
    folded: str
    hash: bytes
    scopes: str
    created_at: datetime
    expires_at: datetime | None = None
    id: int = 0
    seen_at: datetime | None = None


_TOKENS = Rowwise(_T, TokenRow, fixed=("created_at",))


class Tokens:
    """Finds and keeps tokens."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[TokenRow]:
        """All of them, by name."""
        return _TOKENS.read(self._connection.execute(_TOKENS.select.order_by(_T.c.folded)))

    def named(self, name: str) -> TokenRow | None:
        """The one of a name, without regard to case."""
        found = self._connection.execute(_TOKENS.select.where(_T.c.folded == fold(name))).one_or_none()
        return None if found is None else _TOKENS.one(found)

    def with_hash(self, value: bytes) -> TokenRow | None:
        """The one with a hash."""
        found = self._connection.execute(_TOKENS.select.where(_T.c.hash == value)).one_or_none()
        return None if found is None else _TOKENS.one(found)

    def add(self, row: TokenRow) -> None:
        """Store a new one."""
        _TOKENS.add(self._connection, row)

    def seen(self, token_id: int, at: datetime) -> None:
        """Note that one was shown."""
        self._connection.execute(update(_T).where(_T.c.id == token_id).values(seen_at=at))

    def remove(self, token_id: int) -> None:
        """Forget one."""
        self._connection.execute(delete(_T).where(_T.c.id == token_id))
