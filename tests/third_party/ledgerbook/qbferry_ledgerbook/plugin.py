"""The hooks of the ledgerbook plugin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete, insert, select

from qbferry import hookimpl
from qbferry_ledgerbook import commands, tables

if TYPE_CHECKING:
    import typer

    from qbferry import AnyRecord, Entity, News, Storage

__all__ = ["Ledgerbook"]


class Ledgerbook:
    """Writes down what became of every record, whatever its kind."""

    class Settings(BaseModel):
        """``[plugins.ledgerbook]`` in ``qbferry.toml``.

        Attributes:
            keep_days: How long lines are kept.
        """

        model_config = ConfigDict(extra="forbid")

        keep_days: int = 3650

    def __init__(self, settings: Settings) -> None:
        self._kept = timedelta(days=settings.keep_days)

    @hookimpl
    def register_commands(self, cli: typer.Typer) -> None:
        cli.add_typer(commands.book, name="ledgerbook")

    @hookimpl
    def startup(self, storage: Storage) -> None:
        """Drop what is older than is kept."""
        oldest = (datetime.now(UTC) - self._kept).isoformat()
        with storage.writing() as connection:
            connection.execute(delete(tables.line).where(tables.line.c.at < oldest))

    @hookimpl
    def update_source(self, entity: Entity, record: AnyRecord, news: News, storage: Storage) -> None:
        """Write a line; one that is told a second time is there already."""
        told = {
            "record_pk": record.pk,
            "request": news.values.get("request", ""),
            "at": news.at.isoformat(),
        }
        line = told | {
            "entity": entity.name,
            "record_id": record.id,
            "kind": str(news.kind),
            "number": news.values.get("ref_number"),
            "reason": news.values.get("reason"),
        }
        with storage.writing() as connection:
            if connection.execute(select(tables.line.c.id).filter_by(**told)).first() is None:
                connection.execute(insert(tables.line), line)
