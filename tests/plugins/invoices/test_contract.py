"""The invoices plugin holds the contract of all plugins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from qbferry.testing import EntityContract
from qbferry_invoices.plugin import Invoices

GOLDEN = Path(__file__).parent / "golden"


def golden(**settings: Any) -> tuple[dict[str, Any], ...]:
    """The records of the golden files with these settings."""
    cases = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(GOLDEN.glob("*.json"))]
    return tuple(case["record"] for case in cases if case["settings"] == settings)


class TestInvoices(EntityContract):
    plugin = Invoices
    samples = golden()


class TestInvoicesWithTheirOwnNumber(EntityContract):
    plugin = Invoices
    settings: ClassVar = {"number": "source"}
    samples = golden(**settings)


class TestInvoicesWhoseNumberIsAskedFor(EntityContract):
    plugin = Invoices
    settings: ClassVar = {"number": "source", "ask_number": True}
    samples = golden(number="source")


class TestInvoicesBelowZero(EntityContract):
    plugin = Invoices
    settings: ClassVar = {"negative": "credit_memo"}
    samples = golden(**settings)


class TestInvoicesWithCheckedNames(EntityContract):
    plugin = Invoices
    settings: ClassVar = {"check_names": True, "create_customers": True, "create_items": True}
    samples = golden()


class TestInvoicesWithTaxAsALine(EntityContract):
    plugin = Invoices
    settings: ClassVar = {"tax": "line", "tax_item": "Sales Tax"}
    samples = golden(**settings)
