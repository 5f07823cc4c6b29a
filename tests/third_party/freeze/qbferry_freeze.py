"""A policy: no record of a closed period goes to QuickBooks, whatever its kind."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from qbferry import Skip, hookimpl

if TYPE_CHECKING:
    from qbferry import Entity, Record

__all__ = ["Freeze"]


class Freeze:
    """Vetoes records dated on or before the last closed day."""

    class Settings(BaseModel):
        """``[plugins.freeze]`` in ``qbferry.toml``.

        Attributes:
            until: The last day of the closed period.
            fields: The document's fields that may hold a record's date; the first it has counts.
        """

        model_config = ConfigDict(extra="forbid")

        until: date
        fields: tuple[str, ...] = ("date", "invoice_date", "period_end", "week_ending")

    def __init__(self, settings: Settings) -> None:
        self._until = settings.until
        self._fields = settings.fields

    @hookimpl
    def check_eligibility(self, entity: Entity, record: Record) -> Skip | None:
        day = next((record.document[name] for name in self._fields if record.document.get(name)), None)
        if day is None or date.fromisoformat(day) > self._until:
            return None
        return Skip(f"The books are closed until {self._until}; this {entity.label.lower()} is of {day}.")
