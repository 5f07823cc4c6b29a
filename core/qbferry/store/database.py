"""The database: opening it, and the two ways into it, to read and to write."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from qbferry.errors import ConfigError, DatabaseError
from qbferry.files import prepare_private
from qbferry.store import address
from qbferry.store.prepared import driven
from qbferry.store.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

__all__ = ["Database", "Sitting"]

BUSY_SECONDS = 30
"""How long a writer waits for another. The Web Connector gives up after about 100 s (facts A2)."""

SERVER_OPTIONS = f"-c lock_timeout={BUSY_SECONDS}s -c idle_in_transaction_session_timeout=60s"
"""Of a PostgreSQL session; the address may bring its own: ``?options=-c%20lock_timeout%3D3s``."""


class Database:
    """One database, SQLite or PostgreSQL.

    Attributes:
        engine: The engine for reading and for migrations.
        is_sqlite: Whether migrations are applied by themselves.
        is_new: Whether its file was not there before.
        shown: Where it is, for people: the file's full path, or an address without its password.

    Raises:
        ConfigError: The address cannot be used.
    """

    def __init__(self, url: str) -> None:
        parsed = address.parse(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.is_new = address.is_new(parsed)
        self.shown = address.shown(parsed)
        try:
            self.engine = _sqlite(parsed) if self.is_sqlite else _server(parsed)
        except ModuleNotFoundError as error:
            raise ConfigError(
                f"The database driver {error.name} is not installed; for PostgreSQL: "
                "pip install 'qbferry[postgresql]'."
            ) from error
        self._reading: Engine = (
            self.engine
            if self.is_sqlite
            else self.engine.execution_options(isolation_level="REPEATABLE READ")
        )

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """See one state of the database, and change nothing.

        Raises:
            DatabaseError: The database cannot be asked now.
        """
        with _translated(), self._reading.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            yield Transaction(connection)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Change the database in one transaction: committed at the end, rolled back when something is raised.

        Raises:
            DatabaseError: The database is locked, gone or full; nothing was changed.
        """
        with _translated(), self.exclusive() as connection:
            yield Transaction(connection)

    @contextmanager
    def sitting(self) -> Iterator[Sitting]:
        """One connection for several transactions, and for tables that go with it."""
        with _translated(), self.engine.connect() as connection:
            connection.detach()  # never used again: what is temporary ends here
            yield Sitting(connection, is_sqlite=self.is_sqlite)

    @contextmanager
    def exclusive(self) -> Iterator[Connection]:
        """A connection in a transaction that writes, without a word about what the database cannot do.

        SQLite's writer takes the lock at once: one that upgrades midway could be refused without waiting. It
        is taken here rather than by an event of the engine, which would make every statement dearer.
        """
        with self.engine.connect() as connection, connection.begin():
            if self.is_sqlite:
                driven(connection, "BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The same as ``read``, for a plugin with tables of its own."""
        with self.read() as tx:
            yield tx.connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The same as ``write``, for a plugin with tables of its own."""
        with self.write() as tx:
            yield tx.connection

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


class Sitting:
    """Transactions on one connection."""

    def __init__(self, connection: Connection, *, is_sqlite: bool) -> None:
        self._connection, self._is_sqlite = connection, is_sqlite

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """See the database, and change nothing but the connection's own tables."""
        with self._begin("BEGIN") as tx:
            yield tx

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Change the database, as ``Database.write`` does."""
        with self._begin("BEGIN IMMEDIATE") as tx:
            yield tx

    @contextmanager
    def _begin(self, statement: str) -> Iterator[Transaction]:
        with self._connection.begin():
            if self._is_sqlite:
                self._connection.exec_driver_sql(statement)
            yield Transaction(self._connection)


@contextmanager
def _translated() -> Iterator[None]:
    """Say in a sentence what the database cannot do now; a fault of the program stays one."""
    try:
        yield
    except (IntegrityError, ProgrammingError):
        raise
    except DBAPIError as error:
        reason = " ".join(str(error.orig).split())
        raise DatabaseError(f"The database cannot do this now: {reason}. Try again.") from error


def _server(url: URL) -> Engine:
    # A lock is waited for as long as with SQLite; and what a server process holds that was cut off in the
    # middle of a transaction is freed before the bookkeeper gives up.
    given = {} if "options" in url.query else {"options": SERVER_OPTIONS}
    return create_engine(url, connect_args=given, pool_pre_ping=True, hide_parameters=True)


def _sqlite(url: URL) -> Engine:
    given = {} if "timeout" in url.query else {"timeout": BUSY_SECONDS}
    engine = create_engine(url, connect_args=given, hide_parameters=True)

    @event.listens_for(engine, "do_connect")
    def make(dialect: Any, record: Any, arguments: Any, options: Any) -> None:  # noqa: ARG001 - SQLAlchemy's
        if file := _file(arguments[0], uri=options.get("uri", False)):
            with suppress(OSError):  # SQLite says it in its own words
                prepare_private(file)

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        raw: Any = connection
        raw.isolation_level = None  # transactions begin where SQLAlchemy says, not where sqlite3 guesses
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA synchronous=FULL")  # a commit survives a power cut; exactly once depends on it
        cursor.close()

    return engine


def _file(name: str, *, uri: bool) -> str | None:
    """The file that SQLite makes if it is not there; None: it is told not to."""
    if not (uri and name.startswith("file:")):
        return name
    parts = urlsplit(name)
    return None if "mode=" in parts.query else unquote(parts.path)
