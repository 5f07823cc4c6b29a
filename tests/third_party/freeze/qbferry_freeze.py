"""A policy: no record of a closed period goes to QuickBooks, whatever its kind."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from qbferry import Skip, hookimpl

if TYPE_CHECKING:
    from qbferry import AnyRecord, Entity

__all__ = ["Freeze"]


class Freeze:
    """Vetoes records dated on or before the last closed day; one without a date goes."""

    class Settings(BaseModel):
        """``[plugins.freeze]`` in ``qbferry.toml``.

        Attributes:
            until: The last day of the closed period.
        """

        model_config = ConfigDict(extra="forbid")

        until: date

    def __init__(self, settings: Settings) -> None:
        self._until = settings.until

    @hookimpl
    def check_eligibility(self, entity: Entity, record: AnyRecord) -> Skip | None:
        day = entity.summary(record.document).dated
        if day is None or day > self._until:
            return None
        return Skip(f"The books are closed until {self._until}; this {entity.label.lower()} is of {day}.")
