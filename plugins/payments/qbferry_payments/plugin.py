"""The payments plugin: what the framework calls."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from qbferry import Column, Entity, Kind, Skip, first_reason, hookimpl
from qbferry_payments import mapping, settings
from qbferry_payments.document import PaymentDocument, summary
from qbferry_payments.eligibility import RULES
from qbferry_payments.references import TARGETS, references

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qbferry import Names, NoState, Record, Reference, Request

__all__ = ["Payments"]


class Payments:
    """Carries payments to QuickBooks, one ReceivePaymentAdd each."""

    requires_api = "1"
    Settings = settings.Settings

    def __init__(self, values: settings.Settings) -> None:
        self._settings = values

    @hookimpl
    def entities(self) -> Iterable[Entity]:
        """Own the entity ``payment``."""
        return [
            Entity(
                name="payment",
                label="Payment",
                plural="Payments",
                document=PaymentDocument,
                summary=summary,
                requests=("ReceivePaymentAdd",),
                templates=files("qbferry_qbxml") / "payments",
                targets=TARGETS,
                never_sent=frozenset({"batch"}),
                columns=(
                    Column(name="organization"),
                    Column(name="payment_date", kind=Kind.DATE),
                    Column(name="number"),
                    Column(name="amount", kind=Kind.MONEY),
                ),
                routed_by="organization",
                order=40,
            )
        ]

    @hookimpl
    def check_eligibility(self, record: Record[PaymentDocument, NoState]) -> Skip | None:
        """Ask the rules."""
        reason = first_reason(RULES, record.document)
        return Skip(reason) if reason else None

    @hookimpl
    def references(self, record: Record[PaymentDocument, NoState]) -> Iterable[Reference]:
        """Name what must be in QuickBooks: entries of lists, and the invoices."""
        return references(record.document, self._settings)

    @hookimpl
    def build_requests(self, record: Record[PaymentDocument, NoState], names: Names) -> Iterable[Request]:
        """Map the payment."""
        return [mapping.request(record.document, names)]

    @hookimpl
    def possible_keys(self) -> Iterable[str]:
        """Name the one request there is."""
        return [mapping.KEY]
