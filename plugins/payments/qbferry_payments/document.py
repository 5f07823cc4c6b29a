"""The shape of a customer's payment as its source gives it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from qbferry import Document, Money, Summary

__all__ = ["PaidInvoice", "PaymentDocument", "summary"]


class PaidInvoice(BaseModel):
    """An invoice that is paid, wholly or in part.

    Attributes:
        invoice: The id of its ``invoice`` record.
        amount: How much of it is paid.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    invoice: str = Field(min_length=1)
    amount: Money


class PaymentDocument(Document):
    """One payment.

    Attributes:
        organization: The QuickBooks customer, or ``Customer~Job``: that of the invoices.
        payment_date: Its date in QuickBooks.
        amount: What was paid.
        number: That of the check or of the transaction, at most 20 characters.
        method: How it was paid, in the source's words; None: nothing is said.
        memo: QuickBooks' memo.
        voided: Whether it is void at its source.
        invoices: What it pays; empty: it stays with the customer as a credit.
    """

    model_config = ConfigDict(str_strip_whitespace=True)

    organization: str = Field(min_length=1)
    payment_date: date
    amount: Money
    number: str | None = None
    method: str | None = None
    memo: str | None = None
    voided: bool = False
    invoices: tuple[PaidInvoice, ...] = ()

    @property
    def applied(self) -> Decimal:
        """What of it pays invoices."""
        return sum((each.amount for each in self.invoices), Decimal(0))


def summary(payment: PaymentDocument) -> Summary:
    """What lists and totals know of a payment."""
    return Summary(
        party=payment.organization,
        dated=payment.payment_date,
        amount=payment.amount,
        number=payment.number or "",
    )
