"""What QuickBooks has of an order, held against what was received here.

Before goods are received or an order is deleted, QuickBooks is asked for the order: what a bookkeeper did to
it by hand decides, and QuickBooks' own refusal (570 and 3180, facts E) says little.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Self

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qbferry import Node
    from qbferry_purchase_orders.document import PurchaseOrderDocument
    from qbferry_purchase_orders.models import PurchaseOrder

__all__ = ["RULES", "Seen", "SeenLine", "against_deletion", "against_receipt", "outstanding"]

FRESH = timedelta(minutes=10)
"""What QuickBooks said is acted on for so long; after that it is asked again."""


class SeenLine(BaseModel):
    """A line of the order in QuickBooks."""

    model_config = ConfigDict(frozen=True)

    ordered: Decimal
    received: Decimal
    closed: bool


class Seen(BaseModel):
    """What QuickBooks last said of an order.

    Attributes:
        at: When.
        gone: QuickBooks has no such order any more.
        vendor: Its vendor's name there; a receipt must name the same (facts E).
        closed: Closed by hand; a full order is closed by its quantities.
        lines: TxnLineID -> the line.
    """

    model_config = ConfigDict(frozen=True)

    at: datetime
    gone: bool = False
    vendor: str | None = None
    closed: bool = False
    lines: dict[str, SeenLine] = {}

    @classmethod
    def of(cls, record: PurchaseOrder) -> Self | None:
        """What the record keeps, if it is recent."""
        seen = cls.model_validate(record.seen) if record.seen else None
        return seen if seen and datetime.now(UTC) - seen.at < FRESH else None

    @classmethod
    def read(cls, order: Node | None) -> Self:
        """Read a PurchaseOrderRet; None: there is none."""
        if order is None:
            return cls(at=datetime.now(UTC), gone=True)
        return cls(
            at=datetime.now(UTC),
            vendor=order.text("VendorRef/FullName"),
            closed=order.text("IsManuallyClosed") == "true",
            lines={
                line.text("TxnLineID") or "": SeenLine(
                    ordered=_number(line.text("Quantity")),
                    received=_number(line.text("ReceivedQuantity")),
                    closed=line.text("IsManuallyClosed") == "true",
                )
                for line in order.each("PurchaseOrderLineRet")
            },
        )


def outstanding(order: PurchaseOrderDocument, record: PurchaseOrder) -> dict[str, Decimal]:
    """Line id -> how many were received that QuickBooks does not know of."""
    missing = {line.id: line.received - _known(record, line.id) for line in order.lines}
    return {name: count for name, count in missing.items() if count > 0}


def no_over_receipt(order: PurchaseOrderDocument, record: PurchaseOrder, seen: Seen) -> str | None:
    """No more arrives than was ordered, here and in QuickBooks."""
    for name, count in outstanding(order, record).items():
        total = count + _known(record, name)
        ordered = [line.quantity for line in order.lines if line.id == name]
        if there := seen.lines.get(record.line_ids.get(name, "")):
            ordered.append(there.ordered)
        if total > min(ordered):
            return (
                f"{_line(order, name)}: {total:f} received, but only {min(ordered):f} ordered. Correct it at "
                "the source, or the order in QuickBooks; it goes again in the next run."
            )
    return None


def not_closed(order: PurchaseOrderDocument, record: PurchaseOrder, seen: Seen) -> str | None:
    """Nothing can be received on an order, or a line, that was closed in QuickBooks by hand."""
    if seen.closed:
        return (
            f"{_order(order, record)} is closed in QuickBooks, so nothing can be received on it. Open it "
            "there, or set it not ready here."
        )
    for name in outstanding(order, record):
        line = seen.lines.get(record.line_ids.get(name, ""))
        if line and line.closed:
            return (
                f"{_line(order, name)} is closed in QuickBooks, so nothing can be received on it. Open it "
                "there, or set the order not ready here."
            )
    return None


def on_the_order(order: PurchaseOrderDocument, record: PurchaseOrder, seen: Seen) -> str | None:
    """What was received was ordered: its line is on QuickBooks' order."""
    for name in outstanding(order, record):
        if record.line_ids.get(name) not in seen.lines:
            return (
                f"{_line(order, name)} is not on the order in QuickBooks. To send the order as it is now, "
                "delete it there, clear its External P.O. #, and set it ready: "
                f"qbferry clear-external-number purchase_order {order.id}."
            )
    return None


def not_received_by_hand(order: PurchaseOrderDocument, record: PurchaseOrder, seen: Seen) -> str | None:
    """QuickBooks has received of these lines what was sent from here, neither more nor less."""
    for name in outstanding(order, record):
        there, ours = seen.lines[record.line_ids[name]].received, _known(record, name)
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


def no_receipts(order: PurchaseOrderDocument, record: PurchaseOrder, seen: Seen) -> str | None:
    """An order with receipts is not deleted."""
    if any(line.received for line in seen.lines.values()):
        return (
            f"{_order(order, record)} is canceled, but goods were received on it in QuickBooks, so it is not "
            "deleted there. Delete its receipts in QuickBooks first, or set it not ready here."
        )
    return None


RULES: Mapping[str, Callable[[PurchaseOrderDocument, PurchaseOrder, Seen], str | None]] = {
    "No over-receipt": no_over_receipt,
    "Not closed": not_closed,
    "On the order": on_the_order,
    "Not received by hand": not_received_by_hand,
}
"""The README's name of each rule for a receipt -> the rule, in the order they are asked."""


def against_receipt(order: PurchaseOrderDocument, record: PurchaseOrder, seen: Seen) -> str | None:
    """Why what was received here cannot be received in QuickBooks."""
    if seen.gone:
        return (
            f"{_order(order, record)} was deleted in QuickBooks. To send it again, clear its External P.O. # "
            f"and set it ready: qbferry clear-external-number purchase_order {order.id}."
        )
    return next((reason for rule in RULES.values() if (reason := rule(order, record, seen))), None)


def against_deletion(order: PurchaseOrderDocument, record: PurchaseOrder, seen: Seen) -> str | None:
    """Why a canceled order cannot be deleted in QuickBooks."""
    return no_receipts(order, record, seen)


def _known(record: PurchaseOrder, name: str) -> Decimal:
    return Decimal(record.received.get(name, "0"))


def _number(text: str | None) -> Decimal:
    try:
        return Decimal(text or "0")
    except InvalidOperation:
        return Decimal(0)


def _order(order: PurchaseOrderDocument, record: PurchaseOrder) -> str:
    number = f" (number {record.external_po_number})" if record.external_po_number else ""
    return f"Purchase order {order.id}{number}"


def _line(order: PurchaseOrderDocument, name: str) -> str:
    line = order.line(name)
    return f"Line {name} of purchase order {order.id}" + (f" ({line.product})" if line else "")
