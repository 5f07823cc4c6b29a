"""Whether a payment may go: pure rules, each named as the README names it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qbferry_payments.document import PaymentDocument

__all__ = ["RULES"]

NUMBER_LENGTH = 20
"""What QuickBooks holds of a payment's number (facts C)."""


def not_voided(payment: PaymentDocument) -> str | None:
    """A voided payment stays at its source."""
    if payment.voided:
        return f"Payment {payment.id} is voided; voided payments are not transferred."
    return None


def pays_something(payment: PaymentDocument) -> str | None:
    """QuickBooks takes no payment of nothing or less; what is given back is a refund there."""
    if payment.amount <= 0:
        return (
            f"Payment {payment.id} is over {payment.amount:.2f}; QuickBooks takes those of more than zero. "
            "Enter a refund there by hand."
        )
    wrong = next((each for each in payment.invoices if each.amount <= 0), None)
    if wrong:
        return f"Payment {payment.id} pays {wrong.amount:.2f} of invoice {wrong.invoice}; it must be more."
    return None


def not_spent_twice(payment: PaymentDocument) -> str | None:
    """What pays invoices is not more than what was paid, and each invoice is named once."""
    if payment.applied > payment.amount:
        return (
            f"Payment {payment.id} is over {payment.amount:.2f}, but pays {payment.applied:.2f} of invoices. "
            "Correct the amounts at the source."
        )
    twice = [
        invoice for invoice, times in Counter(each.invoice for each in payment.invoices).items() if times > 1
    ]
    if twice:
        return (
            f"Payment {payment.id} names invoice {twice[0]} more than once; add the amounts up at the source."
        )
    return None


def number_fits(payment: PaymentDocument) -> str | None:
    """A number is never cut."""
    if payment.number and len(payment.number) > NUMBER_LENGTH:
        return (
            f'The number "{payment.number}" of payment {payment.id} is too long: QuickBooks holds '
            f"{NUMBER_LENGTH} characters."
        )
    return None


RULES: Mapping[str, Callable[[PaymentDocument], str | None]] = {
    "Not voided": not_voided,
    "Something paid": pays_something,
    "Not spent twice": not_spent_twice,
    "Number": number_fits,
}
"""The README's name of each rule -> the rule."""
