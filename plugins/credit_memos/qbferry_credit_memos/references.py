"""What the names in a credit memo stand for in QuickBooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import Reference, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry import Connector, ListEntry
    from qbferry_credit_memos.document import CreditMemoDocument
    from qbferry_credit_memos.settings import Settings

__all__ = ["TARGETS", "UNCOUNTED", "references"]

UNCOUNTED = frozenset({"ItemDiscount", "ItemPayment", "ItemSalesTax", "ItemSubtotal"})
"""The kinds of items that have no quantity (facts E)."""

GROUPS = {"ItemGroup": "is a group of items", "ItemSalesTaxGroup": "is a group of sales taxes"}
"""The kinds of items that no line can be."""

DEFAULTS = {
    True: ("taxable_code", "DefaultTaxableSalesTaxCodeRef", "Tax"),
    False: ("non_taxable_code", "DefaultNonTaxableSalesTaxCodeRef", "Non"),
}
"""Taxable or not -> the setting, the preference that names the company file's own code, and a usual one."""


def _uncredited(item: ListEntry) -> str | None:
    """Why an item cannot be a line of a credit memo."""
    what = GROUPS.get(item.data.get("Type", ""))
    return f"{what}, and no line of a credit memo can be one" if what else None


CUSTOMER = Target(
    label="customer",
    kinds=("Customer",),
    remedy="Add it there, or correct the organization at the source.",
    inactive=True,
)
ITEM = Target(
    label="item",
    kinds=("Item",),
    remedy="Add it there, or correct the item at the source.",
    unfit=_uncredited,
    mend="Name its members one by one at the source, or another item.",
)
CLASS = Target(label="class", kinds=("Class",), remedy="Add it there, or correct the class at the source.")

TAX_CODE = Target(
    label="sales tax code",
    kinds=("SalesTaxCode",),
    remedy="Name one that it has, or leave the setting out: QuickBooks' own default holds then.",
)

TARGETS = (CUSTOMER, ITEM, CLASS, TAX_CODE)


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
    # A company without sales tax has no codes (facts C, E).
    if connector.features and not connector.features.keys() & {"PaySalesTax", DEFAULTS[True][1]}:
        return
    charged = (line for line in memo.lines if line.item or line.amount)
    for taxable in sorted({line.taxable for line in charged if line.taxable is not None}):
        setting, preference, usual = DEFAULTS[taxable]
        name = getattr(settings, setting) or connector.features.get(preference) or usual
        yield Reference(at=setting, target=TAX_CODE, name=name, where=f"{setting} in [plugins.credit_memos]")
