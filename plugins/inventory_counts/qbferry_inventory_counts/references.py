"""What the names in a count stand for in QuickBooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import NewEntry, Reference, Target, full_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry_inventory_counts.document import InventoryCountDocument
    from qbferry_inventory_counts.settings import Settings

__all__ = ["ACCOUNTS", "TARGETS", "references"]

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


def _account(label: str, setting: str) -> Target:
    return Target(
        label=label,
        kinds=("Account",),
        remedy=f"Add it there, name another as {setting} in [plugins.inventory_counts], or map it: "
        "qbferry map set Account.",
    )


ACCOUNTS = {
    "income_account": _account("income account", "income_account"),
    "cogs_account": _account("account for the cost of goods sold", "cogs_account"),
    "asset_account": _account("inventory account", "asset_account"),
}
"""What items that are made name, by the field and the setting."""


def references(count: InventoryCountDocument, settings: Settings) -> Iterator[Reference]:
    """Give the account of the differences, and every product that is sent."""
    yield Reference(at="account", target=ACCOUNT, name=settings.account)
    for product in count.totals:
        yield Reference(
            at=f"item:{product}",
            target=ITEM,
            name=product,
            new=_new_item(full_name(product), settings) if settings.create_items else None,
        )


def _new_item(item: str, settings: Settings) -> NewEntry:
    """An inventory part, in the one it lies in."""
    above, _, name = item.rpartition(":")
    return NewEntry(
        kind="Item",
        full_name=item,
        request="ItemInventoryAdd",
        fields={**dict.fromkeys(ACCOUNTS), "name": name, "parent": None},
        longest=ITEM_LENGTH,
        names=tuple(
            Reference(at=at, target=target, name=getattr(settings, at)) for at, target in ACCOUNTS.items()
        ),
        parent=_new_item(above, settings) if above else None,
    )
