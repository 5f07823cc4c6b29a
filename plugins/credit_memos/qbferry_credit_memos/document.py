"""The shape of a credit memo as its source gives it; amounts are what the customer gets, without a minus."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from qbferry import Document, Money, Quantity, Summary

__all__ = ["CreditMemoDocument", "CreditMemoLine", "summary"]


class CreditMemoLine(BaseModel):
    """A line of a credit memo; without item and amount it is a comment.

    Attributes:
        id: The source's identity of the line.
        item: The QuickBooks item, ``Parent~Child``.
        description: What the customer reads.
        service_date: The day of the work that is credited.
        quantity: How many.
        amount: The line's money, without tax; negative takes from the credit.
        taxable: Whether sales tax is given back; None leaves it to the item in QuickBooks.
        class_: The QuickBooks class, ``Parent~Child``; ``class`` in JSON.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True, str_strip_whitespace=True
    )

    id: str | None = None
    item: str | None = None
    description: str | None = None
    service_date: date | None = None
    quantity: Quantity | None = None
    amount: Money
    taxable: bool | None = None
    class_: str | None = Field(default=None, alias="class")


class CreditMemoDocument(Document):
    """One credit memo.

    Attributes:
        organization: The QuickBooks customer, or ``Customer~Job``.
        credit_date: Its date in QuickBooks.
        number: The source's own number; sent if the setting ``number`` is ``source``.
        purchase_order_number: The customer's, at most 25 characters.
        voided: Whether it is void at its source.
        memo: QuickBooks' memo.
        lines: What is credited.
    """

    model_config = ConfigDict(str_strip_whitespace=True)

    organization: str = Field(min_length=1)
    credit_date: date
    number: str | None = None
    purchase_order_number: str | None = None
    voided: bool = False
    memo: str | None = None
    lines: tuple[CreditMemoLine, ...]

    @property
    def credited(self) -> Decimal:
        """What the customer gets, without tax."""
        return sum((line.amount for line in self.lines), Decimal(0))


def summary(memo: CreditMemoDocument) -> Summary:
    """What lists and totals know of a credit memo: it takes from what the customer owes."""
    return Summary(
        party=memo.organization, dated=memo.credit_date, amount=-memo.credited, number=memo.number or ""
    )
