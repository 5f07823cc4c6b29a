"""Holding the floor to the same durable work: what two databases differ in after the same session."""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["differences"]

TIMES = {"updated_at", "transfer_date", "first_transfer_date", "at"}
MESSAGE = "SELECT requests, attempts, settled_at IS NOT NULL, answer FROM message ORDER BY id"


def differences(ours: Path, floor: Path) -> list[str]:
    """What differs in records, counters, history and messages, but for moments and identities by chance."""
    with closing(sqlite3.connect(ours)) as one, closing(sqlite3.connect(floor)) as other:
        return [*_differences(one, other)]


def _differences(one: sqlite3.Connection, other: sqlite3.Connection) -> Iterator[str]:
    for table, order in (("record", "pk"), ("counter", "transfer_status"), ("history", "id")):
        names = [name for _, name, *_ in one.execute(f"PRAGMA table_info({table})") if name not in TIMES]
        statement = f"SELECT {', '.join(names)} FROM {table} ORDER BY {order}"
        yield from _unlike(table, names, one.execute(statement), other.execute(statement))
    names = ["requests", "attempts", "settled", "answer's length"]
    yield from _unlike(
        "message", names, map(_message, one.execute(MESSAGE)), map(_message, other.execute(MESSAGE))
    )


def _unlike(table: str, names: list[str], one: Any, other: Any) -> Iterator[str]:
    mine, theirs = list(one), list(other)
    if len(mine) != len(theirs):
        yield f"{table} has {len(mine)} rows, and the floor's {len(theirs)}"
    for row, floor in zip(mine, theirs, strict=False):
        for name, value, floor_value in zip(names, row, floor, strict=True):
            if value != floor_value:
                yield f"{table}.{name} is {value!r}, and the floor's {floor_value!r}"


def _message(row: tuple[str, int, int, bytes]) -> tuple[object, ...]:
    requests, attempts, settled, answer = row
    return requests, attempts, settled, answer and len(zlib.decompress(answer))
