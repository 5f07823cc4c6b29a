"""From an order's state to its QuickBooks requests; what each field becomes is a table in the README."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry import Request, Skip, full_name
from qbferry_purchase_orders import resync

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from qbferry import Connector, Lists
    from qbferry_purchase_orders.document import OrderLine, PurchaseOrderDocument, ShipTo
    from qbferry_purchase_orders.settings import Settings
    from qbferry_purchase_orders.state import OrderRecord, OrderState, QuickBooksOrder

__all__ = ["DELETE", "ORDER", "item_name", "requests"]

ORDER, LOOK, DELETE = "order", "look", "delete"

ITEM_LENGTH = 31
"""What QuickBooks holds of an item's name, level by level (facts C); longer ones are cut."""

VENDOR_LENGTH = 41
SHIP_METHOD_LENGTH = 15


def requests(
    record: OrderRecord, settings: Settings, connector: Connector, lists: Lists
) -> Iterable[Request] | Skip:
    """Give what is next: the order itself, a question, a receipt, a deletion; nothing when all is said.

    Nothing as well when QuickBooks has what was next and only the booking is left to do.
    """
    order, state = record.document, record.state
    if not {ORDER, DELETE, state.receipt_key}.isdisjoint(record.done):
        return []
    if not state.in_quickbooks:
        return _add(order, settings, connector, lists, begun=bool(record.done))
    if not (order.canceled or resync.outstanding(order, state)):
        return []
    if state.order_txn_id is None:
        return Skip(
            f"Nobody noted which order in QuickBooks purchase order {order.id} is, so it cannot be "
            f"{'deleted' if order.canceled else 'received on'} from here. Do it in QuickBooks, then set the "
            "order not ready here."
        )
    fields = {"txn_id": state.order_txn_id}
    seen = state.recent(connector.at)
    if order.canceled and seen:
        reason = resync.no_receipts(order, state, seen)
        return Skip(reason) if reason else [Request(key=DELETE, name="TxnDel", fields=fields)]
    if state.sending and seen:
        return [_receipt(state, seen, connector.today)]
    return [Request(key=LOOK, name="PurchaseOrderQuery", fields=fields)]


def item_name(product: str) -> str:
    """The QuickBooks item of a product: ``Parent~Child`` -> ``Parent:Child``, each level cut."""
    return ":".join(part[:ITEM_LENGTH].strip() for part in full_name(product).split(":"))


def _receipt(state: OrderState, seen: QuickBooksOrder, today: date) -> Request:
    fields = {
        "vendor": seen.vendor,
        "date": today,
        "txn_id": state.order_txn_id,
        "lines": [
            {"quantity": quantity, "line_id": state.line_ids[name]}
            for name, quantity in state.sending.items()
        ],
    }
    return Request(key=state.receipt_key, name="ItemReceiptAdd", fields=fields, label="receipt")


def _add(
    order: PurchaseOrderDocument, settings: Settings, connector: Connector, lists: Lists, *, begun: bool
) -> list[Request] | Skip:
    if reason := _mixed_up(order):
        return Skip(reason)
    built: list[Request] = []
    vendor = lists.find("Vendor", order.vendor)
    if vendor is None and lists.known("Vendor") and settings.create_vendor:
        if len(order.vendor) > VENDOR_LENGTH or ":" in order.vendor:
            return Skip(
                f'QuickBooks has no vendor "{order.vendor}", and cannot hold one of that name: it has at '
                f"most {VENDOR_LENGTH} characters and no colon. Shorten it at the source."
            )
        built.append(
            Request(
                key="vendor",
                name="VendorAdd",
                fields={"name": order.vendor},
                label=f"vendor {order.vendor[:60]}",
            )
        )
    if settings.create_items and lists.known("Item"):
        built += _items(order, settings, lists)
    fields = {
        "vendor": vendor.full_name if vendor else order.vendor,
        "date": connector.today,
        "ship_to_customer": order.purchase_for,
        "ship_to": _address(order.ship_to) if order.ship_to else None,
        "ship_method": _ship_method(order.shipping_type, lists),
        "fob": order.freight,
        "vendor_message": order.general_memo,
        # Always said: QuickBooks ticks "Print later" by itself when it is not.
        "printed": order.transmission.prints,
        "emailed": order.transmission.emails,
        "lines": [_line(line) for line in order.lines],
    }
    label = "order" if built or begun else ""
    return [*built, Request(key=ORDER, name="PurchaseOrderAdd", fields=fields, label=label)]


def _mixed_up(order: PurchaseOrderDocument) -> str | None:
    """Two products whose names are one item once they are cut."""
    products: dict[str, str] = {}
    for line in order.lines:
        other = products.setdefault(item_name(line.product).casefold(), line.product)
        if other.casefold() != line.product.casefold():
            return (
                f'The products "{other}" and "{line.product}" of purchase order {order.id} are one item in '
                f"QuickBooks, which holds {ITEM_LENGTH} characters of a name. Shorten one of them."
            )
    return None


def _items(order: PurchaseOrderDocument, settings: Settings, lists: Lists) -> Iterator[Request]:
    named = {item_name(line.product).casefold(): line for line in order.lines}
    for line in named.values():
        item = item_name(line.product)
        if lists.find("Item", item):
            continue
        parent, _, name = item.rpartition(":")
        fields = {
            "name": name,
            "parent": parent,
            "manufacturer_part_number": line.manufacturer_part_number,
            "income_account": settings.income_account,
            "cost": line.unit_cost,
            "cogs_account": settings.cogs_account,
            "asset_account": settings.asset_account,
        }
        yield Request(key=f"item:{line.id}", name="ItemInventoryAdd", fields=fields, label=f"item {name}")


def _line(line: OrderLine) -> Mapping[str, Any]:
    return {
        "item": item_name(line.product),
        "manufacturer_part_number": line.manufacturer_part_number,
        "quantity": line.quantity,
        "cost": line.unit_cost,
        "customer": line.organization,
    }


def _address(ship_to: ShipTo) -> Mapping[str, Any]:
    return {
        "lines": [line for line in (ship_to.name, ship_to.address1, ship_to.address2) if line],
        "city": ship_to.city,
        "state": ship_to.state,
        "postal_code": ship_to.postal_code,
        "country": ship_to.country,
    }


def _ship_method(shipping_type: str | None, lists: Lists) -> str | None:
    """The shipping method QuickBooks has of that name; one it does not have is left out."""
    if not shipping_type or len(shipping_type) > SHIP_METHOD_LENGTH:
        return None
    found = lists.find("ShipMethod", shipping_type)
    return found.full_name if found else None
