"""Which payments may go, rule by rule as the README names them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from qbferry_payments.document import PaymentDocument
from qbferry_payments.eligibility import RULES
from qbferry_payments.settings import Settings

from .conftest import RECORD

README = Path(__file__).parents[3] / "plugins" / "payments" / "README.md"


def reasons(**changes: Any) -> dict[str, str]:
    payment = PaymentDocument.model_validate(RECORD | changes)
    return {name: reason for name, rule in RULES.items() if (reason := rule(payment))}


def test_the_readme_names_every_rule_and_every_setting() -> None:
    text = README.read_text("utf-8")
    part = text.partition("may go\n")[2].partition("\n## ")[0]
    assert re.findall(r"^- \*\*(.+)\.\*\*", part, re.MULTILINE) == list(RULES)
    assert set(re.findall(r"^\| `(\w+)` \| none", text, re.MULTILINE)) == set(Settings.model_fields)


def test_a_right_one_may_go() -> None:
    assert reasons() == {}
    assert reasons(invoices=[]) == {}, "it stays with the customer as a credit"


TWICE = [{"invoice": "INV-1", "amount": "1"}] * 2


@pytest.mark.parametrize(
    ("rule", "changes", "words"),
    [
        ("Not voided", {"voided": True}, "PAY-3 is voided"),
        ("Something paid", {"amount": "0", "invoices": []}, "over 0.00"),
        ("Something paid", {"invoices": [{"invoice": "INV-1", "amount": "-1"}]}, "-1.00 of invoice INV-1"),
        ("Not spent twice", {"amount": "299.99"}, "pays 300.00 of invoices"),
        ("Not spent twice", {"invoices": TWICE}, "invoice INV-1 more than once"),
        ("Number", {"number": "1" * 21}, "20 characters"),
    ],
)
def test_what_stays(rule: str, changes: dict[str, Any], words: str) -> None:
    found = reasons(**changes)
    assert [*found] == [rule]
    assert words in found[rule]
