"""What the plugin remembers of an invoice: what has paid it in QuickBooks."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict

from qbferry import Record, State
from qbferry_invoices.document import InvoiceDocument

__all__ = ["InvoiceRecord", "InvoiceState", "Payment"]


class Payment(BaseModel):
    """Something in QuickBooks that has paid an invoice, wholly or in part.

    Attributes:
        txn_id: Its TxnID.
        kind: ``ReceivePayment``, ``CreditMemo``, ``JournalEntry``, …
        dated: Its date.
        amount: How much of the invoice it pays.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    txn_id: str
    kind: str
    dated: date
    amount: Decimal


class InvoiceState(State):
    """What is remembered of an invoice.

    Attributes:
        payments: What has paid it, in QuickBooks' order.
        closing: The paid date that is held back until it is known whether the number is there twice.
        same_number: QuickBooks has another invoice of the same number for the same customer, so that no paid
            date is taken over.
        free_number: The number of which QuickBooks had no invoice when it was asked.
    """

    payments: tuple[Payment, ...] = ()
    closing: date | None = None
    same_number: bool = False
    free_number: str | None = None


InvoiceRecord: TypeAlias = Record[InvoiceDocument, InvoiceState]
"""An invoice and where it stands."""
