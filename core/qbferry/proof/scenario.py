"""What the proof asks for: records of every kind, and how each must end. All of it is data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from qbferry.config import PluginSettings
from qbferry.model import TransferStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "MOST_RECEIVED",
    "Wish",
    "creating",
    "creations",
    "first_day",
    "invoice",
    "order",
    "refused",
    "report",
    "second_day",
    "timesheet",
]

MOST_RECEIVED = 3
"""How many can be received on an order here."""

INCOME = "Product Sales"
"""An income account of the sample company."""

CREATE: Mapping[str, Mapping[str, Any]] = {
    "invoices": {
        "check_names": True,
        "create_customers": True,
        "create_items": True,
        "income_account": INCOME,
    },
    "purchase_orders": {"create_vendor": True, "create_items": True, "income_account": INCOME},
    "expenses": {"create_vendor": True},
}
"""Plugin -> the settings with which it makes what QuickBooks' lists have not got."""

TRANSFERRED, FAILED = TransferStatus.TRANSFERRED, TransferStatus.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A record, and what must have become of it.

    Attributes:
        entity: Its entity.
        document: What is imported.
        status: Where it must stand in the end.
        reason: Words its reason must contain.
        there: How many live transactions of each kind QuickBooks must have of it; None: what its books say.
        quantities: Kind -> the quantities its lines must add up to, over all its transactions; of a kind that
            is not in ``there`` there may be any number.
        names: List -> names that must be in it exactly once.
    """

    entity: str
    document: dict[str, Any]
    status: TransferStatus = TRANSFERRED
    reason: str = ""
    there: Mapping[str, int] | None = field(default_factory=dict)
    quantities: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def first_day() -> list[Wish]:
    """What has been transferred, without any fault, before the proof begins."""
    return [
        invoice("INV-1"),
        order("PO-1"),
        order("PO-2"),
    ]


def second_day() -> list[Wish]:
    """What is due when the crash comes: something new of each kind, receipts, a deletion, a refusal."""
    return [
        *(invoice(f"INV-{number}") for number in range(11, 15)),
        refused("INV-20"),
        timesheet("TS-11"),
        report("ER-11"),
        order("PO-11"),
        order(
            "PO-1",
            received="2",
            there={"PurchaseOrder": 1, "ItemReceipt": 1},
            quantities={"ItemReceipt": "2"},
        ),
        order("PO-2", state="Canceled", status=TransferStatus.NOT_TRANSFERRED, there={}),
    ]


def creations() -> list[Wish]:
    """What needs entries that QuickBooks must make first, each for two records; it takes ``creating``."""
    names = {"Customer": ("Newcomer", "Newcomer:Roof"), "ItemService": ("Survey", "Survey:On site")}
    jobs = [invoice(f"INV-{number}", "Newcomer~Roof", item="Survey~On site") for number in (15, 16)]
    goods = {"Vendor": ("New Supplies",), "ItemInventory": ("Router 8p",)}
    orders = [order(f"PO-{number}", vendor="New Supplies", product="Router 8p") for number in (12, 13)]
    return [
        *(replace(wish, names=names) for wish in jobs),
        *(replace(wish, names=goods) for wish in orders),
    ]


def creating(plugins: PluginSettings) -> PluginSettings:
    """The same plugins, which make what QuickBooks' lists have not got: that must be there once as well."""
    given = plugins.model_dump()
    tables = {
        name: given.get(name, {}) | table
        for name, table in CREATE.items()
        if plugins.enabled is None or name in plugins.enabled
    }
    return PluginSettings.model_validate(given | tables)


def invoice(
    name: str,
    organization: str = "Acme Corp",
    status: TransferStatus = TRANSFERRED,
    reason: str = "",
    there: Mapping[str, int] | None = None,
    item: str = "Labor~Remote",
) -> Wish:
    """An invoice of one line."""
    document = {
        "id": name,
        "organization": organization,
        "invoice_date": "2026-10-31",
        "total": "300.00",
        "lines": [{"id": "1", "item": item, "quantity": "2.5", "amount": "300.00"}],
    }
    wanted = {"Invoice": 1} if there is None else there
    return Wish(entity="invoice", document=document, status=status, reason=reason, there=wanted)


def refused(name: str) -> Wish:
    """An invoice of before the closing date, which only QuickBooks knows."""
    wish = invoice(name, status=FAILED, reason="closing date", there={})
    return replace(wish, document=wish.document | {"invoice_date": "2020-12-31"})


def timesheet(name: str) -> Wish:
    """A timesheet of three entries."""
    entries = [
        {
            "id": str(number),
            "date": f"2026-10-{25 + number}",
            "hours": f"{number}.25",
            "organization": "Acme Corp",
            "item": "Labor~Remote",
            "billable": True,
        }
        for number in (1, 2, 3)
    ]
    document = {
        "id": name,
        "resource": "Smith, Ann",
        "period_start": "2026-10-25",
        "period_end": "2026-10-31",
        "status": "Approved",
        "entries": entries,
    }
    return Wish(entity="timesheet", document=document, there={"TimeTracking": 3})


def report(name: str) -> Wish:
    """An expense report of somebody who must become a vendor first."""
    item = {
        "id": "1",
        "date": "2026-10-12",
        "category": "Travel",
        "description": "Taxi",
        "amount": "43.10",
        "organization": "Acme Corp",
        "billable": True,
        "reimbursable": True,
    }
    document = {
        "id": name,
        "resource": f"Traveler {name}, Tess",
        "name": "October travel",
        "week_ending": "2026-10-31",
        "status": "Approved for Payment",
        "items": [item],
    }
    vendor = f"v-Traveler {name}, Tess"
    return Wish(entity="expense_report", document=document, there={"Bill": 1}, names={"Vendor": (vendor,)})


def order(
    name: str,
    received: str = "0",
    state: str = "Submitted",
    status: TransferStatus = TRANSFERRED,
    there: Mapping[str, int] | None = None,
    quantities: Mapping[str, str] | None = None,
    vendor: str = "Ingram Micro",
    product: str = "Switch 24p",
) -> Wish:
    """A purchase order of two lines with the same product, the second of which is received."""
    line = {"product": product, "unit_cost": "310.00", "organization": "Acme Corp"}
    document = {
        "id": name,
        "vendor": vendor,
        "status": state,
        "lines": [
            line | {"id": "1", "quantity": "2"},
            line | {"id": "2", "quantity": str(MOST_RECEIVED), "received": received},
        ],
    }
    return Wish(
        entity="purchase_order",
        document=document,
        status=status,
        there={"PurchaseOrder": 1} if there is None else there,
        quantities=quantities or {},
    )
