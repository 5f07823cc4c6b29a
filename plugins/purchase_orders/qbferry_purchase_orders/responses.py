"""What QuickBooks' answers teach about an order, and what they mean where QuickBooks' words are not plain."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from qbferry import Continue, Rejected, Sent
from qbferry_purchase_orders import resync
from qbferry_purchase_orders.references import item_name
from qbferry_purchase_orders.state import QuickBooksOrder, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qbferry import Node, Request, Response
    from qbferry_purchase_orders.document import PurchaseOrderDocument
    from qbferry_purchase_orders.state import OrderState

__all__ = ["learn"]

CANNOT_LINK = 570
NOT_SAVED = 3180
BREAKS_A_RULE = 3210
NOT_FOUND = frozenset({1, 500})


def learn(
    order: PurchaseOrderDocument, state: OrderState, request: Request, response: Response
) -> tuple[OrderState, Sent | Rejected | Continue | None]:
    """Keep what an answer says of an order; None where the framework's reading of it holds."""
    match request.name:
        case "PurchaseOrderAdd":
            return _ordered(order, state, response), None
        case "PurchaseOrderQuery":
            return _looked(order, state, response)
        case "ItemReceiptAdd":
            return _received(order, state, request.key, response)
    return state, None


def _ordered(order: PurchaseOrderDocument, state: OrderState, response: Response) -> OrderState:
    ret = response.find("PurchaseOrderRet")
    if response.is_error or ret is None:
        return state
    # A new order, whatever was known of one before: its lines are its own.
    return _note_lines(order, state.replace(line_ids={}), ret).replace(
        in_quickbooks=True, order_txn_id=ret.text("TxnID"), external_po_number=ret.text("RefNumber")
    )


def _looked(
    order: PurchaseOrderDocument, state: OrderState, response: Response
) -> tuple[OrderState, Sent | Rejected | Continue | None]:
    """Judge what QuickBooks has, and fix what the receipt receives."""
    ret = response.find("PurchaseOrderRet")
    if ret is None and response.status_code not in NOT_FOUND:
        return state, None
    state = state.unasked()
    if ret is not None:
        state = _note_lines(order, state, ret)
    seen = QuickBooksOrder.read(ret)
    state = resync.as_received(order, state, seen)
    if order.canceled and seen.gone:
        return state.replace(seen=seen), Sent(note="It was deleted in QuickBooks by hand already.")
    judge = resync.no_receipts if order.canceled else resync.against_receipt
    reason = judge(order, state, seen)
    if reason:
        return state, Rejected(reason)
    sending = {} if order.canceled else resync.outstanding(order, state)
    return state.replace(seen=seen, sending=sending), Continue()


def _note_lines(order: PurchaseOrderDocument, state: OrderState, ret: Node) -> OrderState:
    """Keep QuickBooks' version of the order, and its lines' TxnLineIDs, which come in the order sent."""
    state = state.replace(order_edit_sequence=ret.text("EditSequence"))
    found = ret.texts("PurchaseOrderLineRet/TxnLineID")
    if state.line_ids or len(found) != len(order.lines):
        return state
    return state.replace(line_ids=dict(zip([line.id for line in order.lines], found, strict=True)))


def _received(
    order: PurchaseOrderDocument, state: OrderState, key: str, response: Response
) -> tuple[OrderState, Sent | Rejected | None]:
    """Keep what a receipt received, as QuickBooks says.

    Say plainly that the order cannot be received on (facts E: 570, and 3180 when nothing else is left).
    """
    if response.objects:
        lines = {**state.receipt_lines, key: _quantities(order, state, response)}
        # Without the receipt's TxnID: what the record is in QuickBooks is the order.
        return state.replace(receipt_lines=lines), Sent()
    if response.status_code == 0:
        return state, None
    state = state.unasked()
    if not _cannot_receive(response):
        return state, None
    words = " ".join(response.message.split())
    return state, Rejected(
        f"QuickBooks did not receive the goods of purchase order {order.id}: its order "
        f"{state.external_po_number or ''} is closed, or fully received by hand. Look at it there; it goes "
        f"again in the next run. QuickBooks said: {words} ({response.status_code})",
        executed=False,
    )


def _cannot_receive(response: Response) -> bool:
    """Whether QuickBooks would not receive on the order: a value that breaks a rule (3210) may be another."""
    if response.status_code == BREAKS_A_RULE:
        return "Link" in response.message
    return response.status_code in {CANNOT_LINK, NOT_SAVED} and (
        "modified by another user" not in response.message
    )


def _quantities(order: PurchaseOrderDocument, state: OrderState, response: Response) -> Mapping[str, Decimal]:
    """Line id -> how many a receipt received: what was sent, or what QuickBooks says where that differs.

    A receipt's lines name items, not the lines of the order: what came of an item goes to the lines that the
    source received it on, then to those that are open, the rest to the last.
    """
    items = {line.id: item_name(line.product).casefold() for line in order.lines}
    there: dict[str, Decimal] = {}
    for ret in response.each("ItemReceiptRet/ItemLineRet"):
        item = (ret.text("ItemRef/FullName") or "").casefold()
        there[item] = there.get(item, Decimal(0)) + number(ret.text("Quantity"))
    if not there.keys() <= {*items.values()}:  # items of other names stand for the products: by turns
        items = dict.fromkeys(items, "")
        there = {"": sum(there.values(), Decimal(0))}
    sent: dict[str, Decimal] = {}
    for name, count in state.sending.items():
        sent[items.get(name, "")] = sent.get(items.get(name, ""), Decimal(0)) + count
    if not there or there == sent:
        return state.sending
    found: dict[str, Decimal] = {}
    places = [
        *resync.outstanding(order, state).items(),
        *((line.id, line.quantity - state.received_on(line.id)) for line in order.lines),
        *((name, Decimal("Infinity")) for name in {item: name for name, item in items.items()}.values()),
    ]
    for name, most in places:
        left = there.get(items[name], Decimal(0))
        taken = min(left, most - found.get(name, Decimal(0)))
        if taken > 0:
            found[name] = found.get(name, Decimal(0)) + taken
            there[items[name]] = left - taken
    return found
