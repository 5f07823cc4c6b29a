"""What QuickBooks' answers teach about an order, and what they mean where QuickBooks' words are not plain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import Continue, Rejected, Sent
from qbferry_purchase_orders import resync
from qbferry_purchase_orders.document import PurchaseOrderDocument
from qbferry_purchase_orders.resync import Seen

if TYPE_CHECKING:
    from qbferry import Node, Request, Response
    from qbferry_purchase_orders.models import PurchaseOrder

__all__ = ["learn"]

NAME_IN_USE = 3100
CANNOT_LINK = 570
NOT_SAVED = 3180
NOT_FOUND = frozenset({1, 500})


def learn(record: PurchaseOrder, request: Request, response: Response) -> Sent | Rejected | Continue | None:
    """Keep what an answer says on the record; None where the framework's reading of it holds."""
    match request.name:
        case "PurchaseOrderAdd":
            _ordered(record, response)
        case "PurchaseOrderQuery":
            return _looked(record, response)
        case "ItemReceiptAdd":
            return _received(record, request, response)
        case "VendorAdd" | "ItemInventoryAdd":
            return _listed(response)
    return None


def _ordered(record: PurchaseOrder, response: Response) -> None:
    ret = next(iter(response.objects), None)
    if response.is_error or ret is None:
        return
    record.in_quickbooks = True
    record.order_txn_id = ret.text("TxnID")
    record.external_po_number = ret.text("RefNumber")
    _note_lines(record, ret)


def _looked(record: PurchaseOrder, response: Response) -> Sent | Rejected | Continue | None:
    """Judge what QuickBooks has, and fix what the receipt receives."""
    ret = next(iter(response.objects), None)
    if ret is None and response.status_code not in NOT_FOUND:
        return None
    order = PurchaseOrderDocument.of(record)
    seen = Seen.read(ret)
    record.seen, record.sending = seen.model_dump(mode="json"), {}
    if ret is not None:
        _note_lines(record, ret)
    if order.canceled:
        if seen.gone:
            return Sent(note="It was deleted in QuickBooks by hand already.")
        reason = resync.against_deletion(order, record, seen)
    else:
        reason = resync.against_receipt(order, record, seen)
    if reason:
        record.seen = None
        return Rejected(reason)
    if not order.canceled:
        missing = resync.outstanding(order, record)
        record.sending = {name: f"{count:f}" for name, count in missing.items()}
    return Continue()


def _note_lines(record: PurchaseOrder, ret: Node) -> None:
    """Keep QuickBooks' version of the order, and its lines' TxnLineIDs, which come in the order sent."""
    record.order_edit_sequence = ret.text("EditSequence")
    order = PurchaseOrderDocument.of(record)
    found = ret.texts("PurchaseOrderLineRet/TxnLineID")
    if not record.line_ids and len(found) == len(order.lines):
        record.line_ids = {line.id: found[place] for place, line in enumerate(order.lines)}


def _received(record: PurchaseOrder, request: Request, response: Response) -> Rejected | None:
    """Say plainly that the order cannot be received on (facts E: 570, and 3180 when nothing else is left)."""
    linked = bool(response.objects)
    if response.status_code == CANNOT_LINK and not linked:
        # a warning that saved nothing: the receipt is not in QuickBooks, whatever its status class says
        record.done = {key: txn_id for key, txn_id in record.done.items() if key != request.key}
    elif not response.is_error:
        return None
    record.seen = None
    if response.status_code not in {CANNOT_LINK, NOT_SAVED} or "modified by another user" in response.message:
        return None
    words = " ".join(response.message.split())
    return Rejected(
        f"QuickBooks did not receive the goods of purchase order {record.id}: its order "
        f"{record.external_po_number or ''} is closed, or fully received by hand. Look at it there; it goes "
        f"again in the next run. QuickBooks said: {words} ({response.status_code})"
    )


def _listed(response: Response) -> Sent | None:
    """A vendor or item is there, be it since just now; the record itself is the order, not this."""
    if response.status_code == NAME_IN_USE:
        return Sent(note="QuickBooks has something of that name already.")
    return None if response.is_error else Sent()
