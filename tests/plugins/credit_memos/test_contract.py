"""The credit_memos plugin holds the contract of all plugins."""

from __future__ import annotations

from typing import Any, ClassVar

from qbferry.testing import EntityContract
from qbferry_credit_memos.plugin import CreditMemos

from .conftest import RECORD

LEAST: dict[str, Any] = {
    "id": "CM-8",
    "organization": "Cedar Clinic",
    "credit_date": "2026-10-31",
    "lines": [{"item": "Labor", "amount": "0"}],
}


class TestCreditMemos(EntityContract):
    plugin = CreditMemos
    samples = (RECORD, LEAST)


class TestCreditMemosWithTheirOwnNumber(EntityContract):
    plugin = CreditMemos
    settings: ClassVar = {"number": "source", "default_item": "Labor"}
    samples = (RECORD,)
