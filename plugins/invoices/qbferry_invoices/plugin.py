"""The invoices plugin: what the framework calls."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from qbferry import Column, Entity, Kind, Skip, first_reason, hookimpl
from qbferry_invoices import mapping, payments, responses, settings
from qbferry_invoices.document import InvoiceDocument, summary
from qbferry_invoices.eligibility import RULES
from qbferry_invoices.state import InvoiceState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qbferry import Connector, Poll, Rejected, Request, Response
    from qbferry_invoices.state import InvoiceRecord

__all__ = ["Invoices"]


class Invoices:
    """Carries invoices to QuickBooks, one InvoiceAdd each, or a CreditMemoAdd for a negative total."""

    Settings = settings.Settings

    def __init__(self, values: settings.Settings) -> None:
        self._settings = values
        self._credits = values.negative is settings.Negative.CREDIT_MEMO

    @hookimpl
    def entities(self) -> Iterable[Entity]:
        """Own the entity ``invoice``."""
        return [
            Entity(
                name="invoice",
                label="Invoice",
                plural="Invoices",
                document=InvoiceDocument,
                state=InvoiceState,
                summary=summary,
                # What is declared is asked for in every run, so credit memos only where they are sent.
                requests=("InvoiceAdd", *(("CreditMemoAdd",) if self._credits else ())),
                templates=files("qbferry_qbxml") / "invoices",
                never_sent=frozenset({"batch", "paid_date", "paid_by_payment_processing", "notes"}),
                columns=(
                    Column(name="organization"),
                    Column(name="invoice_date", kind=Kind.DATE),
                    Column(name="total", kind=Kind.MONEY),
                    Column(name="number"),
                ),
                routed_by="organization",
                order=10,
            )
        ]

    @hookimpl
    def polls(self) -> Iterable[Poll]:
        """Ask what was paid."""
        return payments.polls(self._settings.paid_every) if self._settings.paid_every else ()

    @hookimpl
    def check_eligibility(self, record: InvoiceRecord, connector: Connector) -> Skip | None:
        """Ask the rules."""
        reason = first_reason(RULES, record.document, self._settings, connector)
        return Skip(reason) if reason else None

    @hookimpl
    def build_requests(self, record: InvoiceRecord, connector: Connector) -> Iterable[Request]:
        """Map the invoice."""
        return mapping.requests(record.document, self._settings, connector)

    @hookimpl
    def possible_keys(self) -> Iterable[str]:
        """Name the one request there is."""
        return [mapping.KEY]

    @hookimpl
    def handle_response(self, record: InvoiceRecord, response: Response) -> Rejected | None:
        """Say in plain words that a customer has no e-mail address; all else is the framework's."""
        return responses.no_email(record.document, self._settings, response) if response.is_error else None
