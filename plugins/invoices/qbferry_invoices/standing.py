"""What QuickBooks says of an invoice: what it is owed, and what has paid it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from qbferry_invoices.state import Payment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from qbferry import Node

__all__ = ["Standing"]

VOID = "VOID:"
"""What QuickBooks puts before the memo of what is voided there, leaving nothing in it (facts G)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What an InvoiceRet says.

    Attributes:
        txn_id: Its TxnID.
        number: Its number; empty: it has none.
        customer: ListID of its customer.
        balance: What is owed.
        voided: Whether it is voided.
        payments: What has paid it.
        closing: The date of the last that took an amount, if nothing is owed any more.
    """

    txn_id: str
    number: str
    customer: str
    balance: Decimal
    voided: bool
    payments: tuple[Payment, ...]
    closing: date | None

    @classmethod
    def read(cls, ret: Node) -> Self:
        """Read it.

        Raises:
            ValueError: An amount or a date is none.
        """
        payments = tuple(_payments(ret))
        total = sum(Decimal(ret.text(name) or 0) for name in ("Subtotal", "SalesTaxTotal"))
        paid = ret.text("IsPaid") == "true"
        return cls(
            txn_id=ret.text("TxnID") or "",
            number=ret.text("RefNumber") or "",
            customer=ret.text("CustomerRef/ListID") or "",
            balance=Decimal(ret.text("BalanceRemaining") or 0),
            voided=total == 0 and (ret.text("Memo") or "").startswith(VOID),
            payments=payments,
            closing=max(each.dated for each in payments) if paid and payments else None,
        )

    @property
    def ties(self) -> set[str]:
        """What else in QuickBooks concerns it: its payments, and its customer while something is owed."""
        owed = {self.customer} if self.closing is None and not self.voided and self.customer else set()
        return {each.txn_id for each in self.payments} | owed

    @property
    def same(self) -> tuple[str, str]:
        """What two invoices have in common that nobody can tell apart: number and customer."""
        return self.number.casefold(), self.customer


def _payments(ret: Node) -> Iterator[Payment]:
    """What took an amount of it; a link says it as what it takes away."""
    for link in ret.each("LinkedTxn"):
        amount = Decimal(link.text("Amount") or 0)
        if amount and link.text("LinkType") != "QUANTYPE":
            yield Payment(
                txn_id=link.text("TxnID") or "",
                kind=link.text("TxnType") or "",
                dated=date.fromisoformat(link.text("TxnDate") or ""),
                amount=-amount,
            )
