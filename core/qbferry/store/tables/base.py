"""What all tables share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Column,
    FetchedValue,
    Index,
    Integer,
    MetaData,
    event,
    text,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["STAND", "UNHEARD", "Key", "metadata", "standing", "where"]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Key = BigInteger().with_variant(Integer, "sqlite")
"""A key that counts up; SQLite does so for INTEGER alone."""


STAND = (
    "greatest(pg_current_xact_id()::text::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1)"
)
"""Where a row of PostgreSQL stands among those that are read as events: not before its own transaction, nor
before any that was over when it was written. So what was done after something stands behind it, and all that
stands before the oldest running transaction is there to be read (``store.events``). SQLite has one writer,
and its keys are the order."""


def standing() -> Column[int]:
    """The column ``stand``; the database fills it in."""
    return Column("stand", BigInteger, nullable=False, server_default=FetchedValue())


UNHEARD = "ended_at IS NOT NULL AND last_error <> '' AND NOT heard"
"""Which runs went wrong and nobody has looked at."""


def where(name: str, table: str, condition: str, *columns: str, unique: bool = False) -> Index:
    """An index of some rows only, on both databases; ``_condition`` says of which."""
    return Index(f"{name}_{table}_{'_'.join(columns)}", *columns, unique=unique, info={"where": condition})


@event.listens_for(metadata, "before_create")
def _condition(made: MetaData, connection: Connection, **_: object) -> None:
    """Give the indexes their conditions in the database's own words.

    Said where an index is declared, they would load both databases' dialects for every command.
    """
    for table in made.tables.values():
        for index in table.indexes:
            if condition := index.info.get("where"):
                index.dialect_kwargs[f"{connection.dialect.name}_where"] = text(condition)
