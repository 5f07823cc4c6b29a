"""What can be set in ``[plugins.expenses]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from qbferry import BillableStatus

if TYPE_CHECKING:
    from qbferry_expenses.document import Item

__all__ = ["AccountRule", "Settings"]


class AccountRule(BaseModel):
    """One ``[[plugins.expenses.accounts]]``: the account of the items it fits.

    Attributes:
        category: The items' category, without regard to case.
        billable: Only billable items, or only the others; None: both.
        reimbursable: Only reimbursable items, or only the others; None: both.
        account: The QuickBooks account, ``Parent:Child``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    category: str = Field(min_length=1)
    billable: bool | None = None
    reimbursable: bool | None = None
    account: str = Field(min_length=1)

    def fits(self, item: Item) -> bool:
        """Tell whether it is about this item."""
        return (
            self.category.casefold() == item.category.casefold()
            and self.billable in {None, item.billable}
            and self.reimbursable in {None, item.reimbursable}
        )


class Settings(BaseModel):
    """The plugin's settings.

    Attributes:
        create_vendor: Whether a resource QuickBooks has no vendor for becomes one, ``v-Lastname, Firstname``.
        billable: What billable items are in QuickBooks.
        transfer_non_reimbursable: Whether items the resource does not get back are on the bill as well.
        transfer_cash_advances: Whether a cash advance is taken off the bill, as a line of its own.
        cash_advance_account: The QuickBooks account of that line.
        accounts: Which account an item has; the first that fits counts. An item that none fits has the
            account named like its category.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    create_vendor: bool = True
    billable: BillableStatus = BillableStatus.BILLABLE
    transfer_non_reimbursable: bool = False
    transfer_cash_advances: bool = False
    cash_advance_account: str | None = Field(default=None, min_length=1)
    accounts: tuple[AccountRule, ...] = ()

    def account(self, item: Item) -> str:
        """The name of an item's account."""
        return next((rule.account for rule in self.accounts if rule.fits(item)), item.category)
