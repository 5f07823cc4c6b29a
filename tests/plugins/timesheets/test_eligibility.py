"""Which timesheets may go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry import first_reason
from qbferry_timesheets.eligibility import RULES
from qbferry_timesheets.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry_timesheets.document import TimesheetDocument

BASE = {"id": "7", "date": "2026-10-26", "hours": "1", "organization": "Acme Corp", "item": "Labor"}


def one(**changes: Any) -> dict[str, Any]:
    return {"entries": [{**BASE, **changes}]}


VETOED: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("Approved only", {"status": "Submitted"}, {}, 'has the status "Submitted"'),
    ("Approved only", {"status": ""}, {}, "only approved timesheets"),
    ("Something to transfer", {"entries": []}, {}, "no entry with hours"),
    ("Something to transfer", one(hours="0.00"), {}, "no entry with hours"),
    ("Possible hours", one(hours="24.01"), {}, "7 (24.01)"),
    ("Possible hours", one(hours="-1"), {}, "7 (-1)"),
    ("Within the period", one(date="2026-10-24"), {}, "7 (2026-10-24)"),
    ("Within the period", one(date="2026-11-01"), {}, "for 2026-10-25 to 2026-10-31"),
    ("Billable to someone", one(billable=True, organization=None), {}, "without organization or item: 7."),
    ("Billable to someone", one(billable=True, item=" "), {"billable": "HasBeenBilled"}, "item: 7."),
]

ALLOWED: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("Approved only", {"status": " APPROVED "}, {}),
    ("Something to transfer", {"entries": [BASE, {**BASE, "id": "8", "hours": 0}]}, {}),
    ("Possible hours", one(hours="24"), {}),
    ("Within the period", one(date="2026-10-25"), {}),
    ("Within the period", one(date="2026-10-31"), {}),
    ("Billable to someone", one(billable=True), {}),
    ("Billable to someone", one(billable=False, organization=None, item=None), {}),
    ("Billable to someone", one(billable=True, item=None), {"billable": "NotBillable"}),
    (
        "Billable to someone",
        {"entries": [BASE, {**BASE, "id": "8", "hours": 0, "billable": True, "item": None}]},
        {},
    ),
]


@pytest.mark.parametrize(("rule", "changes", "given", "words"), VETOED)
def test_a_rule_stops_a_timesheet_and_says_why(
    rule: str,
    changes: dict[str, Any],
    given: dict[str, Any],
    words: str,
    document: Callable[..., TimesheetDocument],
) -> None:
    timesheet, settings = document(**changes), Settings.model_validate(given)
    reason = RULES[rule](timesheet, settings)
    assert reason is not None
    assert "TS-9" in reason
    assert words in reason
    assert first_reason(RULES, timesheet, settings) == reason


@pytest.mark.parametrize(("rule", "changes", "given"), ALLOWED)
def test_a_rule_lets_a_timesheet_go(
    rule: str, changes: dict[str, Any], given: dict[str, Any], document: Callable[..., TimesheetDocument]
) -> None:
    timesheet, settings = document(**changes), Settings.model_validate(given)
    assert RULES[rule](timesheet, settings) is None
    assert first_reason(RULES, timesheet, settings) is None


def test_every_rule_is_exercised_both_ways() -> None:
    assert {case[0] for case in VETOED} == {case[0] for case in ALLOWED} == set(RULES)
