"""Which credit memos may go, rule by rule as the README names them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from qbferry_credit_memos.document import CreditMemoDocument
from qbferry_credit_memos.eligibility import RULES
from qbferry_credit_memos.settings import Settings

from .conftest import RECORD

README = Path(__file__).parents[3] / "plugins" / "credit_memos" / "README.md"


def reasons(settings: dict[str, Any] | None = None, **changes: Any) -> dict[str, str]:
    memo = CreditMemoDocument.model_validate(RECORD | changes)
    values = Settings.model_validate(settings or {})
    return {name: reason for name, rule in RULES.items() if (reason := rule(memo, values))}


def test_the_readme_names_every_rule_and_every_setting() -> None:
    text = README.read_text("utf-8")
    part = text.partition("may go\n")[2].partition("\n## ")[0]
    assert re.findall(r"^- \*\*(.+)\.\*\*", part, re.MULTILINE) == list(RULES)
    assert set(re.findall(r"^\| `(\w+)` \| (?:`|none)", text, re.MULTILINE)) == set(Settings.model_fields)


def test_a_right_one_may_go() -> None:
    assert reasons() == {}
    assert reasons({"number": "source"}) == {}
    assert reasons(lines=[{"item": "Labor", "amount": "0"}]) == {}, "nothing may be credited"


@pytest.mark.parametrize(
    ("rule", "settings", "changes", "words"),
    [
        ("Not voided", {}, {"voided": True}, "CM-7 is voided"),
        ("Something to credit", {}, {"lines": []}, "nothing to credit"),
        ("Something to credit", {}, {"lines": [{"amount": "0", "description": "only words"}]}, "no line"),
        ("Something to credit", {}, {"lines": [{"item": "Labor", "amount": "-1"}]}, "comes to -1.00"),
        ("Items", {}, {"lines": [{"amount": "1"}]}, "Line 1 of credit memo CM-7 has an amount but no item"),
        ("Number", {"number": "source"}, {"number": None}, "no number of its own"),
        ("Number", {"number": "source"}, {"number": "123456789012"}, "11 characters"),
    ],
)
def test_what_stays(rule: str, settings: dict[str, Any], changes: dict[str, Any], words: str) -> None:
    found = reasons(settings, **changes)
    assert [*found] == [rule]
    assert words in found[rule]


def test_a_default_item_serves_lines_without_one() -> None:
    assert reasons({"default_item": "Labor"}, lines=[{"amount": "1"}]) == {}
