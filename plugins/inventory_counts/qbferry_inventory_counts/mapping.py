"""From a count to its QuickBooks request: each product's new quantity, at all places together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import Request

if TYPE_CHECKING:
    from qbferry import Names
    from qbferry_inventory_counts.document import InventoryCountDocument

__all__ = ["KEY", "request"]

KEY = "count"


def request(count: InventoryCountDocument, names: Names) -> Request:
    """Give the one request: the source's count wins, whatever QuickBooks has had."""
    return Request(
        key=KEY,
        name="InventoryAdjustmentAdd",
        fields={
            "account": names["account"],
            "date": count.count_date,
            "number": count.number,
            "memo": count.memo,
            "lines": [
                {"item": names[f"item:{product}"], "quantity": total}
                for product, total in count.totals.items()
            ],
        },
    )
