"""A database of either kind with one connector in it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from qbferry.store import migrate
from qbferry.store.database import Database

from .rows import connector

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Up to date, with the connectors 1, north, and 2, south."""
    with closing(Database(database_url)) as database:
        migrate.upgrade(database, [])
        with database.write() as tx:
            tx.connectors.add(connector("north", is_default=True))
            tx.connectors.add(connector("south"))
        yield database
