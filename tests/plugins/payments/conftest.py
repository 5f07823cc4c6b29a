from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry.config import PluginSettings
from qbferry.plugin.manager import assemble
from qbferry.testing.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECORD: dict[str, Any] = {
    "id": "PAY-3",
    "batch": "2026-10",
    "organization": "Acme Corp",
    "payment_date": "2026-11-15",
    "amount": "350.00",
    "number": "1007",
    "method": "credit card",
    "memo": "October",
    "invoices": [{"invoice": "INV-1", "amount": "300.00"}],
}
SETTINGS: dict[str, Any] = {"methods": {"Credit Card": "Visa"}}


def invoice(number: int = 1, **changes: Any) -> dict[str, Any]:
    """An invoice of 300.00."""
    return {
        "id": f"INV-{number}",
        "organization": "Acme Corp",
        "invoice_date": "2026-10-31",
        "lines": [{"item": "Labor", "amount": "300.00"}],
    } | changes


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Installation]:
    settings = PluginSettings.model_validate({"enabled": ["invoices", "payments"], "payments": SETTINGS})
    with Installation(tmp_path, plugins=assemble(settings)) as installation:
        yield installation
