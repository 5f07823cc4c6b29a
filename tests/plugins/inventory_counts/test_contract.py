"""The inventory_counts plugin holds the contract of all plugins."""

from __future__ import annotations

from typing import Any, ClassVar

from qbferry import ListEntry
from qbferry.testing import EntityContract, FixedLists
from qbferry_inventory_counts.plugin import InventoryCounts

from .conftest import RECORD

SKIPPED: dict[str, Any] = {
    "id": "IC-2",
    "count_date": "2024-10-31",
    "number": "77",
    "lines": [
        {"product": "Switch 24p", "quantity": "0"},
        {"product": "Cable", "quantity": "3", "skip": "received on PO-5, which was transferred"},
    ],
}


class TestInventoryCounts(EntityContract):
    plugin = InventoryCounts
    samples = (RECORD, SKIPPED)


class TestInventoryCountsThatMakeNoItems(EntityContract):
    plugin = InventoryCounts
    settings: ClassVar = {"create_items": False}
    samples = (RECORD,)
    lists = FixedLists(
        [
            ListEntry(kind="Account", list_id="1", full_name="Inventory Adjustment"),
            ListEntry(kind="Item", list_id="2", full_name="Switch 24p"),
        ]
    )
