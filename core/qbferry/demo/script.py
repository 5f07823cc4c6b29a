"""What the demo sends, and how each record is to end."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Any

from qbferry.model import TransferStatus

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Part", "first_act", "second_act"]

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
class Part:
    """A record of the demo and its expected end.

    Attributes:
        entity: Its entity.
        document: What is imported.
        status: Where it must stand after the run.
        reason: Words that its reason must contain, if it does not go.
    """

    entity: str
    document: dict[str, Any]
    status: TransferStatus = TRANSFERRED
    reason: str = ""


def first_act() -> list[Part]:
    """Forty invoices: most go, some may not, some QuickBooks refuses."""
    numbers = iter(range(1001, 2000))
    return [
        *(Part(entity="invoice", document=document) for document in _invoices(numbers, 33)),
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


def second_act() -> list[Part]:
    """The next day: somebody has corrected an invoice; what failed otherwise fails again."""
    return [_invoice_that(iter([1039]), TRANSFERRED, "", purchase_order_number="PO 2026-10-31")]


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


def _invoice_that(numbers: Iterator[int], ends: TransferStatus, because: str, /, **changes: Any) -> Part:
    return Part(entity="invoice", document=_invoice(next(numbers), **changes), status=ends, reason=because)


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
