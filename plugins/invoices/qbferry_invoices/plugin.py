"""The invoices plugin: what the framework calls."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from qbferry import Entity, Skip, hookimpl
from qbferry_invoices import eligibility, mapping, responses, settings
from qbferry_invoices.document import InvoiceDocument
from qbferry_invoices.models import Invoice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qbferry import Connector, Record, Rejected, Request, Response

__all__ = ["Invoices"]


class Invoices:
    """Carries invoices to QuickBooks, one InvoiceAdd each."""

    Settings = settings.Settings

    def __init__(self, values: settings.Settings) -> None:
        self._settings = values

    @hookimpl
    def entities(self) -> Iterable[Entity]:
        """Own the entity ``invoice``."""
        return [
            Entity(
                name="invoice",
                label="Invoice",
                plural="Invoices",
                record=Invoice,
                document=InvoiceDocument,
                templates=files("qbferry_qbxml") / "invoices",
                columns=("organization", "invoice_date", "total", "number"),
                order=10,
            )
        ]

    @hookimpl
    def check_eligibility(self, record: Record, connector: Connector) -> Skip | None:
        """Ask the rules."""
        reason = eligibility.first_reason(InvoiceDocument.of(record), self._settings, connector)
        return Skip(reason) if reason else None

    @hookimpl
    def build_requests(self, record: Record, connector: Connector) -> Iterable[Request]:
        """Map the invoice."""
        return mapping.requests(InvoiceDocument.of(record), self._settings, connector)

    @hookimpl
    def handle_response(self, record: Record, response: Response) -> Rejected | None:
        """Say in plain words that a customer has no e-mail address; all else is the framework's."""
        return responses.no_email(InvoiceDocument.of(record), self._settings, response)
