"""The purchase orders' table."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from qbferry import Base, Transferable

__all__ = ["PurchaseOrder"]


class PurchaseOrder(Transferable, Base):
    """A purchase order, and what QuickBooks has of it.

    Attributes:
        in_quickbooks: Whether QuickBooks has the order.
        order_txn_id: The order's TxnID; None as well when a person found it there without noting its TxnID.
        order_edit_sequence: QuickBooks' version of the order, as last read.
        external_po_number: The order's number in QuickBooks, the External P.O. #.
        line_ids: Line id -> TxnLineID of the order's line.
        received: Line id -> how many QuickBooks has received from here.
        sending: Line id -> how many the receipt that is under way receives, fixed when QuickBooks was asked.
        receipts: How many receipts QuickBooks was given from here.
        receipt_lines: Key of a receipt's request -> line id -> how many it received.
        needs_resync: Goods were received here that QuickBooks does not know of.
        first_transfer_date: When QuickBooks got the order itself; ``transfer_date`` is the latest transfer.
        seen: What QuickBooks last said of the order, a ``Seen`` as JSON.
    """

    __tablename__ = "purchase_order"

    in_quickbooks: Mapped[bool] = mapped_column(default=False)
    order_txn_id: Mapped[str | None] = mapped_column(String(36))
    order_edit_sequence: Mapped[str | None] = mapped_column(String(16))
    external_po_number: Mapped[str | None] = mapped_column(String(100))
    line_ids: Mapped[dict[str, str]] = mapped_column(default=dict)
    received: Mapped[dict[str, str]] = mapped_column(default=dict)
    sending: Mapped[dict[str, str]] = mapped_column(default=dict)
    receipts: Mapped[int] = mapped_column(default=0)
    receipt_lines: Mapped[dict[str, Any]] = mapped_column(default=dict)
    needs_resync: Mapped[bool] = mapped_column(default=False)
    first_transfer_date: Mapped[datetime | None]
    seen: Mapped[dict[str, Any] | None]
