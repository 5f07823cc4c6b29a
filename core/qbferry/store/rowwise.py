"""Statements made once from a table and the plain value that stands for one of its rows."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import bindparam, insert, select, update

from qbferry.store.prepared import Prepared, places
from qbferry.store.rows import names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection, Select, Table

__all__ = ["Rowwise"]

R = TypeVar("R")


class Rowwise(Generic[R]):
    """Reads rows of one table as values, and writes them back; the key is the column ``id``."""

    def __init__(self, table: Table, kind: type[R], *, fixed: Iterable[str] = ()) -> None:
        """Build the statements.

        Args:
            table: The table; ``id`` is its key.
            kind: A dataclass with the names of some of the table's columns.
            fixed: Columns that are never changed once a row is stored.
        """
        self._kind = kind
        self._names = tuple(names(kind))
        columns = [table.c[name] for name in self._names]
        self.select: Select[Any] = select(*columns)
        new = [name for name in self._names if name != "id"]
        add = insert(table).values(places(new)).inline()
        self._insert = Prepared(add.returning(table.c.id))
        self._append = Prepared(add, new)
        self._new = new, attrgetter(*new)
        changing = [name for name in new if name not in {*fixed}]
        self._changing = changing, attrgetter(*changing)
        self._update = Prepared(update(table).where(table.c.id == bindparam("_id")).values(places(changing)))

    def read(self, rows: Iterable[Any]) -> list[R]:
        """Make values of what ``select`` gave."""
        return [self._kind(*row) for row in rows]

    def one(self, row: Any) -> R:
        """Make a value of one row."""
        return self._kind(*row)

    def add(self, connection: Connection, value: Any) -> None:
        """Store a new row, and note its key."""
        keys, get = self._new
        (row,) = self._insert.all(connection, dict(zip(keys, get(value), strict=True)))
        value.id = row[0]

    def append(self, connection: Connection, values: list[R]) -> None:
        """Store new rows whose keys nobody asks for, in one statement."""
        if values:
            _, get = self._new
            self._append.run_rows(connection, map(get, values))

    def save(self, connection: Connection, value: Any) -> None:
        """Write a changed row back."""
        keys, get = self._changing
        changed = dict(zip(keys, get(value), strict=True))
        changed["_id"] = value.id
        self._update.run(connection, changed)
