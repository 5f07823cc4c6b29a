"""What the names in a credit memo stand for in QuickBooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import Reference, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry import Connector
    from qbferry_credit_memos.document import CreditMemoDocument
    from qbferry_credit_memos.settings import Settings

__all__ = ["TARGETS", "references"]

CUSTOMER = Target(
    label="customer",
    kinds=("Customer",),
    remedy="Add it there, or correct the organization at the source.",
    inactive=True,
)
ITEM = Target(label="item", kinds=("Item",), remedy="Add it there, or correct the item at the source.")
CLASS = Target(label="class", kinds=("Class",), remedy="Add it there, or correct the class at the source.")

TARGETS = (CUSTOMER, ITEM, CLASS)


def references(memo: CreditMemoDocument, settings: Settings, connector: Connector) -> Iterator[Reference]:
    """Give the customer, and each line's item and class."""
    yield Reference(at="organization", target=CUSTOMER, name=memo.organization)
    for place, line in enumerate(memo.lines):
        where = f"line {place + 1}"
        item = line.item or (settings.default_item if line.amount else None)
        if item:
            yield Reference(at=f"lines[{place}].item", target=ITEM, name=item, where=where)
        if connector.tracks_classes:
            yield Reference(at=f"lines[{place}].class", target=CLASS, name=line.class_ or "", where=where)
