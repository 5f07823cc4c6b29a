"""What the names in a count stand for in QuickBooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import NewEntry, Reference, Target, full_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry_inventory_counts.document import InventoryCountDocument
    from qbferry_inventory_counts.settings import Settings

__all__ = ["TARGETS", "references"]

ITEM_LENGTH = 31
"""What QuickBooks holds of an item's name, level by level (facts C)."""

ACCOUNT = Target(
    label="account",
    kinds=("Account",),
    remedy="Add it there, or name another one as account in [plugins.inventory_counts].",
)
ITEM = Target(
    label="item",
    kinds=("Item",),
    remedy="Add it there as an inventory part, or set create_items = true in [plugins.inventory_counts].",
)
TARGETS = (ACCOUNT, ITEM)


def references(count: InventoryCountDocument, settings: Settings) -> Iterator[Reference]:
    """Give the account of the differences, and every product that is sent."""
    yield Reference(at="account", target=ACCOUNT, name=settings.account)
    for product in count.totals:
        yield Reference(
            at=f"item:{product}",
            target=ITEM,
            name=product,
            new=_new_item(product, settings) if settings.create_items else None,
        )


def _new_item(product: str, settings: Settings) -> NewEntry:
    parent, _, name = full_name(product).rpartition(":")
    fields = {
        "name": name,
        "parent": parent,
        "income_account": settings.income_account,
        "cogs_account": settings.cogs_account,
        "asset_account": settings.asset_account,
    }
    return NewEntry(
        kind="Item",
        full_name=full_name(product),
        request="ItemInventoryAdd",
        fields=fields,
        longest=ITEM_LENGTH,
    )
