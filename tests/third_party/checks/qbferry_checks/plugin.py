"""The hooks of the checks plugin."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from qbferry import Column, Entity, Kind, Request, Skip, hookimpl, mirror
from qbferry_checks.document import CheckDocument, summary
from qbferry_checks.settings import Settings

if TYPE_CHECKING:
    from qbferry import Connector, Lists, NoState, Poll, Record

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
                document=CheckDocument,
                summary=summary,
                requests=("CheckAdd",),
                templates=files("qbferry_checks") / "templates",
                never_sent=frozenset({"batch"}),
                columns=(
                    Column(name="date", kind=Kind.DATE),
                    Column(name="payee"),
                    Column(name="amount", kind=Kind.MONEY),
                    Column(name="expense_account", label="Account", filterable=True),
                ),
                order=500,
            )
        ]

    @hookimpl
    def polls(self, connector: Connector) -> list[Poll]:
        return [mirror("Vendor")]

    @hookimpl
    def build_requests(self, record: Record[CheckDocument, NoState], lists: Lists) -> list[Request] | Skip:
        check = record.document
        if lists.known("Vendor") and lists.find("Vendor", check.payee) is None:
            return Skip(f"QuickBooks has no vendor named {check.payee}.")
        fields = check.model_dump() | {
            "account": check.account or self._settings.bank_account,
            "to_be_printed": self._settings.to_be_printed,
        }
        return [Request(key="check", name="CheckAdd", fields=fields)]
