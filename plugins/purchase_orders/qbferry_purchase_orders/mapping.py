"""From an order's state to its QuickBooks requests; what each field becomes is a table in the README."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry import Request, Skip
from qbferry_purchase_orders import resync
from qbferry_purchase_orders.references import ITEM_LENGTH, item_name
from qbferry_purchase_orders.state import RECEIPT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from qbferry import Connector, Names
    from qbferry_purchase_orders.document import OrderLine, PurchaseOrderDocument, ShipTo
    from qbferry_purchase_orders.state import OrderRecord, OrderState, QuickBooksOrder

__all__ = ["DELETE", "ORDER", "possible_keys", "requests"]

ORDER, LOOK, DELETE = "order", "look", "delete"


def requests(record: OrderRecord, connector: Connector, names: Names) -> Iterable[Request] | Skip:
    """Give what is next: the order itself, a question, a receipt, a deletion; nothing when all is said.

    Nothing as well when QuickBooks has what was next and only the booking is left to do.
    """
    order, state = record.document, record.state
    if any(key in (ORDER, DELETE) or key.startswith(RECEIPT) for key in record.done):
        return []
    if not state.in_quickbooks:
        return _add(order, connector, names)
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


def possible_keys(record: OrderRecord) -> list[str]:
    """The keys of all that may have been sent of an order: itself, receipts, its deletion.

    When our database was restored from a backup, QuickBooks may have more receipts than are known here.
    """
    return [ORDER, *record.state.possible_receipts, DELETE]


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


def _add(order: PurchaseOrderDocument, connector: Connector, names: Names) -> list[Request] | Skip:
    if reason := _mixed_up(order):
        return Skip(reason)
    fields = {
        "vendor": names["vendor"],
        "date": connector.today,
        "ship_to_customer": names.get("purchase_for"),
        "ship_to": _address(order.ship_to) if order.ship_to else None,
        "ship_method": names.get("shipping_type"),
        "fob": order.freight,
        "vendor_message": order.general_memo,
        # Always said: QuickBooks ticks "Print later" by itself when it is not.
        "printed": order.transmission.prints,
        "emailed": order.transmission.emails,
        "lines": [_line(line, f"lines[{place}]", names) for place, line in enumerate(order.lines)],
    }
    return [Request(key=ORDER, name="PurchaseOrderAdd", fields=fields)]


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


def _line(line: OrderLine, at: str, names: Names) -> Mapping[str, Any]:
    return {
        "item": names[f"{at}.item"],
        "manufacturer_part_number": line.manufacturer_part_number,
        "quantity": line.quantity,
        "cost": line.unit_cost,
        "customer": names.get(f"{at}.customer"),
    }


def _address(ship_to: ShipTo) -> Mapping[str, Any]:
    return {
        "lines": [line for line in (ship_to.name, ship_to.address1, ship_to.address2) if line],
        "city": ship_to.city,
        "state": ship_to.state,
        "postal_code": ship_to.postal_code,
        "country": ship_to.country,
    }
