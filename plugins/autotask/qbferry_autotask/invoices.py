"""Invoices with their billing items; a batch is only a number on them."""

from __future__ import annotations

from collections import defaultdict
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from qbferry import Fetched
from qbferry_autotask.api import both, either, where
from qbferry_autotask.known import Known
from qbferry_autotask.settings import Item, Number
from qbferry_autotask.sweep import Cursor, sweep
from qbferry_autotask.values import cents, day, plain, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qbferry_autotask.api import Api
    from qbferry_autotask.settings import Settings

    Row = Mapping[str, Any]

__all__ = ["document", "fetch"]

FIELDS = (
    *("batchID", "comments", "companyID", "dueDate", "invoiceDateTime", "invoiceNumber", "invoiceTotal"),
    *("isVoided", "orderNumber", "paidDate", "paymentTerm", "totalTaxValue"),
)
ITEM_FIELDS = (
    *(
        "invoiceID",
        "billingCodeID",
        "billingItemType",
        "description",
        "extendedPrice",
        "itemDate",
        "itemName",
        "quantity",
        "rate",
        "roleID",
    ),
    *("organizationalLevelAssociationID", "taxDollars", "purchaseOrderNumber"),
)

KINDS = {
    "labor": "labor",
    "expense": "expense",
    "subscription": "subscription",
    "setup fee": "setup_fee",
    "service": "service",
    "milestone": "milestone",
    "block": "block",
    "retainer": "retainer",
    "incident": "ticket",
    "cost": "charge",
    "charge": "charge",
}
"""What the label of a type of billing items has in it -> what a line charges."""

NO_TYPES: Mapping[Any, str | None] = MappingProxyType({})


def fetch(api: Api, settings: Settings, text_: str | None) -> Fetched:
    """What was made or voided since, of what was not sent yet."""

    def conditions(since: str) -> Sequence[Row]:
        new = [where("gte", "createDateTime", since)]
        if settings.only_unsent:
            new.append(where("notExist", "webServiceDate"))
        return [either(both(*new), where("gte", "voidedDate", since))]

    cursor = Cursor.read(text_, settings.since)
    stamps = ("createDateTime", "voidedDate")
    rows, cursor, more = sweep(api, "Invoices", cursor, stamps, FIELDS, conditions)
    items = api.named("BillingItems", "invoiceID", (row["id"] for row in rows), ITEM_FIELDS)
    known = Known(api)
    known.learn("Companies", (row["companyID"] for row in rows))
    known.learn_emails(row["companyID"] for row in rows)
    known.learn_codes(items, "billingCodeID")
    known.learn("Roles", (item["roleID"] for item in items))
    known.learn_classes(item["organizationalLevelAssociationID"] for item in items)
    lines: dict[Any, list[Row]] = defaultdict(list)
    for item in items:
        lines[item["invoiceID"]].append(item)
    types = {key: api.label("BillingItems", "billingItemType", key) for key in _types(items)}
    terms = {key: api.label("Invoices", "paymentTerm", key) for key in {row["paymentTerm"] for row in rows}}
    documents = [
        document(row, lines[row["id"]], known, settings, terms.get(row["paymentTerm"]), types) for row in rows
    ]
    return Fetched(documents=documents, cursor=str(cursor), more=more)


def document(
    row: Row,
    items: Sequence[Row],
    known: Known,
    settings: Settings,
    terms: str | None = None,
    types: Mapping[Any, str | None] = NO_TYPES,
) -> dict[str, Any]:
    """An invoice as qbferry takes it."""
    orders = [text(item["purchaseOrderNumber"]) for item in items]
    return {
        "id": str(row["id"]),
        "batch": plain(row["batchID"]),
        "organization": known.company(row["companyID"]) or "",
        "invoice_date": day(row["invoiceDateTime"]),
        "due_date": day(row["dueDate"]),
        "terms": text(terms),
        "number": text(row["invoiceNumber"]) if settings.number is Number.AUTOTASK else None,
        "purchase_order_number": text(row["orderNumber"]) or next(filter(None, orders), None),
        "status": "voided" if row["isVoided"] else "processed",
        "total": cents(row["invoiceTotal"]),
        "tax_total": cents(row["totalTaxValue"] or 0),
        "paid_date": day(row["paidDate"]),
        "paid_by_payment_processing": bool(row["paidDate"]),
        "notes": text(row["comments"]),
        "bill_to": _address(known.row("Companies", row["companyID"])),
        "customer": _customer(row["companyID"], known),
        "lines": [_line(item, known, settings, types) for item in items],
    }


def _types(items: Sequence[Row]) -> set[Any]:
    return {item["billingItemType"] for item in items}


def _kind(label: str | None) -> str | None:
    """What an item charges, in the words of an invoice's line; None: Autotask has a type we do not know."""
    wanted = (label or "").casefold()
    return next((kind for words, kind in KINDS.items() if words in wanted), None)


def _line(item: Row, known: Known, settings: Settings, types: Mapping[Any, str | None]) -> dict[str, Any]:
    code, name = known.text("BillingCodes", item["billingCodeID"]), text(item["itemName"])
    return {
        "id": str(item["id"]),
        "item": (code or name) if settings.item is Item.BILLING_CODE else (name or code),
        "kind": _kind(types.get(item["billingItemType"])),
        "billing_code": code,
        "role": known.text("Roles", item["roleID"]),
        "name": name,
        "description": text(item["description"]),
        "service_date": day(item["itemDate"]),
        "quantity": plain(item["quantity"]),
        "rate": plain(item["rate"]),
        "amount": cents(item["extendedPrice"] or 0),
        "taxable": bool(item["taxDollars"]),
        "class": known.class_(item["organizationalLevelAssociationID"]),
    }


def _customer(key: Any, known: Known) -> dict[str, Any] | None:
    """What a customer gets that QuickBooks does not have yet."""
    company = known.row("Companies", key)
    if company is None:
        return None
    exempt = company["isTaxExempt"]
    return {
        "phone": text(company["phone"]),
        "email": known.email(key),
        "taxable": None if exempt is None else not exempt,
    }


def _address(company: Row | None) -> dict[str, Any] | None:
    """The billing address; None: it has none of its own, and QuickBooks' holds."""
    found = {
        "attention": company and text(company["billToAttention"]),
        "address1": company and text(company["billingAddress1"]),
        "address2": company and text(company["billingAddress2"]),
        "city": company and text(company["billToCity"]),
        "state": company and text(company["billToState"]),
        "postal_code": company and text(company["billToZipCode"]),
    }
    return found if found["address1"] else None
