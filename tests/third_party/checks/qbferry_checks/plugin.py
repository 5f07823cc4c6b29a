"""The hooks of the checks plugin."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from qbferry import Entity, Request, Skip, hookimpl, mirror
from qbferry_checks.models import Check, CheckDocument
from qbferry_checks.settings import Settings

if TYPE_CHECKING:
    from qbferry import Connector, Lists, Poll, Record

__all__ = ["Checks"]


class Checks:
    """Checks to vendors, as CheckAdd."""

    Settings = Settings

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @hookimpl
    def entities(self) -> list[Entity]:
        return [
            Entity(
                name="check",
                label="Check",
                plural="Checks",
                record=Check,
                document=CheckDocument,
                templates=files("qbferry_checks") / "templates",
                columns=("date", "payee", "amount"),
                order=500,
            )
        ]

    @hookimpl
    def polls(self, connector: Connector) -> list[Poll]:
        return [mirror("Vendor")]

    @hookimpl
    def build_requests(self, record: Record, lists: Lists) -> list[Request] | Skip:
        check = CheckDocument.of(record)
        if lists.known("Vendor") and lists.find("Vendor", check.payee) is None:
            return Skip(f"QuickBooks has no vendor named {check.payee}.")
        fields = check.model_dump() | {
            "account": check.account or self._settings.bank_account,
            "to_be_printed": self._settings.to_be_printed,
        }
        return [Request(key="check", name="CheckAdd", fields=fields)]
