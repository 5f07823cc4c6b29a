"""What the demo sends, and how each record is to end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import cycle
from typing import TYPE_CHECKING, Any

from qbferry.model import TransferStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BOOKS", "DemoRecord", "first_act", "second_act"]

BOOKS = {"Invoice": 35, "TimeTracking": 7, "Bill": 2, "PurchaseOrder": 1, "ItemReceipt": 1}
"""What QuickBooks must have at the end, a canceled order deleted and received goods booked."""

TRANSFERRED, FAILED = TransferStatus.TRANSFERRED, TransferStatus.FAILED
NOT_TRANSFERRED = TransferStatus.NOT_TRANSFERRED

CUSTOMERS = ("Acme Corp", "Birch & Sons", "Cedar Clinic", "Elm Retail", "Acme Corp~Network Refresh")
WORK = (
    ("Labor~Remote", "Remote support", "120.00"),
    ("Labor~On-site", "Visit", "150.00"),
    ("Recurring Service", "Managed workstations", "45.00"),
)
HOURS = ("1", "2.5", "4", "0.75")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRecord:
    """A record of the demo and its expected end.

    Attributes:
        entity: Its entity.
        document: What is imported.
        status: Where it must stand after the run.
        reason: Words that its reason must contain, if it does not go.
        news: What happened at its source on the second day.
    """

    entity: str
    document: dict[str, Any]
    status: TransferStatus = TRANSFERRED
    reason: str = ""
    news: str = ""


def first_act() -> list[DemoRecord]:
    """Forty invoices, and some of every other kind: most go, some may not, some QuickBooks refuses."""
    return [*_forty_invoices(), *_timesheets(), *_expense_reports(), *_purchase_orders()]


def second_act() -> list[DemoRecord]:
    """The next day: two records were corrected, goods were received, an order was canceled.

    What failed otherwise fails again.
    """
    return [
        replace(
            _invoice_that(iter([1039]), TRANSFERRED, "", purchase_order_number="PO 2026-10-31"),
            news="corrected: its purchase order number was too long for QuickBooks",
        ),
        DemoRecord(
            entity="timesheet",
            document=_timesheet("TS-13", entries=[_entry(1), _entry(2)]),
            news="corrected: an entry had an item that QuickBooks does not know",
        ),
        DemoRecord(
            entity="purchase_order",
            document=_order("PO-201", received="1"),
            news="one of two switches arrived; QuickBooks has an item receipt for it",
        ),
        DemoRecord(
            entity="purchase_order",
            document=_order("PO-202", status="Canceled"),
            news="canceled after it was transferred, and so deleted in QuickBooks",
            status=NOT_TRANSFERRED,
            reason="canceled",
        ),
    ]


def _forty_invoices() -> list[DemoRecord]:
    numbers = iter(range(1001, 2000))
    return [
        *(DemoRecord(entity="invoice", document=document) for document in _invoices(numbers, 33)),
        _invoice_that(numbers, NOT_TRANSFERRED, "void", status="voided"),
        _invoice_that(
            numbers,
            NOT_TRANSFERRED,
            "negative",
            total="-80.00",
            lines=[{"id": "1", "item": "Labor~Remote", "quantity": "1", "amount": "-80.00"}],
        ),
        _invoice_that(numbers, FAILED, "Fir Logistics", organization="Fir Logistics"),
        _invoice_that(
            numbers,
            FAILED,
            "Labor:Overnight",
            total="90.00",
            lines=[{"id": "1", "item": "Labor~Overnight", "quantity": "1", "amount": "90.00"}],
        ),
        _invoice_that(numbers, FAILED, "e-mail", organization="Cedar Clinic", transmission="email"),
        _invoice_that(numbers, FAILED, "PONumber", purchase_order_number="PO 2026-10-31 for the new office"),
        _invoice_that(numbers, TRANSFERRED, "", organization="Dormant Inc", notes="Inactive in QuickBooks."),
    ]


def _invoices(numbers: Iterator[int], count: int) -> Iterator[dict[str, Any]]:
    customers, hours = cycle(CUSTOMERS), cycle(HOURS)
    for _ in range(count):
        number = next(numbers)
        lines = []
        total = 0
        for line, (item, description, rate) in enumerate(WORK[: 1 + number % 3], 1):
            quantity = next(hours)
            cents = round(float(quantity) * float(rate) * 100)
            total += cents
            lines.append(
                {
                    "id": str(line),
                    "item": item,
                    "description": description,
                    "service_date": f"2026-10-{1 + number % 28:02}",
                    "quantity": quantity,
                    "rate": rate,
                    "amount": f"{cents / 100:.2f}",
                    "class": "Managed Services",
                }
            )
        yield _invoice(number, organization=next(customers), total=f"{total / 100:.2f}", lines=lines)


def _invoice_that(
    numbers: Iterator[int], ends: TransferStatus, because: str, /, **changes: Any
) -> DemoRecord:
    return DemoRecord(
        entity="invoice", document=_invoice(next(numbers), **changes), status=ends, reason=because
    )


def _invoice(number: int, /, **changes: Any) -> dict[str, Any]:
    line = {"id": "1", "item": "Labor~Remote", "quantity": "1", "amount": "120.00"}
    return {
        "id": f"INV-{number}",
        "batch": "2026-10",
        "organization": "Acme Corp",
        "invoice_date": "2026-10-31",
        "total": "120.00",
        "lines": [line],
    } | changes


def _timesheets() -> Iterator[DemoRecord]:
    yield DemoRecord(
        entity="timesheet", document=_timesheet("TS-11", entries=[_entry(day) for day in range(1, 6)])
    )
    yield DemoRecord(
        entity="timesheet",
        document=_timesheet("TS-12", status="Submitted"),
        status=NOT_TRANSFERRED,
        reason="pproved",
    )
    yield DemoRecord(
        entity="timesheet",
        document=_timesheet("TS-13", entries=[_entry(1), _entry(2, item="Labor~Overnight")]),
        status=FAILED,
        reason="entry 2",
    )
    yield DemoRecord(
        entity="timesheet",
        document=_timesheet("TS-14", resource="Hall, Zoe"),
        status=FAILED,
        reason="Hall, Zoe",
    )


def _timesheet(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": name,
        "resource": "Smith, Ann",
        "period_start": "2026-10-25",
        "period_end": "2026-10-31",
        "status": "Approved",
        "entries": [_entry(1)],
    } | changes


def _entry(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "date": f"2026-10-{25 + number}",
        "hours": "7.50",
        "organization": "Acme Corp",
        "item": "Labor~Remote",
        "payroll_category": "Regular",
        "class": None,
        "notes": "Patch day",
        "billable": True,
    } | changes


def _expense_reports() -> Iterator[DemoRecord]:
    yield DemoRecord(entity="expense_report", document=_expense_report("ER-31"))
    yield DemoRecord(entity="expense_report", document=_expense_report("ER-32", resource="Reyes, Lou"))
    yield DemoRecord(
        entity="expense_report",
        document=_expense_report("ER-33", status="Rejected"),
        status=NOT_TRANSFERRED,
        reason="pproved for Payment",
    )


def _expense_report(name: str, **changes: Any) -> dict[str, Any]:
    item = {
        "id": "1",
        "date": "2026-10-12",
        "category": "Travel",
        "description": "Taxi",
        "amount": "43.10",
        "organization": "Acme Corp",
        "billable": True,
        "reimbursable": True,
        "class": None,
    }
    return {
        "id": name,
        "resource": "Smith, Ann",
        "name": "October travel",
        "week_ending": "2026-10-31",
        "status": "Approved for Payment",
        "cash_advance": "0.00",
        "items": [item, item | {"id": "2", "category": "Meals", "amount": "18.40", "billable": False}],
    } | changes


def _purchase_orders() -> Iterator[DemoRecord]:
    yield DemoRecord(entity="purchase_order", document=_order("PO-201"))
    yield DemoRecord(entity="purchase_order", document=_order("PO-202"))
    yield DemoRecord(
        entity="purchase_order",
        document=_order("PO-203", product="Rack 42U"),
        status=FAILED,
        reason="Rack 42U",
    )


def _order(name: str, *, product: str = "Switch 24p", received: str = "0", **changes: Any) -> dict[str, Any]:
    lines = [
        {
            "id": str(number),
            "product": product,
            "manufacturer_part_number": "SW24",
            "quantity": "2",
            "unit_cost": "310.00",
            "organization": "Acme Corp",
            "received": received if number == 1 else "0",
        }
        for number in (1, 2)
    ]
    return {
        "id": name,
        "vendor": "Ingram Micro",
        "status": "Submitted",
        "external_po_number": None,
        "purchase_for": "Acme Corp",
        "ship_to": None,
        "shipping_type": "UPS",
        "freight": None,
        "general_memo": "Dock 4",
        "transmission": "none",
        "lines": lines,
    } | changes
