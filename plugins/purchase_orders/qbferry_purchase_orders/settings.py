"""What can be set in ``[plugins.purchase_orders]``."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Settings"]


class Settings(BaseModel):
    """The plugin's settings.

    Attributes:
        create_vendor: Whether a vendor QuickBooks does not have is created with the first order.
        create_items: Whether a product QuickBooks has no item for is created as an inventory part; otherwise
            the order fails, and the reason names the product.
        income_account: The income account of created items. The accounts must exist in QuickBooks.
        cogs_account: Their account for the cost of goods sold.
        asset_account: Their inventory account.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    create_vendor: bool = True
    create_items: bool = False
    income_account: str = Field(default="Autotask Income from PO", min_length=1)
    cogs_account: str = Field(default="Cost of Goods Sold", min_length=1)
    asset_account: str = Field(default="Inventory Asset", min_length=1)
