"""A database of either kind with one connector in it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.store import migrate
from qbferry.store.database import Database

from .rows import connector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qbferry.store.transaction import Transaction

    Plan = Callable[[Callable[[Transaction], object]], str]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Up to date, with the connectors 1, north, and 2, south."""
    with closing(Database(database_url)) as database:
        migrate.upgrade(database, [])
        with database.write() as tx:
            tx.connectors.add(connector("north", is_default=True))
            tx.connectors.add(connector("south"))
        yield database


@pytest.fixture
def planned(database: Database, heard: Callable[[Database], Any]) -> Plan:
    """Tells how the database means to answer the one statement of some work."""

    def plan(work: Callable[[Transaction], object]) -> str:
        with heard(database) as statements, database.read() as tx:
            statements.clear()
            work(tx)
            [(statement, parameters)] = statements
            if not database.is_sqlite:
                tx.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # a small table is read whole
            how = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
            given = parameters if isinstance(parameters, dict) else tuple(parameters)
            rows = tx.connection.exec_driver_sql(how + statement, given)
            return "\n".join(str(row[-1]) for row in rows)

    return plan
