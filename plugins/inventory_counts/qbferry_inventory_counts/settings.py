"""What can be set in ``[plugins.inventory_counts]``."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Settings"]

MOST = 159
"""What QuickBooks holds of an account's name with those above it (facts C)."""


class Settings(BaseModel):
    """The plugin's settings.

    Attributes:
        account: The QuickBooks account that differences are booked on.
        create_items: Whether a product that QuickBooks does not have is made there as an inventory part.
        income_account: The income account of such an item.
        cogs_account: Its account for the cost of goods sold.
        asset_account: Its account for what lies on stock.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    account: str = Field(default="Inventory Adjustment", min_length=1, max_length=MOST)
    create_items: bool = True
    income_account: str = Field(default="Autotask Income from PO", min_length=1, max_length=MOST)
    cogs_account: str = Field(default="Cost of Goods Sold", min_length=1, max_length=MOST)
    asset_account: str = Field(default="Inventory Asset", min_length=1, max_length=MOST)
