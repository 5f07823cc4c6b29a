"""An order's life after its transfer: changed at its source, booked after each step, let go of."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from qbferry import Gone, Ignore, More, Noted, Nothing, SendAgain, Skip, Withdraw
from qbferry_purchase_orders.mapping import DELETE, ORDER
from qbferry_purchase_orders.resync import outstanding
from qbferry_purchase_orders.state import RECEIPT, OrderState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qbferry_purchase_orders.document import PurchaseOrderDocument
    from qbferry_purchase_orders.state import OrderRecord

__all__ = ["again", "book", "changed", "lose"]


def changed(
    record: OrderRecord, before: PurchaseOrderDocument
) -> SendAgain | Noted | Ignore | Withdraw | None:
    """Judge a change at the source: goods received and a cancellation go to QuickBooks, nothing else does."""
    order, state = record.document, record.state
    if not state.in_quickbooks:
        return Withdraw() if order.canceled and not record.in_doubt else None
    if order.model_copy(update={"external_po_number": before.external_po_number}) == before:
        return Ignore()  # the source has only learnt the number QuickBooks gave
    if order.canceled:
        return Noted() if before.canceled else SendAgain()
    missing = outstanding(order, state)
    if any(order.received_on(name) > before.received_on(name) for name in missing):
        return SendAgain()
    return Noted(more=bool(missing))


def again(order: PurchaseOrderDocument, state: OrderState) -> Skip | str:
    """Judge setting a transferred order ready: what is left to do goes, else it must be cleared first."""
    if order.canceled or outstanding(order, state):
        return ""
    number = f" as number {state.external_po_number}" if state.external_po_number else ""
    return Skip(
        f"Purchase order {order.id} is in QuickBooks{number}. To send it again, delete it there and clear "
        f"its External P.O. #: qbferry clear-external-number purchase_order {order.id}."
    )


def book(record: OrderRecord) -> tuple[OrderState, More | Gone | None]:
    """Book what QuickBooks has, and say whether there is more to tell it."""
    order, state = record.document, record.state
    if DELETE in record.done or (order.canceled and state.seen and state.seen.gone):
        return OrderState(), Gone()
    if ORDER in record.done:
        state = state.replace(
            in_quickbooks=True,
            order_txn_id=state.order_txn_id or record.done[ORDER],
            external_po_number=state.external_po_number or record.ref_number,
        )
    for key in record.done:
        if key.startswith(RECEIPT):
            lines = state.receipt_lines.get(key, state.sending)
            state = state.unasked().replace(
                received=_sum(state.received, lines),
                receipt_lines={**state.receipt_lines, key: lines},
                receipts=max(state.receipts, int(key.removeprefix(RECEIPT))),
            )
    more = state.in_quickbooks and (order.canceled or outstanding(order, state))
    return state, More() if more else None


def lose(record: OrderRecord, lost: Mapping[str, str]) -> tuple[OrderState, Nothing | None]:
    """Go back to before what a restored backup lost: the deletion, the order with all, or receipts.

    Args:
        record: The order.
        lost: Key of the request -> TxnID.
    """
    if DELETE in lost:
        # The order is back. It had no receipts, or it would not have been deleted.
        there = OrderState(
            in_quickbooks=True, order_txn_id=lost[DELETE], external_po_number=record.ref_number
        )
        return there, None
    if ORDER in lost:
        return OrderState(), Nothing() if record.document.canceled else None
    state = record.state
    received = state.received
    for key in lost:
        received = _sum(received, state.receipt_lines.get(key, {}), -1)
    # Their keys are not given out again, so that no two receipts have the same marker.
    kept = {key: lines for key, lines in state.receipt_lines.items() if key not in lost}
    return state.unasked().replace(received=received, receipt_lines=kept), None


def _sum(received: Mapping[str, Decimal], other: Mapping[str, Decimal], sign: int = 1) -> dict[str, Decimal]:
    """Line id -> quantity, with those of a receipt added or taken away."""
    changed = {name: received.get(name, Decimal(0)) + sign * count for name, count in other.items()}
    return {**received, **changed}
