"""The expenses plugin holds the contract of all plugins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from qbferry import ListEntry
from qbferry.testing import EntityContract, FixedLists
from qbferry_expenses.plugin import Expenses

GOLDEN = Path(__file__).parent / "golden"


def golden(**settings: Any) -> tuple[dict[str, Any], ...]:
    """The records of the golden files with these settings."""
    cases = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(GOLDEN.glob("*.json"))]
    return tuple(case["record"] for case in cases if case["settings"] == settings)


class TestExpenseReports(EntityContract):
    plugin = Expenses
    samples = golden()


class TestExpenseReportsOfNewVendors(EntityContract):
    plugin = Expenses
    lists = FixedLists([ListEntry(kind="Vendor", list_id="1", full_name="Ingram Micro")])
    samples = golden()


class TestExpenseReportsWithCashAdvances(EntityContract):
    plugin = Expenses
    settings: ClassVar = {"transfer_cash_advances": True, "cash_advance_account": "Employee Advances"}
    samples = golden(**settings)
