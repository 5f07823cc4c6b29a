from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import Connector
from qbferry_invoices.document import InvoiceDocument
from qbferry_invoices.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

RECORD: dict[str, Any] = {
    "id": "INV-1001",
    "batch": "2026-10",
    "organization": "Acme Corp",
    "invoice_date": "2026-10-31",
    "due_date": "2026-11-30",
    "terms": "Net 30",
    "number": "A-1001",
    "purchase_order_number": "PO-77",
    "transmission": "none",
    "status": "processed",
    "total": "300.00",
    "tax_total": "0.00",
    "notes": "not sent",
    "memo": "October",
    "bill_to": {"address1": "1 Main St", "city": "Troy", "state": "NY", "postal_code": "12180"},
    "lines": [{"id": "1", "item": "Labor~Remote", "quantity": "2.5", "amount": "300.00", "taxable": True}],
}


@pytest.fixture
def document() -> Callable[..., InvoiceDocument]:
    """Makes an invoice that may go, with some of its fields changed."""

    def make(**changes: Any) -> InvoiceDocument:
        return InvoiceDocument.model_validate({**copy.deepcopy(RECORD), **changes})

    return make


@pytest.fixture
def connector() -> Connector:
    return Connector(id=1, name="main", country="US")


@pytest.fixture
def settings() -> Settings:
    return Settings()
