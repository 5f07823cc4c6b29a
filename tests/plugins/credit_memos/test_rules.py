"""Which credit memos may go, rule by rule as the README names them."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from qbferry import Connector, ListEntry, Skip
from qbferry.plugin.manager import Plugins
from qbferry.testing import FixedLists, build, make_record
from qbferry_credit_memos.document import CreditMemoDocument
from qbferry_credit_memos.eligibility import RULES
from qbferry_credit_memos.plugin import CreditMemos
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


FILE = [
    *(ListEntry(kind="SalesTaxCode", list_id=code, full_name=code) for code in "EGS"),
    ListEntry(kind="Customer", list_id="1", full_name="Acme Corp"),
    ListEntry(kind="Item", list_id="2", full_name="Labor", data={"Type": "ItemService"}),
    ListEntry(kind="Item", list_id="3", full_name="Discount", data={"Type": "ItemDiscount"}),
    ListEntry(kind="Item", list_id="4", full_name="Bundle", data={"Type": "ItemGroup"}),
]


def lines(item: str, features: dict[str, str], **settings: Any) -> Any:
    """Two lines as they are sent, one taxable, to a file that has E, G and S; or why they are not."""
    plugins = Plugins({"credit_memos": CreditMemos(Settings(**settings))})
    entity = plugins.entities["credit_memo"]
    given = [{"item": item, "quantity": "1", "amount": "1", "taxable": taxable} for taxable in (True, False)]
    connector = Connector(id=1, name="main", country="CA", features=features)
    built = build(
        plugins, entity, make_record(entity, RECORD | {"lines": given}), connector, FixedLists(FILE)
    )
    return built.reason if isinstance(built, Skip) else [*built[0].fields["lines"]]


def test_the_company_files_own_tax_codes_are_used() -> None:
    own = {"DefaultTaxableSalesTaxCodeRef": "S", "DefaultNonTaxableSalesTaxCodeRef": "E"}
    for settings, codes in (({}, ["S", "E"]), ({"taxable_code": "G"}, ["G", "E"])):
        assert [line["tax_code"].full_name for line in lines("Labor", own, **settings)] == codes


def test_a_tax_code_the_file_lacks_is_named_with_its_setting() -> None:
    assert lines("Labor", {"PaySalesTax": "Monthly"}, taxable_code="Tax", non_taxable_code="E") == (
        'QuickBooks has no sales tax code named "Tax" (taxable_code in [plugins.credit_memos]). Name one '
        "that it has, or leave the setting out: QuickBooks' own default holds then."
    )


def test_a_discount_goes_without_quantity_and_a_group_not_at_all() -> None:
    none = {"IsTrackingSalesTax": "false"}
    assert [line["quantity"] for line in lines("Discount", none)] == [None, None]
    assert [line["quantity"] for line in lines("Labor", none)] == [Decimal(1), Decimal(1)]
    assert 'The item "Bundle" (line 1) is one which is a group of items, and no line' in lines("Bundle", none)
