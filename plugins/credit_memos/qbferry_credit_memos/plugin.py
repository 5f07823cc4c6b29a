"""The credit_memos plugin: what the framework calls."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from qbferry import Column, Entity, Kind, Skip, first_reason, hookimpl
from qbferry_credit_memos import mapping, settings
from qbferry_credit_memos.document import CreditMemoDocument, summary
from qbferry_credit_memos.eligibility import RULES
from qbferry_credit_memos.references import TARGETS, references

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qbferry import Connector, Names, NoState, Record, Reference, Request

__all__ = ["CreditMemos"]


class CreditMemos:
    """Carries credit memos to QuickBooks, one CreditMemoAdd each."""

    requires_api = "1"
    Settings = settings.Settings

    def __init__(self, values: settings.Settings) -> None:
        self._settings = values

    @hookimpl
    def entities(self) -> Iterable[Entity]:
        """Own the entity ``credit_memo``."""
        return [
            Entity(
                name="credit_memo",
                label="Credit memo",
                plural="Credit memos",
                document=CreditMemoDocument,
                summary=summary,
                requests=("CreditMemoAdd",),
                templates=files("qbferry_qbxml") / "credit_memos",
                targets=TARGETS,
                never_sent=frozenset({"batch"}),
                columns=(
                    Column(name="organization"),
                    Column(name="credit_date", kind=Kind.DATE),
                    Column(name="number"),
                ),
                routed_by="organization",
                order=15,
            )
        ]

    @hookimpl
    def check_eligibility(self, record: Record[CreditMemoDocument, NoState]) -> Skip | None:
        """Ask the rules."""
        reason = first_reason(RULES, record.document, self._settings)
        return Skip(reason) if reason else None

    @hookimpl
    def references(
        self, record: Record[CreditMemoDocument, NoState], connector: Connector
    ) -> Iterable[Reference]:
        """Name what must be in QuickBooks' lists."""
        return references(record.document, self._settings, connector)

    @hookimpl
    def build_requests(self, record: Record[CreditMemoDocument, NoState], names: Names) -> Iterable[Request]:
        """Map the credit memo."""
        return [mapping.request(record.document, self._settings, names)]

    @hookimpl
    def possible_keys(self) -> Iterable[str]:
        """Name the one request there is."""
        return [mapping.KEY]
