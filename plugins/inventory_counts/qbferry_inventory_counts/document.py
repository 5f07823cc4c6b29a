"""The shape of an inventory count as its source gives it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from qbferry import Document, Quantity, Summary

__all__ = ["CountLine", "InventoryCountDocument", "summary"]


class CountLine(BaseModel):
    """How many of a product lie at one place.

    Attributes:
        product: The QuickBooks item, ``Parent~Child``.
        location: Where; QuickBooks has no places, so those of a product are added up.
        quantity: How many.
        skip: Why it is not to be sent, such as goods received on an order that QuickBooks has not
            heard of; None: it is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    product: str = Field(min_length=1)
    location: str | None = None
    quantity: Quantity
    skip: str | None = Field(default=None, min_length=1)


class InventoryCountDocument(Document):
    """What the source counts of all products at one moment.

    Attributes:
        count_date: Its date in QuickBooks.
        number: Its number, at most 11 characters; None: QuickBooks numbers it.
        memo: QuickBooks' memo.
        lines: What was counted.
    """

    model_config = ConfigDict(str_strip_whitespace=True)

    count_date: date
    number: str | None = None
    memo: str | None = None
    lines: tuple[CountLine, ...]

    @property
    def totals(self) -> dict[str, Decimal]:
        """How many there are of each product that is to be sent, at all places."""
        found: dict[str, Decimal] = {}
        for line in self.lines:
            found[line.product] = found.get(line.product, Decimal(0)) + line.quantity
        return {product: total for product, total in found.items() if product not in self.skipped}

    @property
    def skipped(self) -> dict[str, str]:
        """Products that are not to be sent, and why: of one that lies at several places nothing is."""
        return {line.product: line.skip for line in self.lines if line.skip}

    @property
    def told(self) -> str:
        """The same for a person."""
        return "; ".join(f"{product}: {reason}" for product, reason in self.skipped.items())


def summary(count: InventoryCountDocument) -> Summary:
    """What lists and totals know of a count: it has no party and no amount."""
    return Summary(party="", dated=count.count_date, number=count.number or "")
