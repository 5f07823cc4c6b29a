"""From a payment to its QuickBooks request; what each field becomes is a table in the README."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import Request

if TYPE_CHECKING:
    from qbferry import Names
    from qbferry_payments.document import PaymentDocument

__all__ = ["KEY", "request"]

KEY = "payment"


def request(payment: PaymentDocument, names: Names) -> Request:
    """Give the one request; an invoice is named by its TxnID."""
    return Request(
        key=KEY,
        name="ReceivePaymentAdd",
        fields={
            "customer": names["organization"],
            "date": payment.payment_date,
            "number": payment.number,
            "amount": payment.amount,
            "method": names.get("method"),
            "memo": payment.memo,
            "deposit_to": names.get("deposit_to"),
            "parts": [
                {"txn_id": names[f"invoices[{place}]"].txn_id, "amount": each.amount}
                for place, each in enumerate(payment.invoices)
            ],
        },
    )
