"""Many due records out of some: copies of their rows, made by the database itself."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["copying", "multiply"]


def copying(table: str, columns: list[str], changed: Mapping[str, str], where: str = "true") -> str:
    """The statement that copies rows of a table within it, with some columns given by expressions."""
    sources = ", ".join(changed.get(name, name) for name in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {sources} FROM {table} WHERE {where}"


def multiply(file: Path, times: int) -> None:
    """Let a SQLite database have each record so many times, each with an id and a place of its own."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-400000")
        connection.execute("BEGIN")
        [(last,)] = connection.execute("SELECT max(pk) FROM record")
        # Rows of one pass lie together, as they do when records arrive.
        for copy in range(1, times):
            further = copy * last
            name = f"|| '-{copy}'"
            record = {
                "pk": f"pk + {further}",
                "id": f"id {name}",
                "queue_position": f"queue_position + {further}",
            }
            document = {
                "record_pk": f"record_pk + {further}",
                "document": f"json_set(document, '$.id', json_extract(document, '$.id') {name})",
            }
            line = {"record_pk": f"record_pk + {further}", "record_id": f"record_id {name}"}
            value = {"record_pk": f"record_pk + {further}"}
            for table, key, changed in (
                ("record", "pk", record),
                ("document", "record_pk", document),
                ("record_value", "record_pk", value),
                ("history", "record_pk", line),
            ):
                statement = copying(table, _columns(connection, table), changed, f"{key} <= {last}")
                connection.execute(statement)
        more = ", ".join(f"{name} = {name} * {times}" for name in ("records", "due", "amount"))
        connection.execute(f"UPDATE counter SET {more}")
        connection.execute(f"UPDATE connector SET last_position = last_position * {times}")
        connection.execute("COMMIT")


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """All columns but a key that the database gives."""
    found = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    return [name for name in found if name != "id"] if table == "history" else found
