"""Credits that pay invoices: credit memos, and what journal entries credit a customer with."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from qbferry.simulator import status
from qbferry.simulator.amounts import cents, money, number
from qbferry.simulator.status import RefusalError
from qbferry.simulator.transactions.links import link, save, unlink

if TYPE_CHECKING:
    from qbferry.simulator.books import Books
    from qbferry.simulator.records import Posted
    from qbferry.simulator.transactions.kind import Draft
    from qbferry.simulator.validate import Fields

__all__ = ["UNMODIFIED", "apply", "release", "settle"]

CREDITS = ("CreditMemo", "JournalEntry")

UNMODIFIED = "unmodified"
"""With this as the setting ``paid_invoices``, being paid does not change an invoice's TimeModified."""


def apply(company: Books, invoice: Posted, credit_id: str, amount: Decimal) -> Posted:
    """Use a credit for an invoice, and link the two.

    assumption: facts G - the credit itself counts as modified; what happens to the invoice is a setting.

    Args:
        company: The company file, inside a write.
        invoice: As stored.
        credit_id: TxnID of the credit.
        amount: How much of it.

    Returns:
        The invoice as stored now.

    Raises:
        RefusalError: 3120, there is no such credit; 3210, it there is not that much of it, or not due.
    """
    credit = company.posted(credit_id)
    if credit is None or credit.kind not in CREDITS:
        raise RefusalError(status.not_found(credit_id))
    left = _left(credit, invoice)
    if amount > min(left, Decimal(invoice.balance) / 100):
        cause = "You cannot apply more than the credit has left, or than is due."
        raise RefusalError(status.invalid_value("AppliedAmount", money(amount), cause))
    own = _link(credit, money(-amount))
    changed = settle(company, invoice, amount, link(invoice, own))
    save(company, credit, _used(credit, left - amount, link(credit, _link(invoice, money(-amount)))))
    return changed


def release(draft: Draft) -> None:
    """Take a credit back from the invoices it pays, before it is deleted or voided."""
    before = draft.before
    if before is None or before.kind not in CREDITS:
        return
    for each in before.data.get("LinkedTxn", []):
        if (invoice := draft.company.posted(each["TxnID"])) and invoice.kind == "Invoice":
            settle(draft.company, invoice, number(each["Amount"]), unlink(invoice, before.txn_id))


def settle(company: Books, invoice: Posted, paid: Decimal, links: list[Fields]) -> Posted:
    """Book what was paid of an invoice, less than nothing when it is taken back."""
    balance = Decimal(invoice.balance) / 100 - paid
    changes = {
        "AppliedAmount": money(number(invoice.data["AppliedAmount"]) - paid),
        "BalanceRemaining": money(balance),
        "IsPaid": "true" if balance == 0 else "false",
        "LinkedTxn": links,
    }
    touched = company.setting("paid_invoices") != UNMODIFIED
    return save(company, invoice, changes, balance=cents(balance), touched=touched)


def _left(credit: Posted, invoice: Posted) -> Decimal:
    if credit.kind == "CreditMemo":
        return number(credit.data["CreditRemaining"]) if credit.entity == invoice.entity else Decimal(0)
    credited = (
        number(line["Amount"])
        for line in credit.data.get("JournalCreditLine", [])
        if line.get("EntityRef", {}).get("ListID") == invoice.entity
    )
    return sum(credited, Decimal(0)) + sum(
        (number(each["Amount"]) for each in credit.data.get("LinkedTxn", [])), Decimal(0)
    )


def _used(credit: Posted, left: Decimal, links: list[Fields]) -> Fields:
    # A journal entry's links are kept as well, though no answer shows them: its Ret has none (facts C).
    remaining = {"CreditRemaining": money(left)} if credit.kind == "CreditMemo" else {}
    return {**remaining, "LinkedTxn": links}


def _link(txn: Posted, amount: str) -> Fields:
    return {
        "TxnID": txn.txn_id,
        "TxnType": txn.kind,
        "TxnDate": txn.date,
        "RefNumber": txn.ref_number or "",
        "LinkType": "AMTTYPE",
        "Amount": amount,
    }
