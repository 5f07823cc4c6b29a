"""Whether a count may go: pure rules, each named as the README names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qbferry import Connector
    from qbferry_inventory_counts.document import InventoryCountDocument

__all__ = ["RULES"]

NUMBER_LENGTH = 11
"""What QuickBooks holds of an adjustment's number (facts C)."""


def has_something(count: InventoryCountDocument, _connector: Connector) -> str | None:
    """A count of nothing changes nothing."""
    if count.totals:
        return None
    if count.skipped:
        return f"Inventory count {count.id} has nothing that may be sent: {count.told}."
    return f"Inventory count {count.id} has no lines, so there is nothing to transfer."


def not_negative(count: InventoryCountDocument, _connector: Connector) -> str | None:
    """There cannot be less than nothing of a product."""
    below = [f"{product} ({total:f})" for product, total in count.totals.items() if total < 0]
    if below:
        return f"Inventory count {count.id} has less than nothing of {', '.join(below)}."
    return None


def not_ahead(count: InventoryCountDocument, connector: Connector) -> str | None:
    """Nobody has counted what is yet to come, and QuickBooks would book it there."""
    if count.count_date > connector.today:
        return f"Inventory count {count.id} is of {count.count_date}, which is yet to come."
    return None


def number_fits(count: InventoryCountDocument, _connector: Connector) -> str | None:
    """A number is never cut."""
    if count.number and len(count.number) > NUMBER_LENGTH:
        return (
            f'The number "{count.number}" of inventory count {count.id} is too long: QuickBooks holds '
            f"{NUMBER_LENGTH} characters."
        )
    return None


RULES: Mapping[str, Callable[[InventoryCountDocument, Connector], str | None]] = {
    "Something to transfer": has_something,
    "Not negative": not_negative,
    "Not ahead": not_ahead,
    "Number": number_fits,
}
"""The README's name of each rule -> the rule."""
