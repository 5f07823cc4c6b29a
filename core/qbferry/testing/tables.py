"""Whether a plugin's migrations make the tables of its models."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from qbferry.store import migrate
from qbferry.store.database import Database
from qbferry.store.transferable import Base

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["differences"]


def differences(branch: Path, package: str) -> list[Any]:
    """Bring a new SQLite database up to date and compare it with the models, as Alembic tells it.

    Args:
        branch: The plugin's folder of migrations.
        package: The plugin's import package; the tables of its models are compared.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Database(f"sqlite:///{Path(folder) / 'contract.db'}")) as database,
    ):
        migrate.upgrade(database, [branch])
        with database.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"include_object": _only_of(package)})
            found: list[Any] = compare_metadata(context, Base.metadata)
            return found


def _only_of(package: str) -> Callable[..., bool]:
    own = {
        table.name
        for mapper in Base.registry.mappers
        if mapper.class_.__module__.partition(".")[0] == package
        for table in mapper.tables
    }

    def included(_: object, name: str | None, kind: str, *__: object) -> bool:
        return kind != "table" or name in own

    return included
