"""Purchase orders."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from qbferry.simulator import status
from qbferry.simulator.amounts import money, number
from qbferry.simulator.status import RefusalError
from qbferry.simulator.transactions.kind import LineKind, TransactionKind
from qbferry.simulator.transactions.purchase import buyable, cost
from qbferry.simulator.transactions.sales import extend
from qbferry.simulator.transactions.terms import due

if TYPE_CHECKING:
    from qbferry.simulator.transactions.kind import Draft
    from qbferry.simulator.validate import Fields

__all__ = ["PURCHASE_ORDER"]

_LINES = "PurchaseOrderLineRet"


def _prepare(draft: Draft) -> None:
    vendor = draft.entry("VendorRef")
    if vendor is None:
        raise RefusalError(status.missing_element("VendorRef"))
    if draft.before is None:
        draft.default("TermsRef", vendor.data.get("TermsRef"))
        draft.default("VendorAddress", vendor.data.get("VendorAddress"))
    draft.default("TemplateRef", draft.first_entry("Template", TemplateType="PurchaseOrder"))
    day = draft.fields["TxnDate"]
    draft.default("DueDate", due(day, draft.entry("TermsRef")))
    draft.default("ExpectedDate", day)
    draft.default("IsManuallyClosed", "false")
    draft.default("IsToBePrinted", "true")
    draft.default("IsToBeEmailed", "false")


def _line(draft: Draft, line: Fields, given: Fields) -> None:
    item = draft.entry("ItemRef", line)
    if "ClassRef" in draft.fields:
        line.setdefault("ClassRef", draft.fields["ClassRef"])
    if item is not None:
        buyable(draft, item)
        extend(draft, line, given, "Rate", cost(item))
        if part := item.data.get("ManufacturerPartNumber"):
            line.setdefault("ManufacturerPartNumber", part)
    elif given.keys() & {"Amount", "Quantity", "Rate"}:
        raise RefusalError(status.missing_element("ItemRef"))
    line.setdefault("ReceivedQuantity", "0")
    line.setdefault("IsManuallyClosed", "false")
    if draft.before is None or "UnbilledQuantity" not in line:
        line["UnbilledQuantity"] = line.get("Quantity", "0")
        line["IsBilled"] = "false"
    if number(line.get("Quantity", "0")) < number(line["ReceivedQuantity"]):
        _refuse_received("Quantity", line.get("Quantity", ""))


def _refuse_received(field: str, value: str) -> None:
    """Refuse to take back what has come in.

    assumption: facts E - what a Mod of a received line is answered with was not found.
    """
    raise RefusalError(
        status.invalid_value(field, value, "Items of this purchase order were received already.")
    )


def _finish(draft: Draft) -> None:
    lines = draft.lines[_LINES]
    received = [line for line in lines if number(line["ReceivedQuantity"]) > 0]
    full = bool(received) and all(
        number(line["ReceivedQuantity"]) >= number(line.get("Quantity", "0")) for line in lines
    )
    if draft.before:
        kept = {line["TxnLineID"] for line in lines}
        for line in draft.before.data[_LINES]:
            if line["TxnLineID"] not in kept and number(line["ReceivedQuantity"]) > 0:
                _refuse_received("TxnLineID", line["TxnLineID"])
        if (
            full
            and draft.before.data["IsManuallyClosed"] == "true"
            and draft.fields["IsManuallyClosed"] == "false"
        ):
            # facts E: it cannot be opened again; the status was not seen.
            _refuse_received("IsManuallyClosed", "false")
    if draft.fields["IsManuallyClosed"] == "true":
        draft.fields["IsManuallyClosed"] = "true"
        for line in lines:
            line["IsManuallyClosed"] = "true"
    amount = sum((number(line["Amount"]) for line in lines if "Amount" in line), Decimal(0))
    draft.fields |= {"TotalAmount": money(amount), "IsFullyReceived": "true" if full else "false"}


def _guard(draft: Draft) -> None:
    """Keep an order that something was received on.

    assumption: facts E - what TxnDel of such an order is answered with was not found; the general rule is
    that a transaction stays while a linked one uses it.
    """
    order = draft.before
    if order and order.data.get("LinkedTxn"):
        cause = "Items of this purchase order were received already."
        raise RefusalError(status.cannot_delete(order.txn_id, cause))


PURCHASE_ORDER = TransactionKind(
    name="PurchaseOrder",
    party="VendorRef",
    prepare=_prepare,
    finish=_finish,
    guard=_guard,
    lines=(LineKind(name="PurchaseOrderLine", complete=_line),),
    fixed=frozenset(
        {"TemplateRef", "TxnDate", "DueDate", "ExpectedDate", "IsManuallyClosed", "IsToBePrinted"}
    ),
    numbered=True,
    requires=("PurchasesAndVendorsPreferences", "IsUsingInventory"),
)
