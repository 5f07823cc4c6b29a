"""Kinds of columns: the same in SQLite and PostgreSQL, and cheap on the way in and out."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json, to_json
from sqlalchemy import DateTime, Dialect, LargeBinary, String, Text, TypeDecorator

from qbferry.model import TransferStatus

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Json", "Packed", "StatusWord", "UtcDateTime"]


_STATUSES: dict[str | None, TransferStatus | None] = {None: None} | {
    str(each): each for each in TransferStatus
}
_UTC_TEXT = "+00:00"


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, aware on both sides; SQLite itself forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:
        """Store UTC."""
        if dialect.name != "sqlite":
            return lambda value: None if value is None else value.astimezone(UTC)
        return lambda value: None if value is None else _utc_text(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002
        """Read UTC."""
        if dialect.name != "sqlite":
            return lambda value: None if value is None else value.astimezone(UTC)
        return lambda value: None if value is None else datetime.fromisoformat(f"{value}+00:00")


class Json(TypeDecorator[Any]):
    """A JSON value in a text column; an empty list or object is stored as nothing.

    Args:
        empty: What nothing is read as: ``dict`` or ``list``.
    """

    impl = Text
    cache_ok = True

    def __init__(self, empty: type[dict[str, Any]] | type[list[Any]] = dict) -> None:
        super().__init__()
        self.empty = empty

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:  # noqa: ARG002
        """Write it compactly."""
        return lambda value: to_json(value).decode() if value else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002
        """Read it."""
        empty = self.empty
        return lambda value: from_json(value) if value else empty()


class StatusWord(TypeDecorator[TransferStatus]):
    """A transfer status, in the words a person sees."""

    impl = String(20)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any]:  # noqa: ARG002
        """Store the words."""
        return lambda value: None if value is None else str(TransferStatus(value))

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002
        """Read them."""
        return _STATUSES.__getitem__


class Packed(TypeDecorator[str]):
    """A long text that is seldom read, compressed."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Compress."""
        return None if value is None else zlib.compress(value.encode("utf-8", "surrogatepass"), 1)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Expand."""
        return None if value is None else zlib.decompress(value).decode("utf-8", "surrogatepass")


@lru_cache(maxsize=100)
def _utc_text(value: datetime) -> str:
    """A moment as SQLAlchemy writes those of SQLite: ``2026-10-31 12:00:00.000000``."""
    utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    return utc.isoformat(" ", "microseconds").removesuffix("+00:00")
