"""Many due records out of some: copies of their rows, made by the database itself, or carried to another."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import Boolean, text

from qbferry.store import tables
from qbferry.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["carry", "copying", "multiply"]


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


def carry(file: Path, url: str) -> None:
    """Give an empty PostgreSQL database, which has its tables, all that a SQLite file has."""
    with (
        closing(sqlite3.connect(file)) as source,
        closing(Database(url)) as database,
        database.write() as tx,
    ):
        raw = tx.connection.connection.dbapi_connection
        raw.execute("SET timezone = 'UTC'")
        for table in reversed(tables.metadata.sorted_tables):
            tx.connection.execute(table.delete())
        for table in tables.metadata.sorted_tables:
            names = [column.name for column in table.columns]
            flags = [number for number, one in enumerate(table.columns) if isinstance(one.type, Boolean)]
            with raw.cursor().copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
                for found in source.execute(f"SELECT {', '.join(names)} FROM {table.name}"):
                    row = list(found)
                    for number in flags:
                        row[number] = None if row[number] is None else bool(row[number])
                    copy.write_row(row)
            for column in table.primary_key.columns:
                if tx.connection.scalar(
                    text(f"SELECT pg_get_serial_sequence('{table.name}', '{column.name}')")
                ):
                    tx.connection.execute(
                        text(
                            f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), "
                            f"(SELECT coalesce(max({column.name}), 1) FROM {table.name}))"
                        )
                    )
        tx.connection.execute(text("ANALYZE"))


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    """All columns but a key that the database gives."""
    found = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    return [name for name in found if name != "id"] if table == "history" else found
