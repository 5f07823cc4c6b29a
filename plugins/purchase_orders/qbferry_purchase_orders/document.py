"""The shape of a purchase order as its source gives it."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from qbferry import Document, PartId, Quantity, Summary, Transmission

__all__ = ["OrderLine", "PurchaseOrderDocument", "ShipTo", "summary"]

MOST = 10**10
"""What a cost is less than: QuickBooks holds ten digits before the point (facts B2)."""

CANCELED = frozenset({"canceled", "cancelled"})


class ShipTo(BaseModel):
    """The address the goods go to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None


class OrderLine(BaseModel):
    """A line of an order.

    Attributes:
        id: The source's identity of the line, unique in its order; goods are received by it.
        product: The QuickBooks item, ``Parent~Child``.
        manufacturer_part_number: At most 31 characters.
        quantity: How many are ordered.
        unit_cost: The cost of one.
        organization: The QuickBooks customer, or ``Customer~Job``, the goods are for.
        received: How many have arrived in all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: PartId = Field(max_length=50)
    product: str = Field(min_length=1)
    manufacturer_part_number: str | None = None
    quantity: Quantity = Field(gt=0)
    unit_cost: Decimal | None = Field(default=None, ge=0, lt=MOST)
    organization: str | None = None
    received: Quantity = Field(default=Decimal(0), ge=0)


class PurchaseOrderDocument(Document):
    """One purchase order.

    Attributes:
        vendor: Whom it is for, by the QuickBooks name.
        status: Where it stands at its source; ``Canceled`` keeps it from going, or deletes it in QuickBooks.
        external_po_number: Its number in QuickBooks, where the source knows it already.
        purchase_for: The QuickBooks customer the goods are shipped to.
        ship_to: The address they are shipped to.
        shipping_type: Sent if QuickBooks has a shipping method of that name.
        freight: What becomes QuickBooks' FOB, at most 13 characters.
        general_memo: The message to the vendor; QuickBooks holds 99 characters of it.
        transmission: How the vendor gets it.
        lines: What is ordered.
    """

    vendor: str = Field(min_length=1)
    status: str = Field(min_length=1)
    external_po_number: str | None = None
    purchase_for: str | None = None
    ship_to: ShipTo | None = None
    shipping_type: str | None = None
    freight: str | None = None
    general_memo: str | None = None
    transmission: Transmission = Transmission.NONE
    lines: tuple[OrderLine, ...]

    @property
    def canceled(self) -> bool:
        """Whether the source has canceled it."""
        return self.status.strip().lower() in CANCELED

    def line(self, name: str) -> OrderLine | None:
        """A line by its id."""
        return next((line for line in self.lines if line.id == name), None)

    def received_on(self, name: str) -> Decimal:
        """How many of a line have arrived; none of a line it does not have."""
        line = self.line(name)
        return line.received if line else Decimal(0)

    @model_validator(mode="after")
    def _lines_are_told_apart(self) -> Self:
        names = [line.id for line in self.lines]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two lines have the id {twice}; each needs its own")
        return self


def summary(order: PurchaseOrderDocument) -> Summary:
    """What lists and totals know of an order. It has no date; a line without a cost counts nothing."""
    amount = sum((line.quantity * (line.unit_cost or 0) for line in order.lines), Decimal(0))
    return Summary(
        party=order.vendor,
        amount=amount.quantize(Decimal("0.01"), ROUND_HALF_UP),
        number=order.external_po_number or "",
    )
