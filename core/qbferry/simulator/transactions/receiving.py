"""Goods that come in against a purchase order: links, received quantities, and closing (facts E)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from qbferry.simulator import status
from qbferry.simulator.amounts import money, number, quantity
from qbferry.simulator.status import RefusalError, Status
from qbferry.simulator.transactions.links import link, save, unlink

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qbferry.simulator.records import Posted
    from qbferry.simulator.transactions.kind import Draft
    from qbferry.simulator.validate import Fields

__all__ = ["book", "link_line", "link_orders", "unbook"]

_LINES = "PurchaseOrderLineRet"


def link_orders(draft: Draft) -> None:
    """Take over the open lines of the orders that LinkToTxnID names.

    Raises:
        RefusalError: 3177 an order twice, 3120 or 3210 no order of this vendor.
    """
    whole = draft.fields.pop("LinkToTxnID", [])
    for txn_id in whole:
        if whole.count(txn_id) > 1:
            # The code is known (facts E), the text is not.
            raise RefusalError(Status(3177, "Error", f'The object "{txn_id}" is given more than once.'))
        order = _order(draft, txn_id)
        lines = [line for line in order.data[_LINES] if _open(order, line) > 0]
        if not lines:
            draft.warnings.append(_closed(txn_id))
        for line in lines:
            taken: Fields = {"LinkToTxn": {"TxnID": txn_id, "TxnLineID": line["TxnLineID"]}}
            link_line(draft, taken)
            taken["Amount"] = money(number(taken["Quantity"]) * number(taken["Cost"]))
            draft.lines["ItemLineRet"].append(taken)
    draft.whole_orders = frozenset(whole)


def link_line(draft: Draft, line: Fields) -> None:
    """Fill a line that is linked to a line of an order; one that is closed falls away with warning 570.

    Raises:
        RefusalError: 3000 the order is linked as a whole as well, 3120 there is no such order or line, 3210
            it is another vendor's.
    """
    target = line["LinkToTxn"]
    if target["TxnID"] in draft.whole_orders:
        raise RefusalError(status.invalid_id(target["TxnID"], "LinkToTxn"))
    order = _order(draft, target["TxnID"])
    ordered = next((each for each in order.data[_LINES] if each["TxnLineID"] == target["TxnLineID"]), None)
    if ordered is None:
        raise RefusalError(status.not_found(target["TxnLineID"]))
    left = _open(order, ordered)
    if left <= 0:
        draft.warnings.append(_closed(target["TxnID"]))
        line.clear()
        return
    line["ItemRef"] = ordered["ItemRef"]
    line.setdefault("Quantity", quantity(left))
    for own, theirs in (
        ("Cost", "Rate"),
        ("Desc", "Desc"),
        ("CustomerRef", "CustomerRef"),
        ("ClassRef", "ClassRef"),
    ):
        if theirs in ordered:
            line.setdefault(own, ordered[theirs])


def book(draft: Draft) -> None:
    """Write what came in to the orders."""
    draft.fields["LinkedTxn"] = []
    _move(draft, draft.lines["ItemLineRet"], 1)


def unbook(draft: Draft) -> None:
    """Take back what a stored transaction wrote to the orders."""
    if draft.before:
        _move(draft, draft.before.data.get("ItemLineRet", []), -1)


def _move(draft: Draft, lines: Iterable[Fields], sign: int) -> None:
    moved: dict[str, dict[str, Fields]] = {}
    for line in lines:
        if target := line.get("LinkToTxn"):
            moved.setdefault(target["TxnID"], {})[target["TxnLineID"]] = line
    for txn_id, by_line in moved.items():
        order = draft.company.posted(txn_id)
        if order is None:
            continue
        ordered = [
            _received(draft, line, by_line.get(line["TxnLineID"]), sign) for line in order.data[_LINES]
        ]
        full = all(number(line["ReceivedQuantity"]) >= number(line.get("Quantity", "0")) for line in ordered)
        changes = {_LINES: ordered, "IsFullyReceived": "true" if full else "false"}
        if sign > 0:
            value = sum((number(line["Amount"]) for line in by_line.values()), Decimal(0))
            own = draft.own_link(money(value))
            save(draft.company, order, {**changes, "LinkedTxn": link(order, own)})
            draft.fields["LinkedTxn"].append(draft.link_to(order, money(value)))
        else:
            save(draft.company, order, {**changes, "LinkedTxn": unlink(order, draft.txn_id)})


def _received(draft: Draft, ordered: Fields, line: Fields | None, sign: int) -> Fields:
    if line is None:
        return ordered
    came = sign * number(line["Quantity"])
    changed = {**ordered, "ReceivedQuantity": quantity(number(ordered["ReceivedQuantity"]) + came)}
    if draft.kind.name == "Bill":
        # assumption: facts C - how UnbilledQuantity moves was not seen; here only a bill lowers it.
        unbilled = number(ordered["UnbilledQuantity"]) - came
        changed |= {"UnbilledQuantity": quantity(unbilled), "IsBilled": "true" if unbilled <= 0 else "false"}
    return changed


def _order(draft: Draft, txn_id: str) -> Posted:
    order = draft.company.posted(txn_id)
    if order is None or order.kind != "PurchaseOrder":
        raise RefusalError(status.not_found(txn_id))
    vendor = draft.entry("VendorRef")
    if vendor is None or order.entity != vendor.list_id:
        # facts E: it must be the vendor's; the status was not seen.
        cause = "The purchase order belongs to another vendor."
        raise RefusalError(status.invalid_value("LinkToTxn", txn_id, cause))
    return order


def _open(order: Posted, line: Fields) -> Decimal:
    """Give what is still to come on a line; nothing when it, or the order, was closed by hand."""
    if "true" in (line.get("IsManuallyClosed"), order.data.get("IsManuallyClosed")) or "ItemRef" not in line:
        return Decimal(0)
    return number(line.get("Quantity", "0")) - number(line["ReceivedQuantity"])


def _closed(txn_id: str) -> Status:
    return Status(
        570, "Warn", f'Unable to link to transaction "{txn_id}" because it has already been closed.'
    )
