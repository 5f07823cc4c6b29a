"""Payments of customers: what makes an invoice paid."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from qbferry.simulator import lists, status
from qbferry.simulator.amounts import cents, money, number
from qbferry.simulator.status import RefusalError
from qbferry.simulator.transactions import crediting
from qbferry.simulator.transactions.kind import TransactionKind
from qbferry.simulator.transactions.links import link, unlink

if TYPE_CHECKING:
    from qbferry.simulator.records import Posted
    from qbferry.simulator.transactions.kind import Draft
    from qbferry.simulator.validate import Fields

__all__ = ["RECEIVE_PAYMENT"]


def _prepare(draft: Draft) -> None:
    if draft.entry("CustomerRef") is None:
        raise RefusalError(status.missing_element("CustomerRef"))
    draft.default("ARAccountRef", draft.account("AccountsReceivable"))
    draft.default("DepositToAccountRef", _undeposited(draft))
    draft.default("TotalAmount", "0.00")


def _undeposited(draft: Draft) -> Fields:
    """Where what customers pay waits for its deposit; QuickBooks makes that account when it needs it."""
    name, company = "Undeposited Funds", draft.company
    account = {"Name": name, "AccountType": "OtherCurrentAsset", "SpecialAccountType": "UndepositedFunds"}
    return (company.named(["Account"], name) or lists.add(company, "Account", account)).ref


def _finish(draft: Draft) -> None:
    customer = draft.entry("CustomerRef")
    left = number(draft.fields["TotalAmount"])
    automatic = draft.fields.pop("IsAutoApply", "false") == "true"
    before = draft.fields.pop("AppliedToTxnRet", [])
    wanted = draft.fields.pop("AppliedToTxnAdd", draft.fields.pop("AppliedToTxnMod", before))
    if automatic and customer:
        open_ones = draft.company.select_posted(
            "kind = 'Invoice' AND entity = ? AND balance > 0", [customer.list_id]
        )
        wanted = [{"TxnID": invoice.txn_id} for invoice in open_ones]
    applied: list[Fields] = []
    for part in wanted:
        invoice = draft.company.posted(part["TxnID"])
        if invoice is None or invoice.kind != "Invoice":
            raise RefusalError(status.not_found(part["TxnID"]))
        for credit in part.get("SetCredit", ()):
            amount = number(credit["AppliedAmount"])
            invoice = crediting.apply(draft.company, invoice, credit["CreditTxnID"], amount)
        owed = Decimal(invoice.balance) / 100
        stated = part.get("PaymentAmount") or part.get("Amount")
        discount = number(part.get("DiscountAmount") or "0")
        paid = number(stated) if stated else min(owed - discount, left)
        if paid + discount > owed:
            raise RefusalError(_too_much(paid, "You cannot pay more than the amount due."))
        if paid > left:
            raise RefusalError(_too_much(paid, "You cannot apply more than the amount of the payment."))
        if paid or discount:
            applied.append(_apply(draft, invoice, paid, discount, part.get("DiscountAccountRef", {})))
            left -= paid
    draft.balance = -cents(left)
    draft.fields |= {"UnusedPayment": money(left), "UnusedCredits": "0.00", "AppliedToTxnRet": applied}


def _too_much(paid: Decimal, cause: str) -> status.Status:
    return status.invalid_value("AppliedToTxnAdd payment amount", money(paid), cause)


def _apply(draft: Draft, invoice: Posted, paid: Decimal, discount: Decimal, account: Fields) -> Fields:
    """Book a payment of an invoice, and the discount that is given for it, which the payment need not pay."""
    own = draft.own_link(money(-paid))
    settled = crediting.settle(draft.company, invoice, paid + discount, link(invoice, own))
    left = Decimal(settled.balance) / 100
    given: Fields = {"DiscountAmount": money(discount)} if discount else {}
    if entry := lists.refer(draft.company, "DiscountAccountRef", account, "ReceivePayment"):
        given["DiscountAccountRef"] = entry.ref
    return {
        "TxnID": invoice.txn_id,
        "TxnType": "Invoice",
        "TxnDate": invoice.date,
        "RefNumber": invoice.ref_number or "",
        "BalanceRemaining": money(left),
        "Amount": money(paid),
        **given,
    }


def _undo(draft: Draft) -> None:
    for part in draft.before.data.get("AppliedToTxnRet", []) if draft.before else []:
        if invoice := draft.company.posted(part["TxnID"]):
            paid = number(part["Amount"]) + number(part.get("DiscountAmount", "0"))
            crediting.settle(draft.company, invoice, -paid, unlink(invoice, draft.txn_id))


RECEIVE_PAYMENT = TransactionKind(
    name="ReceivePayment",
    party="CustomerRef",
    prepare=_prepare,
    finish=_finish,
    undo=_undo,
    fixed=frozenset({"CustomerRef", "ARAccountRef", "TxnDate"}),
)
