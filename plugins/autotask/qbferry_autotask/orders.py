"""Purchase orders with their items and what was received of each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from qbferry import Fetched
from qbferry_autotask.api import both, either, where
from qbferry_autotask.known import Known
from qbferry_autotask.sweep import Cursor, sweep
from qbferry_autotask.values import plain, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qbferry_autotask.api import Api
    from qbferry_autotask.settings import Settings

    Row = Mapping[str, Any]

__all__ = ["document", "fetch"]

OPEN = ("Submitted", "Received Partial")
CLOSED = ("Received Full", "Canceled")
"""A new order is not sent to its vendor yet."""

FIELDS = (
    *("vendorID", "status", "externalPONumber", "freight", "generalMemo", "purchaseForCompanyID"),
    *("shippingType", "shipToAddress1", "shipToAddress2", "shipToCity", "shipToName", "shipToPostalCode"),
    "shipToState",
)
ITEM_FIELDS = ("orderID", "productID", "quantity", "unitCost", "ticketID", "projectID", "contractID")
RECEIPT_FIELDS = ("purchaseOrderItemID", "quantityNowReceiving")
RECEIPTS = 200


def fetch(api: Api, settings: Settings, text_: str | None) -> Fetched:
    """What was submitted, received or canceled since; those that are open are looked at each time.

    Autotask does not say when an order was changed. What is as it was is nothing new to qbferry.
    """
    open_, closed = (
        [api.number("PurchaseOrders", "status", each) for each in some] for some in (OPEN, CLOSED)
    )

    def conditions(since: str) -> Sequence[Row]:
        return [
            where("gte", "submitDateTime", cursor.floor),
            either(
                where("in", "status", open_),
                both(
                    where("in", "status", closed),
                    either(where("gte", "submitDateTime", since), where("gte", "cancelDateTime", since)),
                ),
            ),
        ]

    cursor = Cursor.read(text_, settings.since)
    stamps = ("submitDateTime", "cancelDateTime")
    rows, cursor, more = sweep(api, "PurchaseOrders", cursor, stamps, FIELDS, conditions)
    if not more:
        late, cursor, more = _received(api, cursor, {row["id"] for row in rows}, [*open_, *closed])
        rows += late
    items = api.named("PurchaseOrderItems", "orderID", (row["id"] for row in rows), ITEM_FIELDS)
    ids = (item["id"] for item in items)
    receipts = api.named("PurchaseOrderItemReceiving", "purchaseOrderItemID", ids, RECEIPT_FIELDS)
    known = Known(api)
    known.learn("Companies", (row[field] for row in rows for field in ("vendorID", "purchaseForCompanyID")))
    known.learn("ShippingTypes", (row["shippingType"] for row in rows))
    known.learn("Products", (item["productID"] for item in items))
    known.learn_owners(items)
    received: dict[Any, Decimal] = defaultdict(Decimal)
    for receipt in receipts:
        received[receipt["purchaseOrderItemID"]] += Decimal(receipt["quantityNowReceiving"] or 0)
    lines: dict[Any, list[Row]] = defaultdict(list)
    for item in items:
        lines[item["orderID"]].append(item)
    documents = [
        document(
            row, lines[row["id"]], received, known, api.label("PurchaseOrders", "status", row["status"]) or ""
        )
        for row in rows
    ]
    return Fetched(documents=documents, cursor=str(cursor), more=more)


def _received(
    api: Api, cursor: Cursor, there: set[int], statuses: Sequence[int]
) -> tuple[list[Row], Cursor, bool]:
    """The orders with receipts that are new, as far as they were not read anyway."""
    new = [where("gt", "id", cursor.other), where("gte", "receiveDate", cursor.floor)]
    receipts = api.page("PurchaseOrderItemReceiving", new, RECEIPT_FIELDS, RECEIPTS)
    if not receipts:
        return [], cursor, False
    items = api.named(
        "PurchaseOrderItems", "id", {one["purchaseOrderItemID"] for one in receipts}, ("orderID",)
    )
    wanted = {item["orderID"] for item in items} - there
    same = [where("in", "status", [*statuses]), where("gte", "submitDateTime", cursor.floor)]
    rows = api.named("PurchaseOrders", "id", wanted, FIELDS, *same)
    return rows, replace(cursor, other=receipts[-1]["id"]), len(receipts) == RECEIPTS


def document(
    row: Row, items: Sequence[Row], received: Mapping[Any, Decimal], known: Known, status: str
) -> dict[str, Any]:
    """A purchase order as qbferry takes it."""
    purchase_for = known.company(row["purchaseForCompanyID"])
    return {
        "id": str(row["id"]),
        "vendor": known.company(row["vendorID"]) or "",
        "status": status,
        "external_po_number": text(row["externalPONumber"]),
        "purchase_for": purchase_for,
        "ship_to": {
            "name": text(row["shipToName"]),
            "address1": text(row["shipToAddress1"]),
            "address2": text(row["shipToAddress2"]),
            "city": text(row["shipToCity"]),
            "state": text(row["shipToState"]),
            "postal_code": text(row["shipToPostalCode"]),
        },
        "shipping_type": known.text("ShippingTypes", row["shippingType"]),
        "freight": plain(row["freight"]) if row["freight"] else None,
        "general_memo": text(row["generalMemo"]),
        "lines": [
            {
                "id": str(item["id"]),
                "product": known.text("Products", item["productID"]) or "",
                "manufacturer_part_number": known.text(
                    "Products", item["productID"], "manufacturerProductName"
                ),
                "quantity": plain(item["quantity"] or 0),
                "unit_cost": plain(item["unitCost"]),
                "organization": known.owner(item) or purchase_for,
                "received": plain(received.get(item["id"], 0)),
            }
            for item in items
        ],
    }
