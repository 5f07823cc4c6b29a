"""Bills, checks, card charges and item receipts: what is bought, and how it is paid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.simulator import status
from qbferry.simulator.amounts import cents, money
from qbferry.simulator.lists import REFERENCES
from qbferry.simulator.status import RefusalError
from qbferry.simulator.transactions import purchase, receiving
from qbferry.simulator.transactions.kind import TransactionKind
from qbferry.simulator.transactions.terms import due

if TYPE_CHECKING:
    from decimal import Decimal

    from qbferry.simulator.transactions.kind import Draft
    from qbferry.simulator.validate import Fields

__all__ = ["BILL", "CHECK", "CREDIT_CARD_CHARGE", "ITEM_RECEIPT"]

_INVENTORY = ("PurchasesAndVendorsPreferences", "IsUsingInventory")


def _positive(draft: Draft) -> Decimal:
    """Total a transaction that cannot be below zero; the text was not seen (facts E)."""
    found = purchase.total(draft)
    if found < 0:
        raise RefusalError(status.cannot_save(draft.kind.name, "Transaction amount must be positive."))
    return found


def _prepare_bill(draft: Draft) -> None:
    vendor = draft.entry("VendorRef")
    if vendor is None:
        raise RefusalError(status.missing_element("VendorRef"))
    draft.default("APAccountRef", draft.account("AccountsPayable"))
    if draft.before is None:
        draft.default("TermsRef", vendor.data.get("TermsRef"))
        draft.default("VendorAddress", vendor.data.get("VendorAddress"))
    preferences = draft.company.get("preferences", {}).get("PurchasesAndVendorsPreferences", {})
    days = int(preferences.get("DaysBillsAreDue", 10))
    draft.default("DueDate", due(draft.fields["TxnDate"], draft.entry("TermsRef"), days))
    receiving.link_orders(draft)


def _finish_bill(draft: Draft) -> None:
    amount = _positive(draft)
    draft.balance = cents(amount)
    draft.fields |= {
        "AmountDue": money(amount),
        "OpenAmount": money(amount),
        "IsPaid": "true" if draft.balance == 0 else "false",
    }
    receiving.book(draft)


BILL = TransactionKind(
    name="Bill",
    party="VendorRef",
    prepare=_prepare_bill,
    finish=_finish_bill,
    undo=receiving.unbook,
    lines=purchase.LINES,
    fixed=frozenset({"VendorRef", "APAccountRef", "TxnDate", "DueDate"}),
)


def _prepare_receipt(draft: Draft) -> None:
    if draft.entry("VendorRef") is None:
        raise RefusalError(status.missing_element("VendorRef"))
    draft.default("APAccountRef", draft.account("AccountsPayable"))
    receiving.link_orders(draft)


def _finish_receipt(draft: Draft) -> None:
    draft.fields["TotalAmount"] = money(purchase.total(draft))
    receiving.book(draft)


ITEM_RECEIPT = TransactionKind(
    name="ItemReceipt",
    party="VendorRef",
    prepare=_prepare_receipt,
    finish=_finish_receipt,
    undo=receiving.unbook,
    lines=purchase.LINES,
    fixed=frozenset({"VendorRef", "APAccountRef", "TxnDate"}),
    requires=_INVENTORY,
)


def _prepare_paid(draft: Draft, account_type: str) -> None:
    """Check the account the money comes from.

    assumption: facts C - it must be of the right type; the status for another was not seen, so as for an
    unknown one.
    """
    account = draft.entry("AccountRef")
    if account is None:
        raise RefusalError(status.missing_element("AccountRef"))
    if account.data.get("AccountType") != account_type:
        word = REFERENCES["AccountRef"][1]
        raise RefusalError(status.bad_reference(word, account.full_name, draft.kind.name))


def _prepare_check(draft: Draft) -> None:
    _prepare_paid(draft, "Bank")
    draft.default("IsToBePrinted", "false")
    if draft.fields["IsToBePrinted"] == "true":
        draft.fields.setdefault("RefNumber", "")  # it is numbered when it is printed


def _prepare_charge(draft: Draft) -> None:
    _prepare_paid(draft, "CreditCard")


def _finish_paid(draft: Draft) -> None:
    draft.fields["Amount"] = money(_positive(draft))
    for name in ("ApplyCheckToTxnAdd", "ApplyCheckToTxnMod"):
        if name in draft.fields:
            draft.fields["LinkedTxn"] = [_applied(draft, part) for part in draft.fields.pop(name)]


def _applied(draft: Draft, part: Fields) -> Fields:
    """Say what a check pays back. assumption: facts E - what that changes in the other transaction is not."""
    other = draft.company.posted(part["TxnID"])
    if other is None:
        raise RefusalError(status.not_found(part["TxnID"]))
    return draft.link_to(other, part.get("Amount") or draft.fields["Amount"])


CHECK = TransactionKind(
    name="Check",
    party="PayeeEntityRef",
    prepare=_prepare_check,
    finish=_finish_paid,
    lines=purchase.LINES,
    fixed=frozenset({"AccountRef", "TxnDate", "IsToBePrinted"}),
    numbered=True,
)

CREDIT_CARD_CHARGE = TransactionKind(
    name="CreditCardCharge",
    party="PayeeEntityRef",
    prepare=_prepare_charge,
    finish=_finish_paid,
    lines=purchase.LINES,
    fixed=frozenset({"AccountRef", "TxnDate"}),
)
