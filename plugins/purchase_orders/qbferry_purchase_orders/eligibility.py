"""Whether a purchase order may go the first time: pure rules, each named as the README names it.

What may happen to an order QuickBooks has already is judged by ``resync``, with QuickBooks' own word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qbferry_purchase_orders.document import PurchaseOrderDocument

__all__ = ["RULES"]


def not_canceled(order: PurchaseOrderDocument) -> str | None:
    """Any status but Canceled."""
    if order.canceled:
        return f"Purchase order {order.id} is canceled; canceled purchase orders are not transferred."
    return None


def has_lines(order: PurchaseOrderDocument) -> str | None:
    """QuickBooks takes no order without a line (facts E)."""
    if not order.lines:
        return f"Purchase order {order.id} has no lines, so there is nothing to order."
    return None


def not_numbered(order: PurchaseOrderDocument) -> str | None:
    """An External P.O. # says that QuickBooks has it."""
    if order.external_po_number:
        return (
            f"Purchase order {order.id} has the External P.O. # {order.external_po_number}, so QuickBooks "
            "has it already. To send it again, delete it in QuickBooks and clear the number at the source."
        )
    return None


def not_over_received(order: PurchaseOrderDocument) -> str | None:
    """No more arrives than was ordered."""
    for line in order.lines:
        if line.received > line.quantity:
            return (
                f"Line {line.id} of purchase order {order.id}: {line.received:f} received, but only "
                f"{line.quantity:f} ordered. Correct it at the source."
            )
    return None


RULES: Mapping[str, Callable[[PurchaseOrderDocument], str | None]] = {
    "Not canceled": not_canceled,
    "Something to order": has_lines,
    "Not numbered already": not_numbered,
    "No more than ordered": not_over_received,
}
"""The README's name of each rule -> the rule."""
