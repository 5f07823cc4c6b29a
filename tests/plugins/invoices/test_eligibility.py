"""Which invoices may go; every rule the README names is exercised here."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import qbferry_invoices
from qbferry import first_reason
from qbferry_invoices.eligibility import RULES
from qbferry_invoices.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry import Connector
    from qbferry_invoices.document import InvoiceDocument

TAX_LINE = {"tax": "line", "tax_item": "Sales Tax"}

VETOED: list[tuple[str, dict[str, Any], dict[str, Any], str, str]] = [
    ("Not voided", {"status": "voided"}, {}, "US", "voided"),
    ("Not voided", {"status": "Voided"}, {}, "US", "voided"),
    ("Total not negative", {"total": "-0.01"}, {}, "US", "negative total (-0.01)"),
    ("Total not negative", {"total": None, "lines": [{"item": "Labor", "amount": "-5"}]}, {}, "US", "-5.00"),
    ("Something to invoice", {"lines": []}, {}, "US", "no line with an item or an amount"),
    ("Something to invoice", {"lines": [{"description": "Thanks", "amount": 0}]}, {}, "US", "no line"),
    (
        "Items",
        {"lines": [{"item": "Labor", "amount": "1"}, {"item": " ", "amount": "2"}]},
        {},
        "US",
        "Line 2 of invoice INV-1001 has an amount but no item",
    ),
    ("Number", {"number": None}, {"number": "source"}, "US", "no number of its own"),
    ("Number", {"number": "123456789012"}, {"number": "source"}, "US", '"123456789012" of invoice INV-1001'),
    ("Tax as a line", {}, TAX_LINE, "CA", "is of CA"),
]

ALLOWED: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("Not voided", {"status": "Processed"}, {}, "US"),
    ("Total not negative", {"total": "0.00"}, {}, "US"),
    ("Total not negative", {"total": "-0.01"}, {"negative": "credit_memo"}, "US"),
    (
        "Total not negative",
        {"total": None, "tax_total": "8.00", "lines": [{"item": "Labor", "amount": "-5"}]},
        {},
        "US",
    ),
    ("Something to invoice", {"lines": [{"item": "Labor", "amount": "0.00"}]}, {}, "US"),
    ("Items", {"lines": [{"amount": "2.00"}]}, {"default_item": "Labor"}, "US"),
    ("Number", {"number": None}, {}, "US"),
    ("Number", {"number": "12345678901"}, {"number": "source"}, "US"),
    ("Tax as a line", {}, TAX_LINE, "US"),
    ("Tax as a line", {}, TAX_LINE, ""),
]


@pytest.mark.parametrize(("rule", "changes", "given", "country", "words"), VETOED)
def test_a_rule_stops_an_invoice_and_says_why(
    rule: str,
    changes: dict[str, Any],
    given: dict[str, Any],
    country: str,
    words: str,
    document: Callable[..., InvoiceDocument],
    connector: Connector,
) -> None:
    invoice, settings, there = document(**changes), Settings(**given), replace(connector, country=country)
    reason = RULES[rule](invoice, settings, there)
    assert reason is not None
    assert words in reason
    assert first_reason(RULES, invoice, settings, there) == reason


@pytest.mark.parametrize(("rule", "changes", "given", "country"), ALLOWED)
def test_a_rule_lets_an_invoice_go(
    rule: str,
    changes: dict[str, Any],
    given: dict[str, Any],
    country: str,
    document: Callable[..., InvoiceDocument],
    connector: Connector,
) -> None:
    invoice, settings, there = document(**changes), Settings(**given), replace(connector, country=country)
    assert RULES[rule](invoice, settings, there) is None
    assert first_reason(RULES, invoice, settings, there) is None


def test_payment_and_notes_do_not_stop_an_invoice(
    document: Callable[..., InvoiceDocument], connector: Connector, settings: Settings
) -> None:
    paid = document(paid_date="2026-11-02", paid_by_payment_processing=True, notes="never sent")
    assert first_reason(RULES, paid, settings, connector) is None


def test_every_rule_of_the_readme_is_exercised() -> None:
    readme = Path(qbferry_invoices.__file__ or "").parents[1] / "README.md"
    named = re.findall(r"^- \*\*(.+?)\.\*\*", readme.read_text(encoding="utf-8"), re.MULTILINE)
    assert named == list(RULES)
    assert {case[0] for case in VETOED} == {case[0] for case in ALLOWED} == set(RULES)
