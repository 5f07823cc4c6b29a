"""Bringing the database up to date: Alembic, one branch for the core and one a plugin."""

from __future__ import annotations

import logging
from importlib.resources import files
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError, to_tuple
from sqlalchemy.exc import SQLAlchemyError

from qbferry.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from qbferry.store.database import Database

__all__ = ["pending", "upgrade"]


def upgrade(database: Database, branches: Sequence[Path]) -> bool:
    """Apply what is missing, in one transaction.

    Args:
        database: Where to.
        branches: The migration folders of the enabled plugins.

    Returns:
        Whether there was anything to apply.

    Raises:
        ConfigError: The database cannot be reached, or was written by a newer version or another plugin.
    """
    try:
        # One migrator at a time: a second process waits here, then finds nothing to do.
        engine = database.engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        with engine.begin() as connection:
            if not database.is_sqlite:
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(81250)")
            if not _missing(connection, branches):
                return False
            config = _config(branches)
            config.attributes["connection"] = connection
            command.upgrade(config, "heads")
            return True
    except CommandError as error:
        raise ConfigError(
            f"The database cannot be brought up to date: {error}. Is it of a newer qbferry, or is a plugin "
            "missing that it was used with?"
        ) from error
    except SQLAlchemyError as error:
        raise ConfigError(f"The database cannot be opened: {_first_line(error)}.") from error


def pending(database: Database, branches: Sequence[Path]) -> bool:
    """Tell whether the database lacks a migration.

    Raises:
        ConfigError: The database cannot be reached.
    """
    try:
        with database.engine.connect() as connection:
            return _missing(connection, branches)
    except SQLAlchemyError as error:
        raise ConfigError(f"The database cannot be opened: {_first_line(error)}.") from error


def _missing(connection: Connection, branches: Sequence[Path]) -> bool:
    script = ScriptDirectory.from_config(_config(branches))
    known = {revision.revision: revision for revision in script.walk_revisions()}
    # The database names the newest alone: what they build upon or depend on goes without saying there. Of a
    # plugin that was taken out it names revisions nobody knows here; their tables just stay.
    waiting = list(MigrationContext.configure(connection).get_current_heads())
    applied: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in known and name not in applied:
            applied.add(name)
            waiting += (*to_tuple(known[name].down_revision, ()), *to_tuple(known[name].dependencies, ()))
    return not applied.issuperset(known)


def _config(branches: Sequence[Path]) -> Config:
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
