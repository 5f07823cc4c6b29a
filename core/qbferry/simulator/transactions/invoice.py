"""Invoices."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from qbferry.simulator import status
from qbferry.simulator.amounts import cents, money, number, price
from qbferry.simulator.host import feature
from qbferry.simulator.status import RefusalError, Status
from qbferry.simulator.transactions import sales
from qbferry.simulator.transactions.kind import LineKind, TransactionKind
from qbferry.simulator.transactions.terms import due

if TYPE_CHECKING:
    from qbferry.simulator.transactions.kind import Draft

__all__ = ["INVOICE"]


def _prepare(draft: Draft) -> None:
    customer = draft.entry("CustomerRef")
    if customer is None:
        raise RefusalError(status.missing_element("CustomerRef"))
    for linked in draft.fields.get("LinkToTxnID", ()):
        raise RefusalError(
            status.not_found(linked)
        )  # facts E: it must be a sales order, and there are none here
    for credit in draft.fields.get("SetCredit", ()):
        raise RefusalError(status.not_found(credit["CreditTxnID"]))
    if draft.fields.get("IsToBeEmailed") == "true" and not customer.data.get("Email"):
        # assumption: facts E [I] says it fails; the code and the text were not found (facts G).
        raise RefusalError(
            status.invalid_value(
                "IsToBeEmailed", "true", "The customer of this invoice has no e-mail address."
            )
        )
    new = draft.before is None
    _paid_by(draft)
    day = draft.fields["TxnDate"]
    draft.default("ARAccountRef", draft.account("AccountsReceivable"))
    draft.default("TemplateRef", draft.first_entry("Template", TemplateType="Invoice"))
    if new:
        for name in ("ClassRef", "TermsRef", "SalesRepRef", "BillAddress", "ShipAddress"):
            draft.default(name, customer.data.get(name))
    draft.default("DueDate", due(day, draft.entry("TermsRef")))
    draft.default("ShipDate", day)
    draft.default("IsPending", "false")
    draft.default("IsFinanceCharge", "false")
    draft.default("IsToBePrinted", "true")
    draft.default("IsToBeEmailed", "false")
    _prepare_tax(draft)


def _paid_by(draft: Draft) -> None:
    """Keep the customer of an invoice that was paid.

    assumption: facts B8 - 3170 was seen where a linked transaction holds a name; these words were not.
    """
    before = draft.before
    if before and before.data.get("LinkedTxn") and before.entity != draft.fields["CustomerRef"]["ListID"]:
        text = "There was an error when modifying a Invoice."
        cause = "You need to delete the payments of this transaction before you can edit its name."
        raise RefusalError(Status(3170, "Error", f"{text}  QuickBooks error message: {cause}"))


def _prepare_tax(draft: Draft) -> None:
    """Take the customer's tax settings where none were sent (facts E)."""
    if not feature(draft.company, "SalesTaxPreferences"):
        draft.fields.pop("ItemSalesTaxRef", None)
        draft.fields.pop("CustomerSalesTaxCodeRef", None)
        return
    customer = draft.entry("CustomerRef")
    data = customer.data if customer else {}
    preferences = draft.company.get("preferences")["SalesTaxPreferences"]
    usual = preferences.get("DefaultItemSalesTaxRef", {}).get("FullName", "")
    usual_item = draft.company.named(["ItemSalesTax"], usual)
    draft.default("ItemSalesTaxRef", data.get("ItemSalesTaxRef") or (usual_item.ref if usual_item else None))
    taxable = draft.first_entry("SalesTaxCode", IsTaxable="true")
    draft.default("CustomerSalesTaxCodeRef", data.get("SalesTaxCodeRef") or taxable)


def _finish(draft: Draft) -> None:
    if not draft.lines["InvoiceLineRet"]:
        # assumption: facts B8 - 3180 covers empty transactions; the text for an invoice was not seen.
        raise RefusalError(status.cannot_save("Invoice", "The transaction is empty."))
    subtotal = sales.total(draft)
    percent, tax = sales.tax(draft)
    total = subtotal + tax
    if total < 0:
        # assumption: facts E - QuickBooks takes no invoice below zero; the text was not seen.
        raise RefusalError(status.cannot_save("Invoice", "Transaction amount must be positive."))
    applied = -number(draft.fields.get("AppliedAmount", "0"))
    if applied > total:
        raise RefusalError(
            status.invalid_value("Amount", money(total), "The amount is less than what was paid.")
        )
    draft.balance = cents(total - applied)
    _credit_limit(draft)
    draft.fields |= {
        "Subtotal": money(subtotal),
        "SalesTaxPercentage": price(percent),
        "SalesTaxTotal": money(tax),
        "AppliedAmount": money(-applied),
        "BalanceRemaining": money(total - applied),
        "IsPaid": "true" if draft.balance == 0 else "false",
    }


def _credit_limit(draft: Draft) -> None:
    customer = draft.entry("CustomerRef")
    limit = customer.data.get("CreditLimit") if customer else None
    if customer is None or not limit:
        return
    before = draft.before.balance if draft.before else 0
    if draft.company.balance(customer.list_id) - before + draft.balance > cents(Decimal(limit)):
        cause = "The credit limit for the name on this transaction has been exceeded."
        raise RefusalError(status.cannot_save("Invoice", cause))


def _guard(draft: Draft) -> None:
    """Keep an invoice that was paid (facts E: not while a linked transaction uses it)."""
    txn = draft.before
    if txn and txn.data.get("LinkedTxn"):
        cause = "You need to delete the payments of this transaction first."
        raise RefusalError(status.cannot_delete(txn.txn_id, cause))


INVOICE = TransactionKind(
    name="Invoice",
    party="CustomerRef",
    prepare=_prepare,
    finish=_finish,
    guard=_guard,
    lines=(LineKind(name="InvoiceLine", complete=sales.complete),),
    fixed=frozenset(
        {
            *(
                "CustomerRef",
                "ARAccountRef",
                "TemplateRef",
                "TxnDate",
                "IsPending",
                "DueDate",
                "ItemSalesTaxRef",
            ),
            *("ShipDate", "IsToBePrinted"),
        }
    ),
    numbered=True,
)
