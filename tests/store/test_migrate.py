"""Bringing a database up to date: the core first, plugins that come and go, and what is too new."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from qbferry import ConfigError
from qbferry.store import migrate, tables
from qbferry.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MIGRATION = """
from alembic import op
import sqlalchemy as sa

revision = "{name}_0001"
down_revision = None
branch_labels = ("{name}",)
depends_on = None


def upgrade():
    op.create_table(
        "{name}",
        sa.Column("pk", sa.Integer, primary_key=True),
        sa.Column("connector_id", sa.Integer, sa.ForeignKey("connector.id")),
    )
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(f"sqlite:///{tmp_path / 'books.sqlite3'}")) as database:
        yield database


@pytest.fixture
def apples(tmp_path: Path) -> Path:
    return branch(tmp_path, "apples")


@pytest.fixture
def pears(tmp_path: Path) -> Path:
    return branch(tmp_path, "pears")


def branch(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    (folder / name / f"{name}_0001.py").write_text(MIGRATION.format(name=name), "utf-8")
    return folder / name


def there(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def rename(database: Database, old: str, new: str) -> None:
    with database.writing() as connection:
        connection.execute(
            text("UPDATE alembic_version SET version_num = :new WHERE version_num = :old"),
            {"new": new, "old": old},
        )


def test_one_revision_makes_exactly_the_tables(database_url: str) -> None:
    with closing(Database(database_url)) as database:
        migrate.upgrade(database, [])
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert set(context.get_current_heads()) == {"core_0001"}
            assert compare_metadata(context, tables.metadata) == []


def test_its_indexes_hold_the_rows_they_are_meant_for(database: Database, tmp_path: Path) -> None:
    """Alembic compares columns alone; the condition of an index is held here."""
    migrate.upgrade(database, [])
    with closing(Database(f"sqlite:///{tmp_path / 'meant.sqlite3'}")) as meant:
        tables.metadata.create_all(meant.engine)
        assert indexes(database) == indexes(meant)


def indexes(database: Database) -> dict[str, str]:
    with database.reading() as connection:
        found = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > ''")
        )
        return {name: " ".join(sql.split()) for name, sql in found}


def test_nothing_is_pending_after_the_newest_revision(database: Database) -> None:
    """Asked without Alembic, which every command would have to wait for; so the newest is known by name."""
    assert migrate.pending(database, [])
    migrate.upgrade(database, [])
    assert not migrate.pending(database, [])


def test_the_core_and_the_plugins_are_applied_once(database: Database, apples: Path) -> None:
    assert migrate.pending(database, [apples])
    assert migrate.upgrade(database, [apples])
    assert {"connector", "apples"} <= there(database)
    assert not migrate.pending(database, [apples])
    assert not migrate.upgrade(database, [apples])


def test_a_plugin_that_is_taken_out_leaves_its_table_and_keeps_nobody_from_starting(
    database: Database, apples: Path, pears: Path
) -> None:
    migrate.upgrade(database, [apples])
    assert not migrate.upgrade(database, [])
    assert migrate.upgrade(database, [pears])
    assert {"apples", "pears"} <= there(database)
    assert not migrate.upgrade(database, [apples, pears])


def test_a_database_of_a_newer_qbferry_is_left_alone(database: Database) -> None:
    migrate.upgrade(database, [])
    rename(database, "core_0001", "core_9999")
    with pytest.raises(ConfigError, match=r"^The database .* is of a newer qbferry"):
        migrate.upgrade(database, [])


def test_a_database_of_a_newer_plugin_is_left_as_it_was(
    database: Database, apples: Path, pears: Path
) -> None:
    migrate.upgrade(database, [apples])
    rename(database, "apples_0001", "apples_9999")
    with pytest.raises(ConfigError, match=r"Is it of a newer plugin\?$"):
        migrate.upgrade(database, [apples, pears])
    assert "pears" not in there(database)
    with database.reading() as connection:
        applied = connection.execute(text("SELECT version_num FROM alembic_version")).scalars()
        assert set(applied) == {"core_0001", "apples_9999"}
