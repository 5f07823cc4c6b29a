"""The shape of an expense report as its source gives it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from qbferry import Document, Money

__all__ = ["APPROVED", "TRANSFERRED", "ExpenseReportDocument", "Item"]

APPROVED = "Approved for Payment"
"""The one status that may go."""

TRANSFERRED = "Transferred to QuickBooks"
"""The status a report has once its bill is in QuickBooks."""


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Item(BaseModel):
    """One expense.

    Attributes:
        id: The source's identity of the item.
        date: The day the money was spent.
        category: What it was for; decides the account.
        description: What a person reads.
        amount: What it cost; below zero for money that came back.
        organization: The QuickBooks customer it was spent for, or ``Customer~Job``.
        billable: Whether that customer pays for it in the end.
        reimbursable: Whether the resource paid and gets the money back.
        class_: The QuickBooks class, ``Parent~Child``; ``class`` in JSON.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)

    id: str | None = None
    date: date
    category: Text
    description: str | None = None
    amount: Money
    organization: str | None = None
    billable: bool = False
    reimbursable: bool = True
    class_: str | None = Field(default=None, alias="class")


class ExpenseReportDocument(Document):
    """One expense report.

    Attributes:
        resource: Who spent the money: ``Smith, Ann`` or ``Ann Smith``. In QuickBooks a vendor.
        name: What the report is about; the bill's memo.
        week_ending: The last day it covers; the bill's date.
        status: Where it stands at its source; only ``Approved for Payment`` may go.
        cash_advance: Money the resource was given before; sent if the settings say so.
        items: What the money was spent on.
    """

    resource: Text
    name: str | None = None
    week_ending: date
    status: Text
    cash_advance: Annotated[Money, Field(ge=0)] = Decimal("0.00")
    items: tuple[Item, ...]

    def stands(self, status: str) -> bool:
        """Whether its source says that it has a status, in upper or lower case."""
        return self.status.casefold() == status.casefold()
