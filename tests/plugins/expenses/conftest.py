from __future__ import annotations

import copy
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import Connector, ListEntry
from qbferry.config import PluginSettings
from qbferry.plugin.manager import assemble
from qbferry.testing import FixedLists
from qbferry.testing.installation import Installation
from qbferry_expenses.document import ExpenseReportDocument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

RECORD: dict[str, Any] = {
    "id": "ER-3",
    "resource": "Smith, Ann",
    "name": "October travel",
    "week_ending": "2026-10-31",
    "status": "Approved for Payment",
    "cash_advance": "0.00",
    "items": [
        {
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
    ],
}

NAMES = {
    "Account": (
        *("Travel", "Travel:Billable", "Meals", "Lodging", "Mileage"),
        *("Employee Advances", "Company Card"),
    ),
    "Class": ("Projects", "Projects:Office 365"),
    "Customer": ("Acme Corp", "Acme Corp:Network Refresh"),
    "Vendor": ("v-Smith, Ann", "Contractor, Cal"),
}


@pytest.fixture
def record() -> Callable[..., dict[str, Any]]:
    """Makes the JSON of an expense report the sample company takes, with some fields changed."""

    def make(**changes: Any) -> dict[str, Any]:
        return {**copy.deepcopy(RECORD), **changes}

    return make


@pytest.fixture
def item() -> Callable[..., dict[str, Any]]:
    """Makes the JSON of an item with some fields changed."""

    def make(**changes: Any) -> dict[str, Any]:
        return {**copy.deepcopy(RECORD["items"][0]), **changes}

    return make


@pytest.fixture
def document(record: Callable[..., dict[str, Any]]) -> Callable[..., ExpenseReportDocument]:
    """Makes an expense report that may go, with some of its fields changed."""

    def make(**changes: Any) -> ExpenseReportDocument:
        return ExpenseReportDocument.model_validate(record(**changes))

    return make


@pytest.fixture
def connector() -> Connector:
    return Connector(id=1, name="main", country="US")


@pytest.fixture
def lists() -> FixedLists:
    """QuickBooks' lists as in the simulator's sample company."""
    return sample_lists()


def sample_lists() -> FixedLists:
    return FixedLists(
        ListEntry(kind=kind, list_id=f"{kind}-{number}", full_name=name)
        for kind, names in NAMES.items()
        for number, name in enumerate(names)
    )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Callable[..., Installation]]:
    """Makes an installation with these settings of the plugin; at the end books and QuickBooks must agree."""
    with ExitStack() as stack:
        made: list[Installation] = []

        def make(**settings: Any) -> Installation:
            plugins = assemble(PluginSettings.model_validate({"enabled": ["expenses"], "expenses": settings}))
            made.append(stack.enter_context(Installation(tmp_path, plugins=plugins)))
            return made[-1]

        yield make
        for installation in made:
            there = [row["TxnID"] for row in installation.company.transactions("Bill")]
            sent = [
                line.txn_id
                for record in installation.records("expense_report")
                for line in installation.history(record.id)
                if (line.request, line.kind) == ("BillAdd", "Sent")
            ]
            assert Counter(there) == Counter(sent), "every bill is in QuickBooks once, and nothing else is"
