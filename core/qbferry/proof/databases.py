"""The databases of the proof: made, copied, locked, taken away and brought back."""

from __future__ import annotations

import sqlite3
import uuid
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from qbferry.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Databases", "Postgresql", "Sqlite"]

NAME = "qbferry.sqlite3"


class Databases(Protocol):
    """One kind of database. Small enough to be handed to other processes."""

    @property
    def name(self) -> str:
        """What the report calls it."""

    @property
    def impatience(self) -> str:
        """What is added to an address so that nobody waits long for a lock."""

    def create(self, folder: Path) -> str:
        """Make an empty database for a world in a folder, and give its address."""

    def copy(self, url: str, folder: Path) -> str:
        """Copy a database nobody has open into another world's folder, and give the copy's address."""

    def drop(self, url: str) -> None:
        """Remove a database, whoever has it open."""

    @contextmanager
    def locked(self, url: str) -> Iterator[None]:
        """Keep every writer out for a while."""

    @contextmanager
    def gone(self, url: str) -> Iterator[None]:
        """Cut all connections, and refuse new ones for a while."""


@dataclass(frozen=True, slots=True)
class Sqlite:
    """A file in the world's folder."""

    name: str = "sqlite"
    impatience: str = "?timeout=0.05"

    def create(self, folder: Path) -> str:
        """A file that SQLite makes when it is opened."""
        return f"sqlite:///{folder / NAME}"

    def copy(self, url: str, folder: Path) -> str:
        """Copy the file; closed in good order it is the only one."""
        target = folder / NAME
        target.write_bytes(_path(url).read_bytes())
        return f"sqlite:///{target}"

    def drop(self, url: str) -> None:
        """Leave it to whoever removes the folder."""

    @contextmanager
    def locked(self, url: str) -> Iterator[None]:
        """Hold a writer's transaction open."""
        with closing(sqlite3.connect(_path(url), isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield
            connection.execute("ROLLBACK")

    @contextmanager
    def gone(self, url: str) -> Iterator[None]:
        """A file cannot go while it is open, on every system alike; locking it is all that can happen."""
        with self.locked(url):
            yield


@dataclass(frozen=True, slots=True)
class Postgresql:
    """A database of a PostgreSQL server.

    Attributes:
        admin: The address of a database whose user may make others.
    """

    admin: str
    name: str = "postgresql"
    impatience: str = "?options=-c%20lock_timeout%3D100ms"

    def create(self, folder: Path) -> str:  # noqa: ARG002 - a server's database lies in no folder
        """Make one with a name of its own."""
        return self._make("")

    def copy(self, url: str, folder: Path) -> str:  # noqa: ARG002
        """Make one from a template."""
        return self._make(f' TEMPLATE "{_name(url)}"')

    def drop(self, url: str) -> None:
        """Drop it by force."""
        self._do(f'DROP DATABASE IF EXISTS "{_name(url)}" WITH (FORCE)')

    @contextmanager
    def locked(self, url: str) -> Iterator[None]:
        """Hold a lock on the row every writer takes first, and on its table."""
        with closing(Database(url)) as database, database.writing() as connection:
            connection.exec_driver_sql("LOCK TABLE connector IN EXCLUSIVE MODE")
            yield

    @contextmanager
    def gone(self, url: str) -> Iterator[None]:
        """Take new connections no more, and end those there are."""
        name = _name(url)
        self._do(
            f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false',
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",  # noqa: S608
        )
        try:
            yield
        finally:
            self._do(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    def _make(self, how: str) -> str:
        name = f"qbferry_{uuid.uuid4().hex}"
        self._do(f'CREATE DATABASE "{name}"{how}')
        return urlsplit(self.admin)._replace(path=f"/{name}").geturl()

    def _do(self, *statements: str) -> None:
        with closing(Database(self.admin)) as database:
            engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                for statement in statements:
                    connection.exec_driver_sql(statement)


def _name(url: str) -> str:
    """What follows the host: a server's database, or the path of a file."""
    return urlsplit(url).path.removeprefix("/")


def _path(url: str) -> Path:
    return Path(_name(url))
