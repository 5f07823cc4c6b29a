"""What the plugin remembers of a count: what of it was left out."""

from __future__ import annotations

from typing import TypeAlias

from qbferry import Record, State
from qbferry_inventory_counts.document import InventoryCountDocument

__all__ = ["CountRecord", "CountState"]


class CountState(State):
    """What is remembered of a count.

    Attributes:
        skipped: Products whose count QuickBooks did not get in the last transfer, each with why.
    """

    skipped: str = ""


CountRecord: TypeAlias = Record[InventoryCountDocument, CountState]
"""A count and where it stands."""
