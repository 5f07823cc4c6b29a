"""The kinds of transactions the simulator knows, a module each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.simulator.transactions.bill import BILL, CHECK, CREDIT_CARD_CHARGE, ITEM_RECEIPT
from qbferry.simulator.transactions.counting import INVENTORY_ADJUSTMENT
from qbferry.simulator.transactions.invoice import INVOICE
from qbferry.simulator.transactions.order import PURCHASE_ORDER
from qbferry.simulator.transactions.payment import RECEIVE_PAYMENT
from qbferry.simulator.transactions.tracking import TIME_TRACKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qbferry.simulator.books import Books
    from qbferry.simulator.transactions.kind import TransactionKind

__all__ = ["KINDS", "described"]

# In the order a seed plants them, so that what is linked to comes first.
KINDS: Mapping[str, TransactionKind] = {
    kind.name: kind
    for kind in (
        *(INVOICE, RECEIVE_PAYMENT, TIME_TRACKING, PURCHASE_ORDER, ITEM_RECEIPT, BILL, CHECK),
        *(CREDIT_CARD_CHARGE, INVENTORY_ADJUSTMENT),
    )
}


def described(company: Books, subject: str) -> TransactionKind | None:
    """The description of a kind: what the company file was taught, else our own; None: there is none."""
    taught: TransactionKind | None = company.taught.get(subject)
    return taught or KINDS.get(subject)
