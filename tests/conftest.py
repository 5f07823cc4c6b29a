"""What several rooms' tests share: an installation a test on either database, and its invoices."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from sqlalchemy import event
from tests.plain import plain

from qbferry.desk.drawer import Drawer
from qbferry.errors import ConfigError
from qbferry.plugin import discovery
from qbferry.plugin.manager import assemble
from qbferry.proof.cluster import cluster
from qbferry.proof.databases import Databases, Postgresql, Sqlite
from qbferry.proof.proof import SERVER_VARIABLE
from qbferry.store import migrate
from qbferry.store.database import Database
from qbferry.testing.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """Let captured texts travel between processes: what a hostile plugin says may be no text at all."""
    report: Any = yield
    report.sections = [(name, text.encode("utf-8", "replace").decode()) for name, text in report.sections]
    return report


@pytest.fixture
def invoice() -> Callable[..., dict[str, Any]]:
    """Makes invoices that the sample company takes."""

    def make(name: str, **changes: Any) -> dict[str, Any]:
        return {
            "id": name,
            "organization": "Acme Corp",
            "invoice_date": "2026-10-31",
            "total": "300.00",
            "lines": [{"id": "1", "item": "Labor~Remote", "quantity": "2.5", "amount": "300.00"}],
        } | changes

    return make


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    """A PostgreSQL: the one QBFERRY_TEST_POSTGRES_URL names, or a throw-away one."""
    named = os.environ.get(SERVER_VARIABLE)
    try:
        with nullcontext(named) if named else cluster() as url:
            yield Postgresql(url)
    except ConfigError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def migrated(postgresql: Postgresql, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with all tables, to be copied."""
    url = postgresql.create(tmp_path_factory.mktemp("template"))
    branches = map(discovery.migrations, discovery.installed().values())
    with closing(Database(url)) as database:
        migrate.upgrade(database, [branch for branch in branches if branch])
    yield url
    postgresql.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest) -> Databases:
    """Either kind of database."""
    if request.param == "sqlite":
        return Sqlite()
    found: Postgresql = request.getfixturevalue("postgresql")
    return found


@pytest.fixture
def database_url(databases: Databases, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of a test's own."""
    if isinstance(databases, Sqlite):
        yield databases.create(tmp_path)
        return
    url = databases.copy(request.getfixturevalue("migrated"), tmp_path)
    yield url
    databases.drop(url)


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    plugins = assemble(plain("invoices"))
    with Installation(tmp_path, plugins=plugins, url=database_url) as installation:
        yield installation


@pytest.fixture
def drawer(world: Installation) -> Callable[[], AbstractContextManager[Drawer]]:
    """Opens the invoices' drawer in a transaction that is committed."""

    @contextmanager
    def open_drawer() -> Iterator[Drawer]:
        with (
            world.database.write() as tx,
            Drawer.open(tx, world.plugins, "invoice", None, "continue", actor="Ann", lock=True) as drawer,
        ):
            yield drawer

    return open_drawer


@pytest.fixture
def heard() -> Callable[[Database], AbstractContextManager[list[tuple[str, Any]]]]:
    """Listens to what a database's driver is given: statements with their parameters, and each COMMIT."""

    @contextmanager
    def listen(database: Database) -> Iterator[list[tuple[str, Any]]]:
        found: list[tuple[str, Any]] = []

        def connect(dialect: Any, _: object, arguments: Any, named: Any) -> Any:
            if database.is_sqlite:
                return dialect.loaded_dbapi.connect(*arguments, **named, factory=_listening_sqlite(found))
            connection = dialect.loaded_dbapi.connect(*arguments, **named)
            connection.cursor_factory = _listening(psycopg.Cursor, found)
            return connection

        def commit(_: object) -> None:
            found.append(("COMMIT", None))

        event.listen(database.engine, "do_connect", connect)
        event.listen(database.engine, "commit", commit)
        database.engine.dispose()
        with database.engine.connect():
            pass
        found.clear()  # what sets a connection up
        yield found
        event.remove(database.engine, "do_connect", connect)
        event.remove(database.engine, "commit", commit)
        database.engine.dispose()

    return listen


def _listening(cursor: Any, found: list[tuple[str, Any]]) -> Any:
    class Listening(cursor):  # type: ignore[misc]
        def execute(self, statement: str, parameters: Any = None, **how: Any) -> Any:
            found.append((statement, parameters))
            return super().execute(statement, *(() if parameters is None else (parameters,)), **how)

        def executemany(self, statement: str, parameters: Any, **how: Any) -> Any:
            found.append((statement, parameters))
            return super().executemany(statement, parameters, **how)

    return Listening


def _listening_sqlite(found: list[tuple[str, Any]]) -> type[sqlite3.Connection]:
    class Listening(sqlite3.Connection):
        def cursor(self, *_: object) -> Any:
            return super().cursor(_listening(sqlite3.Cursor, found))

    return Listening
