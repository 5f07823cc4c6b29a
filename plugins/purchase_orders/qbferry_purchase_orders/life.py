"""An order's life after its transfer: changed at its source, booked after each step, let go of."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from qbferry import Skip, TransferStatus
from qbferry_purchase_orders.document import PurchaseOrderDocument
from qbferry_purchase_orders.mapping import DELETE, ORDER, receipt_key
from qbferry_purchase_orders.resync import Seen, outstanding

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from qbferry_purchase_orders.models import PurchaseOrder

__all__ = ["again", "book", "changed", "forget", "lose", "release"]


def changed(record: PurchaseOrder, previous: Mapping[str, Any]) -> bool:
    """Judge a change at the source: goods received and a cancellation go to QuickBooks, nothing else does."""
    order, before = PurchaseOrderDocument.of(record), PurchaseOrderDocument.model_validate(previous)
    if not record.in_quickbooks:
        if order.canceled and not record.in_doubt:
            record.transfer_status = TransferStatus.NOT_TRANSFERRED
        return False
    if order.model_copy(update={"external_po_number": before.external_po_number}) == before:
        record.document = dict(previous)  # the source has only learnt the number QuickBooks gave
        return False
    missing = outstanding(order, record)
    record.needs_resync = bool(missing) and not order.canceled
    if order.canceled:
        return not before.canceled
    return any(name in missing and _received(order, name) > _received(before, name) for name in missing)


def again(record: PurchaseOrder) -> Skip | str:
    """Judge setting a transferred order ready: what is left to do goes, else it must be cleared first."""
    order = PurchaseOrderDocument.of(record)
    if order.canceled or outstanding(order, record):
        return ""
    number = f" as number {record.external_po_number}" if record.external_po_number else ""
    return Skip(
        f"Purchase order {record.id} is in QuickBooks{number}. To send it again, delete it there and clear "
        f"its External P.O. #: qbferry clear-external-number purchase_order {record.id}."
    )


def book(record: PurchaseOrder) -> None:
    """Book what QuickBooks has; the record is Pending again when there is more to tell."""
    order = PurchaseOrderDocument.of(record)
    seen = Seen.of(record)
    if DELETE in record.done or (order.canceled and seen and seen.gone):
        release(record)
        return
    if ORDER in record.done:
        record.in_quickbooks = True
        record.order_txn_id = record.order_txn_id or record.done[ORDER]
        record.external_po_number = record.external_po_number or record.ref_number
        record.first_transfer_date = record.transfer_date
    key = receipt_key(record)
    if key in record.done:
        record.received = _sum(record.received, record.sending)
        record.receipt_lines = record.receipt_lines | {key: record.sending}
        record.receipts += 1
        record.sending, record.seen = {}, None
    _show_order(record, order)
    if record.in_quickbooks and (order.canceled or record.needs_resync):
        record.transfer_status = TransferStatus.PENDING


def lose(record: PurchaseOrder, lost: Mapping[str, str]) -> None:
    """Go back to before what a restored backup lost: the deletion, the order with all, or receipts.

    Args:
        record: The order.
        lost: Key of the request -> TxnID.
    """
    order = PurchaseOrderDocument.of(record)
    if DELETE in lost:
        # The order is back. It had no receipts, or it would not have been deleted.
        forget(record)
        record.in_quickbooks, record.order_txn_id = True, lost[DELETE]
        record.external_po_number, record.first_transfer_date = record.ref_number, record.transfer_date
    elif ORDER in lost:
        forget(record)
        if order.canceled:
            record.transfer_status = TransferStatus.NOT_TRANSFERRED
        return
    else:
        # Their keys are not given out again, so that no two receipts have the same marker.
        for key in lost:
            record.received = _sum(record.received, record.receipt_lines.get(key, {}), -1)
        record.receipt_lines = {key: lines for key, lines in record.receipt_lines.items() if key not in lost}
        record.sending, record.seen = {}, None
    _show_order(record, order)


def release(record: PurchaseOrder) -> None:
    """Note that QuickBooks has the order no more: the record is as if it had never been transferred."""
    forget(record)
    record.transfer_status, record.transfer_date = TransferStatus.NOT_TRANSFERRED, None
    record.txn_id = record.ref_number = record.edit_sequence = None


def forget(record: PurchaseOrder) -> None:
    """Let go of the order QuickBooks has, so that the record may become another one."""
    record.order_txn_id = record.order_edit_sequence = record.external_po_number = record.seen = None
    record.line_ids, record.received, record.sending, record.receipts = {}, {}, {}, 0
    record.receipt_lines = {}
    record.in_quickbooks = record.needs_resync = False
    record.first_transfer_date = None
    record.done = {}


def _show_order(record: PurchaseOrder, order: PurchaseOrderDocument) -> None:
    """Show the order's identity, as a receipt has its own, and whether goods are still to be told of."""
    record.txn_id, record.ref_number = record.order_txn_id, record.external_po_number
    record.edit_sequence = record.order_edit_sequence
    record.needs_resync = bool(outstanding(order, record)) and not order.canceled


def _sum(received: Mapping[str, str], other: Mapping[str, str], sign: int = 1) -> dict[str, str]:
    """Line id -> quantity, with those of a receipt added or taken away."""
    changed = {
        name: f"{Decimal(received.get(name, '0')) + sign * Decimal(count):f}" for name, count in other.items()
    }
    return dict(received) | changed


def _received(order: PurchaseOrderDocument, name: str) -> Decimal:
    line = order.line(name)
    return line.received if line else Decimal(0)
