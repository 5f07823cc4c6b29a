"""The rows of an import, written again by sqlite3's executemany and nothing else."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Rows"]

Row: TypeAlias = dict[str, Any]
TABLES = ("record", "document", "record_value", "history")
COUNT = (
    "INSERT INTO counter (connector_id, entity, transfer_status, currency, unit, records, due, amount) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
    "records = records + excluded.records, due = due + excluded.due, amount = amount + excluded.amount"
)


class Rows:
    """What an import has written into a database that was empty."""

    def __init__(self, file: Path) -> None:
        with closing(sqlite3.connect(file)) as connection:
            connection.row_factory = sqlite3.Row
            self._rows = {
                table: [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
                for table in (*TABLES, "counter")
            }
            self._statements = {table: _insert(connection, table) for table in TABLES}

    def insert(self, file: Path, prefix: str) -> float:
        """Write them into a database that has others already, under other ids, in one transaction.

        Returns:
            Seconds of CPU.
        """
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
                connection.execute(f"PRAGMA {pragma}")
            [(keys, places)] = connection.execute(
                "SELECT coalesce(max(pk), 0), (SELECT max(last_position) FROM connector) FROM record"
            )
            moved = self._moved(keys, places, prefix)
            rows = {table: [tuple(row.values()) for row in moved[table]] for table in moved}
            begun = time.process_time()
            connection.execute("BEGIN IMMEDIATE")
            for table in TABLES:
                connection.executemany(self._statements[table], rows[table])
            connection.executemany(COUNT, rows["counter"])
            connection.execute(
                "UPDATE connector SET last_position = last_position + ?", (len(rows["record"]),)
            )
            connection.execute("COMMIT")
        return time.process_time() - begun

    def _moved(self, keys: int, places: int, prefix: str) -> dict[str, list[Row]]:
        changes: dict[str, Callable[[Row], Row]] = {
            "record": lambda row: {
                "pk": row["pk"] + keys,
                "id": prefix + row["id"],
                "queue_position": row["queue_position"] + places,
            },
            "document": lambda row: {"record_pk": row["record_pk"] + keys},
            "record_value": lambda row: {"record_pk": row["record_pk"] + keys},
            "history": lambda row: {
                "id": None,
                "record_pk": row["record_pk"] + keys,
                "record_id": prefix + row["record_id"],
            },
        }
        return {
            table: [row | change(row) for row in self._rows[table]] for table, change in changes.items()
        } | {"counter": self._rows["counter"]}


def _insert(connection: sqlite3.Connection, table: str) -> str:
    columns = [name for name, *_ in connection.execute(f"SELECT * FROM {table} LIMIT 0").description]
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
