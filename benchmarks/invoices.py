"""Invoices of three lines, for many customers, days and amounts."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["invoice", "invoices"]


def invoice(number: int, prefix: str = "INV") -> dict[str, Any]:
    """One as its source gives it; all that the summary holds differs from one to the next."""
    quantity, rate = 1 + number % 7, 40 + number % 97
    line = {
        "item": "Labor~Remote",
        "description": "Remote support",
        "service_date": "2026-10-03",
        "quantity": str(quantity),
        "rate": f"{rate}.00",
        "amount": f"{quantity * rate}.00",
        "taxable": True,
        "class": None,
    }
    return {
        "id": f"{prefix}-{number:07}",
        "organization": f"Customer {number * 7919 % 997:03}",
        "invoice_date": f"2026-{1 + number % 12:02}-{1 + number % 28:02}",
        "total": f"{3 * quantity * rate}.00",
        "tax_total": "0.00",
        "status": "processed",
        "bill_to": {"address1": "1 Main St", "city": "Troy", "state": "NY", "postal_code": "12180"},
        "lines": [{"id": str(place), **line} for place in (1, 2, 3)],
    }


def invoices(count: int, prefix: str = "INV") -> str:
    """JSON Lines."""
    return "".join(json.dumps(invoice(number, prefix)) + "\n" for number in range(count))
