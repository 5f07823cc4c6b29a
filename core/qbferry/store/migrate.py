"""Bringing the database up to date: Alembic, one branch for the core and one a plugin.

Every command asks whether something is pending, so Alembic, which takes long to load, is loaded only where it
has something to say: when something is, or where plugins have branches of their own.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import column, delete, insert, inspect, select, table
from sqlalchemy.exc import SQLAlchemyError

from qbferry.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from alembic.config import Config
    from sqlalchemy import Connection

    from qbferry.store.database import Database

__all__ = ["pending", "upgrade"]

CORE = "core"
"""The core's branch, which comes first; its revisions begin with this name."""

HEAD = "core_0001"
"""The core's newest revision; a test compares it with the folder of revisions."""

VERSIONS = table("alembic_version", column("version_num"))


def upgrade(database: Database, branches: Sequence[Path]) -> bool:
    """Apply what is missing, in one transaction.

    Args:
        database: Where to.
        branches: The migration folders of the enabled plugins.

    Returns:
        Whether there was anything to apply.

    Raises:
        ConfigError: The database cannot be reached, was written by a newer version, or is of another program.
    """
    from alembic.script import ScriptDirectory

    config = _config(branches)
    script = ScriptDirectory.from_config(config)
    known = {revision.revision for revision in script.walk_revisions()}
    try:
        # One migrator at a time: a second process waits here, then finds nothing to do.
        with database.exclusive() as connection:
            if not database.is_sqlite:
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(81250)")
            applied = _applied(connection)
            if applied.issuperset(script.get_heads()):
                return False
            _check_owner(database, connection, applied, known)
            config.attributes["connection"] = connection
            with _hidden(connection, applied - known):
                _apply(config)
            return True
    except SQLAlchemyError as error:
        raise _unopened(database, error) from error


def pending(database: Database, branches: Sequence[Path]) -> bool:
    """Tell whether the database lacks a migration.

    Raises:
        ConfigError: The database cannot be reached.
    """
    try:
        with database.engine.connect() as connection:
            return not _applied(connection).issuperset(_heads(branches))
    except SQLAlchemyError as error:
        raise _unopened(database, error) from error


def _check_owner(database: Database, connection: Connection, applied: set[str], known: set[str]) -> None:
    """Make sure that a database that lacks something is ours to change."""
    if any(name.startswith(CORE) for name in applied):
        if not any(name.startswith(CORE) for name in applied & known):
            raise ConfigError(
                f"The database {database.shown} is of a newer qbferry; use that one, or another database."
            )
    elif applied or (database.is_sqlite and inspect(connection).get_table_names()):
        raise ConfigError(
            f"The database {database.shown} belongs to another program; set database_url to one of its own."
        )


def _unopened(database: Database, error: Exception) -> ConfigError:
    return ConfigError(f"The database {database.shown} cannot be opened: {_first_line(error)}.")


def _heads(branches: Sequence[Path]) -> Collection[str]:
    """The revisions of a database that is up to date."""
    if not branches:
        return [HEAD]
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config(branches)).get_heads()


def _apply(config: Config) -> None:
    from alembic import command
    from alembic.util import CommandError

    try:
        command.upgrade(config, f"{CORE}@head")
        command.upgrade(config, "heads")
    except (CommandError, SQLAlchemyError) as error:
        raise ConfigError(
            f"The database cannot be brought up to date: {_first_line(error)}. Is it of a newer plugin?"
        ) from error


def _applied(connection: Connection) -> set[str]:
    """The newest revision of each branch."""
    if not inspect(connection).has_table(VERSIONS.name):
        return set()
    return set(connection.execute(select(VERSIONS.c.version_num)).scalars())


@contextmanager
def _hidden(connection: Connection, strangers: Collection[str]) -> Iterator[None]:
    """Hide what plugins have left that were taken out; Alembic stops at revisions it has no file of."""
    if not strangers:
        yield
        return
    connection.execute(delete(VERSIONS).where(VERSIONS.c.version_num.in_(strangers)))
    yield
    connection.execute(insert(VERSIONS), [{"version_num": name} for name in strangers])


def _config(branches: Sequence[Path]) -> Config:
    from alembic.config import Config

    home = files("qbferry.store") / "migrations"
    config = Config()
    config.set_main_option("script_location", str(home))
    config.set_main_option("path_separator", "newline")
    config.set_main_option(
        "version_locations", "\n".join([str(home / "versions"), *(str(branch) for branch in branches)])
    )
    config.attributes["logger"] = logging.getLogger("qbferry.migrations")
    return config


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
