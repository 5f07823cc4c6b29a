"""Kinds of columns: the same in SQLite and PostgreSQL, and cheap on the way in and out."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, LargeBinary, String, Text, TypeDecorator

from qbferry.model import TransferStatus

__all__ = ["Json", "Packed", "StatusWord", "UtcDateTime"]


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, aware on both sides; SQLite itself forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Store UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


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

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write it compactly."""
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False) if value else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Read it."""
        return json.loads(value) if value else self.empty()


class StatusWord(TypeDecorator[TransferStatus]):
    """A transfer status, in the words a person sees."""

    impl = String(20)
    cache_ok = True

    def process_bind_param(self, value: TransferStatus | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Store the words."""
        return None if value is None else str(TransferStatus(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> TransferStatus | None:  # noqa: ARG002
        """Read them."""
        return None if value is None else TransferStatus(value)


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
