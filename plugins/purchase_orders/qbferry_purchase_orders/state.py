"""What is remembered of a purchase order: what QuickBooks has of it, and last said of that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Self, TypeAlias

from pydantic import BaseModel, ConfigDict

from qbferry import Record, State
from qbferry_purchase_orders.document import PurchaseOrderDocument

if TYPE_CHECKING:
    from qbferry import Node

__all__ = ["RECEIPT", "OrderRecord", "OrderState", "QuickBooksLine", "QuickBooksOrder", "number"]

RECEIPT = "receipt:"
"""What the key of a receipt begins with; its number follows."""

AHEAD = 10
"""So many receipts may have gone that were forgotten here."""

FRESH = timedelta(minutes=10)
"""What QuickBooks said is acted on for so long; after that it is asked again."""


class QuickBooksLine(BaseModel):
    """A line of the order in QuickBooks."""

    model_config = ConfigDict(frozen=True)

    ordered: Decimal
    received: Decimal
    closed: bool


class QuickBooksOrder(BaseModel):
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
    lines: Mapping[str, QuickBooksLine] = {}

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
                line.text("TxnLineID") or "": QuickBooksLine(
                    ordered=number(line.text("Quantity")),
                    received=number(line.text("ReceivedQuantity")),
                    closed=line.text("IsManuallyClosed") == "true",
                )
                for line in order.each("PurchaseOrderLineRet")
            },
        )


class OrderState(State):
    """The state of a purchase order.

    Attributes:
        in_quickbooks: Whether QuickBooks has the order.
        order_txn_id: The order's TxnID; None as well when a person found it there without noting its TxnID.
        order_edit_sequence: QuickBooks' version of the order, as last read.
        external_po_number: The order's number in QuickBooks, the External P.O. #.
        line_ids: Line id -> TxnLineID of the order's line.
        received: Line id -> how many QuickBooks has received from here.
        sending: Line id -> how many the receipt that is under way receives, fixed when QuickBooks was asked.
        receipts: How many receipts QuickBooks was given from here.
        receipt_lines: Key of a receipt's request -> line id -> how many it received, as QuickBooks said.
        seen: What QuickBooks last said of the order.
    """

    in_quickbooks: bool = False
    order_txn_id: str | None = None
    order_edit_sequence: str | None = None
    external_po_number: str | None = None
    line_ids: Mapping[str, str] = {}
    received: Mapping[str, Decimal] = {}
    sending: Mapping[str, Decimal] = {}
    receipts: int = 0
    receipt_lines: Mapping[str, Mapping[str, Decimal]] = {}
    seen: QuickBooksOrder | None = None

    @property
    def receipt_key(self) -> str:
        """The key of the receipt that goes next."""
        return f"{RECEIPT}{self.receipts + 1}"

    @property
    def possible_receipts(self) -> list[str]:
        """The keys of receipts that QuickBooks may have, and that are not known to be there."""
        keys = [f"{RECEIPT}{count}" for count in range(1, self.receipts + 1 + AHEAD)]
        return [key for key in keys if key not in self.receipt_lines]

    def recent(self, at: datetime) -> QuickBooksOrder | None:
        """What QuickBooks last said, if that was not long before."""
        return self.seen if self.seen and at - self.seen.at < FRESH else None

    def received_on(self, line: str) -> Decimal:
        """How many of a line QuickBooks has received from here."""
        return self.received.get(line, Decimal(0))

    def unasked(self) -> Self:
        """The same, but QuickBooks is asked again before anything is received."""
        return self.replace(sending={}, seen=None)


OrderRecord: TypeAlias = Record[PurchaseOrderDocument, OrderState]
"""A purchase order, and what QuickBooks has of it."""


def number(text: str | None) -> Decimal:
    """A quantity of QuickBooks'; nothing where there is none."""
    try:
        return Decimal(text or "0")
    except InvalidOperation:
        return Decimal(0)
