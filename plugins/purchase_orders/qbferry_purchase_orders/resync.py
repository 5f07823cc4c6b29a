"""What QuickBooks has of an order, held against what was received here.

Before goods are received or an order is deleted, QuickBooks is asked for the order: what a bookkeeper did to
it by hand decides, and QuickBooks' own refusal (570 and 3180, facts E) says little.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import first_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from qbferry_purchase_orders.document import PurchaseOrderDocument
    from qbferry_purchase_orders.state import OrderState, QuickBooksOrder

__all__ = ["RULES", "against_receipt", "as_received", "no_receipts", "outstanding"]


def outstanding(order: PurchaseOrderDocument, state: OrderState) -> dict[str, Decimal]:
    """Line id -> how many were received that QuickBooks does not know of."""
    missing = {line.id: line.received - state.received_on(line.id) for line in order.lines}
    return {name: count for name, count in missing.items() if count > 0}


def as_received(order: PurchaseOrderDocument, state: OrderState, seen: QuickBooksOrder) -> OrderState:
    """The same with what was received on the lines that QuickBooks has it on, if it is as much in all.

    A receipt that was forgotten here and found in QuickBooks names items, not the lines of the order.
    """
    there = {
        line.id: found.received
        for line in order.lines
        if (found := seen.lines.get(state.line_ids.get(line.id, "")))
    }
    if sum(there.values()) != sum(state.received_on(name) for name in there):
        return state
    received = {name: count for name, count in {**state.received, **there}.items() if count}
    return state if received == state.received else state.replace(received=received)


def no_over_receipt(order: PurchaseOrderDocument, state: OrderState, seen: QuickBooksOrder) -> str | None:
    """No more arrives than was ordered, here and in QuickBooks."""
    for name, count in outstanding(order, state).items():
        total = count + state.received_on(name)
        ordered = [line.quantity for line in order.lines if line.id == name]
        if there := seen.lines.get(state.line_ids.get(name, "")):
            ordered.append(there.ordered)
        if total > min(ordered):
            return (
                f"{_line(order, name)}: {total:f} received, but only {min(ordered):f} ordered. Correct it at "
                "the source, or the order in QuickBooks; it goes again in the next run."
            )
    return None


def not_closed(order: PurchaseOrderDocument, state: OrderState, seen: QuickBooksOrder) -> str | None:
    """Nothing can be received on an order, or a line, that was closed in QuickBooks by hand."""
    if seen.closed:
        return (
            f"{_order(order, state)} is closed in QuickBooks, so nothing can be received on it. Open it "
            "there, or set it not ready here."
        )
    for name in outstanding(order, state):
        line = seen.lines.get(state.line_ids.get(name, ""))
        if line and line.closed:
            return (
                f"{_line(order, name)} is closed in QuickBooks, so nothing can be received on it. Open it "
                "there, or set the order not ready here."
            )
    return None


def on_the_order(order: PurchaseOrderDocument, state: OrderState, seen: QuickBooksOrder) -> str | None:
    """What was received was ordered: its line is on QuickBooks' order."""
    for name in outstanding(order, state):
        if state.line_ids.get(name) not in seen.lines:
            return (
                f"{_line(order, name)} is not on the order in QuickBooks. To send the order as it is now, "
                "delete it there, clear its External P.O. #, and set it ready: "
                f"qbferry clear-external-number purchase_order {order.id}."
            )
    return None


def not_received_by_hand(
    order: PurchaseOrderDocument, state: OrderState, seen: QuickBooksOrder
) -> str | None:
    """QuickBooks has received of these lines what was sent from here, neither more nor less."""
    for name in outstanding(order, state):
        there, ours = seen.lines[state.line_ids[name]].received, state.received_on(name)
        if there > ours:
            return (
                f"{_line(order, name)}: {there:f} received in QuickBooks, of which {there - ours:f} by hand. "
                "Delete what was received there by hand, or set the order not ready here."
            )
        if there < ours:
            return (
                f"{_line(order, name)}: {ours:f} were sent to QuickBooks as received, but it has {there:f}; "
                "a receipt was changed or deleted there. Restore it, or set the order not ready here."
            )
    return None


def no_receipts(order: PurchaseOrderDocument, state: OrderState, seen: QuickBooksOrder) -> str | None:
    """An order with receipts is not deleted."""
    if any(line.received for line in seen.lines.values()):
        return (
            f"{_order(order, state)} is canceled, but goods were received on it in QuickBooks, so it is not "
            "deleted there. Delete its receipts in QuickBooks first, or set it not ready here."
        )
    return None


RULES: Mapping[str, Callable[[PurchaseOrderDocument, OrderState, QuickBooksOrder], str | None]] = {
    "No over-receipt": no_over_receipt,
    "Not closed": not_closed,
    "On the order": on_the_order,
    "Not received by hand": not_received_by_hand,
}
"""The README's name of each rule for a receipt -> the rule, in the order they are asked."""


def against_receipt(order: PurchaseOrderDocument, state: OrderState, seen: QuickBooksOrder) -> str | None:
    """Why what was received here cannot be received in QuickBooks."""
    if seen.gone:
        return (
            f"{_order(order, state)} was deleted in QuickBooks. To send it again, clear its External P.O. # "
            f"and set it ready: qbferry clear-external-number purchase_order {order.id}."
        )
    return first_reason(RULES, order, state, seen)


def _order(order: PurchaseOrderDocument, state: OrderState) -> str:
    number = f" (number {state.external_po_number})" if state.external_po_number else ""
    return f"Purchase order {order.id}{number}"


def _line(order: PurchaseOrderDocument, name: str) -> str:
    line = order.line(name)
    return f"Line {name} of purchase order {order.id}" + (f" ({line.product})" if line else "")
