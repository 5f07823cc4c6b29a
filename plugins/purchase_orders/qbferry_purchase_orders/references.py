"""What the names in a purchase order stand for in QuickBooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry import NewEntry, Reference, Target, full_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qbferry import ListEntry
    from qbferry_purchase_orders.document import OrderLine, PurchaseOrderDocument
    from qbferry_purchase_orders.settings import Settings
    from qbferry_purchase_orders.state import OrderRecord

__all__ = ["ACCOUNTS", "ITEM_LENGTH", "TARGETS", "item_name", "references"]

ITEM_LENGTH = 31
"""What QuickBooks holds of an item's name, level by level (facts C); longer ones are cut."""

SHIP_METHOD_LENGTH = 15

VENDOR = Target(
    label="vendor",
    kinds=("Vendor",),
    remedy="Create it there, set create_vendor = true in [plugins.purchase_orders], or correct the vendor at "
    "the source.",
)
BARRED = {
    "ItemDiscount": "a discount",
    "ItemGroup": "a group of items",
    "ItemPayment": "a payment",
    "ItemSalesTax": "a sales tax",
    "ItemSalesTaxGroup": "a group of sales taxes",
}
"""The kinds of items that no line of a purchase order can be (facts E)."""


def _unbought(item: ListEntry) -> str | None:
    what = BARRED.get(item.data.get("Type", ""))
    return f"is {what}, and no line of a purchase order can be one" if what else None


ITEM = Target(
    label="item",
    kinds=("Item",),
    unfit=_unbought,
    mend="Name another product at the source.",
    remedy="Create it there, set create_items = true in [plugins.purchase_orders], or correct the product at "
    "the source.",
)
CUSTOMER = Target(
    label="customer",
    kinds=("Customer",),
    remedy="Create it there, or correct the organization at the source.",
    inactive=True,
)
SHIP_METHOD = Target(label="shipping method", kinds=("ShipMethod",), remedy="It is left out.", optional=True)
TARGETS = (VENDOR, ITEM, CUSTOMER, SHIP_METHOD)


def _account(label: str, setting: str) -> Target:
    return Target(
        label=label,
        kinds=("Account",),
        remedy=f"Create it there, name another as {setting} in [plugins.purchase_orders], or map it: "
        "qbferry map set Account.",
    )


ACCOUNTS = {
    "income_account": _account("income account", "income_account"),
    "cogs_account": _account("account for the cost of goods sold", "cogs_account"),
    "asset_account": _account("inventory account", "asset_account"),
}
"""What items that are made name, by the field and the setting."""


def references(record: OrderRecord, settings: Settings) -> Iterator[Reference]:
    """Give the names of an order that QuickBooks does not have yet; what comes later goes by its TxnID."""
    if record.state.in_quickbooks:
        return
    order = record.document
    yield Reference(
        at="vendor",
        target=VENDOR,
        name=order.vendor,
        new=_new_vendor(order) if settings.create_vendor else None,
    )
    if order.purchase_for:
        yield Reference(at="purchase_for", target=CUSTOMER, name=order.purchase_for)
    if order.shipping_type and len(order.shipping_type) <= SHIP_METHOD_LENGTH:
        yield Reference(at="shipping_type", target=SHIP_METHOD, name=order.shipping_type)
    for place, line in enumerate(order.lines):
        where = f"line {place + 1}"
        yield Reference(
            at=f"lines[{place}].item",
            target=ITEM,
            name=item_name(line.product),
            where=where,
            new=_new_item(line, settings) if settings.create_items else None,
        )
        if line.organization:
            yield Reference(
                at=f"lines[{place}].customer", target=CUSTOMER, name=line.organization, where=where
            )


def item_name(product: str) -> str:
    """The QuickBooks item of a product: ``Parent~Child`` -> ``Parent:Child``, each level cut."""
    return ":".join(part[:ITEM_LENGTH].strip() for part in full_name(product).split(":"))


def _new_vendor(order: PurchaseOrderDocument) -> NewEntry:
    return NewEntry(kind="Vendor", full_name=order.vendor, request="VendorAdd", fields={"name": order.vendor})


def _new_item(line: OrderLine, settings: Settings) -> NewEntry:
    fields = {"manufacturer_part_number": line.manufacturer_part_number, "cost": line.unit_cost}
    return _part(item_name(line.product), settings, fields)


def _part(item: str, settings: Settings, fields: Mapping[str, Any]) -> NewEntry:
    """An inventory part, in the one it lies in; what is known of the product is not told of that."""
    above, _, name = item.rpartition(":")
    blank = dict.fromkeys(fields)
    return NewEntry(
        kind="Item",
        full_name=item,
        request="ItemInventoryAdd",
        fields={**fields, **dict.fromkeys(ACCOUNTS), "name": name, "parent": None},
        longest=ITEM_LENGTH,
        names=tuple(
            Reference(at=at, target=target, name=getattr(settings, at)) for at, target in ACCOUNTS.items()
        ),
        parent=_part(above, settings, blank) if above else None,
    )
