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
    "id": "CM-7",
    "batch": "2026-10",
    "organization": "Acme Corp",
    "credit_date": "2026-10-31",
    "number": "C-7",
    "purchase_order_number": "PO-77",
    "memo": "Returned",
    "lines": [
        {"id": "1", "item": "Labor~Remote", "quantity": "2.5", "amount": "300.00", "taxable": False},
        {"amount": "0", "description": "Sorry for the noise"},
    ],
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Installation]:
    with Installation(tmp_path, plugins=assemble(PluginSettings(enabled=["credit_memos"]))) as installation:
        yield installation
