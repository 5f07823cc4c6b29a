"""What the names in a payment stand for in QuickBooks: entries of lists, and invoices that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import Reference, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry_payments.document import PaymentDocument
    from qbferry_payments.settings import Settings

__all__ = ["TARGETS", "references"]

CUSTOMER = Target(
    label="customer",
    kinds=("Customer",),
    remedy="Add it there, or correct the organization at the source.",
    inactive=True,
)
METHOD = Target(
    label="payment method",
    kinds=("PaymentMethod",),
    remedy="Add it there, or name another for it in [plugins.payments.methods].",
)
ACCOUNT = Target(
    label="account",
    kinds=("Account",),
    remedy="Add it there, or name another one as deposit_to in [plugins.payments].",
)
INVOICE = Target(
    label="invoice", record="invoice", remedy="Import it first, or take it out of the payment at the source."
)
TARGETS = (CUSTOMER, METHOD, ACCOUNT, INVOICE)


def references(payment: PaymentDocument, settings: Settings) -> Iterator[Reference]:
    """Give the customer, how and where to it was paid, and each invoice: it must be in QuickBooks first."""
    yield Reference(at="organization", target=CUSTOMER, name=payment.organization)
    if payment.method:
        name = settings.methods.get(payment.method.casefold(), payment.method)
        yield Reference(at="method", target=METHOD, name=name)
    if settings.deposit_to:
        yield Reference(at="deposit_to", target=ACCOUNT, name=settings.deposit_to)
    for place, each in enumerate(payment.invoices):
        yield Reference(at=f"invoices[{place}]", target=INVOICE, name=each.invoice)
