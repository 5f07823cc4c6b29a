"""The invoices plugin: what the framework calls."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from qbferry import Column, Continue, Entity, Kind, Skip, first_reason, hookimpl
from qbferry_invoices import mapping, naming, numbers, payments, references, responses, settings
from qbferry_invoices.document import InvoiceDocument, summary
from qbferry_invoices.eligibility import RULES
from qbferry_invoices.state import InvoiceState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qbferry import Connector, Lists, Names, Poll, Reference, Rejected, Request, Response, Target
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
                requests=self._requests(),
                templates=files("qbferry_qbxml") / "invoices",
                never_sent=frozenset(
                    {"batch", "customer", "paid_date", "paid_by_payment_processing", "notes"}
                ),
                targets=self._targets(),
                columns=(
                    Column(name="organization"),
                    Column(name="invoice_date", kind=Kind.DATE),
                    Column(name="total", kind=Kind.MONEY),
                    Column(name="number"),
                ),
                naming=naming.NAMING,
                routed_by="organization",
                order=10,
            )
        ]

    def _targets(self) -> tuple[Target, ...]:
        """What names may stand for; the list of accounts is read where items are made."""
        if not self._settings.check_names:
            return ()
        return references.TARGETS + (references.ACCOUNTS if self._settings.create_items else ())

    def _requests(self) -> tuple[str, ...]:
        """What it may send, as set: what is declared is asked for in every run."""
        memos = ("CreditMemoAdd",) if self._credits else ()
        customers = ("CustomerAdd",) if self._settings.create_customers else ()
        items = ("ItemServiceAdd",) if self._settings.create_items else ()
        questions = ("InvoiceQuery",) if self._settings.ask_number else ()
        return ("InvoiceAdd", *memos, *customers, *items, *questions)

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
    def references(self, record: InvoiceRecord, connector: Connector) -> Iterable[Reference]:
        """Name the customer, and what the lines charge, where names are to be checked.

        While its number is asked for it needs none: no customer is made for an invoice that stays.
        """
        if not self._settings.check_names or numbers.question(record, self._settings):
            return ()
        return references.references(record.document, self._settings, connector)

    @hookimpl
    def build_requests(
        self, record: InvoiceRecord, connector: Connector, lists: Lists, names: Names
    ) -> Iterable[Request] | Skip:
        """Map the invoice, unless another one has its number."""
        if reason := numbers.taken(record, self._settings, lists):
            return Skip(reason)
        if question := numbers.question(record, self._settings):
            return [question]
        if not self._settings.check_names:
            names = references.given(record.document, self._settings, connector)
        return mapping.requests(record.document, self._settings, names)

    @hookimpl
    def possible_keys(self) -> Iterable[str]:
        """Name the one request that makes something."""
        return [mapping.KEY]

    @hookimpl
    def handle_response(
        self, record: InvoiceRecord, request: Request, response: Response
    ) -> Rejected | Continue | None:
        """Learn whether QuickBooks has the number; say plainly that a customer has no e-mail address."""
        if request.key == numbers.KEY:
            return numbers.answered(record, response)
        return responses.no_email(record.document, self._settings, response) if response.is_error else None
