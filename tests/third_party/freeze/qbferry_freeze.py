"""A policy: no record of a closed period goes to QuickBooks, whatever its kind."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from qbferry import Node, Skip, hookimpl

if TYPE_CHECKING:
    from qbferry import AnyRecord, Entity, Request

__all__ = ["Freeze"]


class Freeze:
    """Vetoes what is dated on or before the last closed day: records, and all that would be sent of them."""

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
        """Say it where a person sets the record ready, as far as its own date tells."""
        day = entity.summary(record.document).dated
        if day is None or day > self._until:
            return None
        return Skip(f"The books are closed until {self._until}; this {entity.label.lower()} is of {day}.")

    @hookimpl
    def check_request(self, request: Request, xml: str) -> list[str]:
        """Look at every date that would leave: a record of November may hold work of September."""
        days = {date.fromisoformat(node.text() or "") for node in Node.of(xml).each(".//TxnDate")}
        what = request.label or request.name
        return [
            f"The books are closed until {self._until}; {what} is of {day}."
            for day in sorted(days)
            if day <= self._until
        ]
