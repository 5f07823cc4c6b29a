"""Which expense reports may go; every rule of that part of the README is exercised here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import qbferry_expenses
from qbferry import first_reason
from qbferry_expenses.eligibility import RULES
from qbferry_expenses.settings import Settings
from qbferry_expenses.state import ReportState

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry_expenses.document import ExpenseReportDocument

    Item = Callable[..., dict[str, Any]]
    Document = Callable[..., ExpenseReportDocument]

ITEM = {"date": "2026-10-12", "category": "Meals", "amount": "20.00"}
OWN = {**ITEM, "id": "7", "reimbursable": False, "billable": True}
ADVANCES = {"transfer_cash_advances": True}
TO_AN_ACCOUNT = {**ADVANCES, "cash_advance_account": "Employee Advances"}

VETOED: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("Approved for payment", {"status": "Awaiting Approval"}, {}, 'the status "Awaiting Approval"'),
    ("Approved for payment", {"status": "Transferred to QuickBooks"}, {}, "Transferred to QuickBooks"),
    ("Reference number", {"id": "E" * 21}, {}, "holds 20 characters"),
    ("Something to reimburse", {"items": []}, {}, "no reimbursable item"),
    (
        "Something to reimburse",
        {"items": [OWN]},
        {"transfer_non_reimbursable": True},
        "no reimbursable item",
    ),
    (
        "Billable to a customer",
        {"items": [ITEM, {**ITEM, "billable": True}]},
        {},
        "Item 2 of expense report ER-3 is billable",
    ),
    (
        "Billable to a customer",
        {"items": [ITEM, OWN]},
        {"transfer_non_reimbursable": True},
        "Item 7 of expense report ER-3 is billable",
    ),
    ("Cash advance account", {"cash_advance": "10.00"}, ADVANCES, "a cash advance of 10.00"),
    ("Total not negative", {"cash_advance": "43.11"}, TO_AN_ACCOUNT, "comes to -0.01"),
    ("Total not negative", {"items": [{**ITEM, "amount": "-5"}]}, {}, "comes to -5.00"),
]

ALLOWED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("Approved for payment", {"status": " approved for payment"}, {}),
    ("Reference number", {"id": "E" * 20}, {}),
    ("Something to reimburse", {"items": [OWN, ITEM]}, {}),
    ("Billable to a customer", {"items": [ITEM, {**ITEM, "billable": True}]}, {"billable": "NotBillable"}),
    ("Billable to a customer", {"items": [ITEM, OWN]}, {}),
    ("Cash advance account", {"cash_advance": "10.00"}, {}),
    ("Cash advance account", {"cash_advance": "0.00"}, ADVANCES),
    ("Total not negative", {"cash_advance": "43.10"}, TO_AN_ACCOUNT),
    ("Total not negative", {"cash_advance": "50.00"}, {}),
    ("Total not negative", {"items": [ITEM, {**OWN, "amount": "-900.00"}]}, {}),
]


@pytest.mark.parametrize(("rule", "changes", "settings", "words"), VETOED)
def test_a_report_that_breaks_a_rule_is_told_why(
    rule: str, changes: dict[str, Any], settings: dict[str, Any], words: str, document: Document
) -> None:
    values = Settings.model_validate(settings)
    reason = first_reason(RULES, document(**changes), ReportState(), values)
    assert reason
    assert words in reason
    assert reason == RULES[rule](document(**changes), ReportState(), values)


@pytest.mark.parametrize(("rule", "changes", "settings"), ALLOWED)
def test_a_report_that_keeps_the_rules_may_go(
    rule: str, changes: dict[str, Any], settings: dict[str, Any], document: Document
) -> None:
    assert rule in RULES
    assert first_reason(RULES, document(**changes), ReportState(), Settings.model_validate(settings)) is None


def test_a_report_with_a_bill_is_told_how_it_could_go_again(document: Document) -> None:
    state = ReportState(quickbooks_reference="ER-3", status="Transferred to QuickBooks")
    reason = first_reason(RULES, document(), state, Settings())
    assert reason is not None
    assert "in QuickBooks as bill ER-3" in reason
    assert "qbferry clear-external-number expense_report ER-3" in reason


@pytest.mark.parametrize("status", ["Approved for Payment", "transferred to quickbooks"])
def test_a_report_whose_bill_was_let_go_of_may_go_though_its_source_still_tells_of_it(
    status: str, document: Document
) -> None:
    assert first_reason(RULES, document(status=status), ReportState(let_go=True), Settings()) is None
    rejected = first_reason(RULES, document(status="Rejected"), ReportState(let_go=True), Settings())
    assert 'the status "Rejected"' in (rejected or "")


def test_every_rule_of_the_readme_is_exercised() -> None:
    readme = Path(qbferry_expenses.__file__ or "").parents[1] / "README.md"
    section = readme.read_text(encoding="utf-8").partition("## Which expense reports may go")[2]
    named = re.findall(r"^- \*\*(.+?)\.\*\*", section.partition("\n## ")[0], re.MULTILINE)
    assert named == [*RULES]
    assert {rule for rule, *_ in VETOED} == {rule for rule, *_ in ALLOWED} == set(RULES) - {named[0]}
