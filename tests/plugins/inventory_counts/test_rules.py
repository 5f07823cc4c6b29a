"""Which counts may go, rule by rule as the README names them, and what of them."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from qbferry import Connector
from qbferry_inventory_counts.document import InventoryCountDocument
from qbferry_inventory_counts.eligibility import RULES
from qbferry_inventory_counts.settings import Settings

from .conftest import RECORD

README = Path(__file__).parents[3] / "plugins" / "inventory_counts" / "README.md"
HERE = Connector(id=1, name="main", country="US")


def count(**changes: Any) -> InventoryCountDocument:
    return InventoryCountDocument.model_validate(RECORD | changes)


def reasons(**changes: Any) -> dict[str, str]:
    return {name: reason for name, rule in RULES.items() if (reason := rule(count(**changes), HERE))}


def test_the_readme_names_every_rule_and_every_setting() -> None:
    text = README.read_text("utf-8")
    part = text.partition("may go\n")[2].partition("\n## ")[0]
    assert re.findall(r"^- \*\*(.+)\.\*\*", part, re.MULTILINE) == list(RULES)
    assert set(re.findall(r"^\| `(\w+)` \| `", text, re.MULTILINE)) == set(Settings.model_fields)


def test_a_product_is_added_up_over_all_places() -> None:
    assert count().totals == {"Switch 24p": Decimal(7)}
    assert reasons() == {}


def test_nothing_of_a_product_goes_that_is_skipped_at_one_place() -> None:
    lines = [*RECORD["lines"], {"product": "Switch 24p", "quantity": "1", "skip": "received on PO-5"}]
    assert count(lines=lines).totals == {}
    assert count(lines=lines).skipped == {"Switch 24p": "received on PO-5"}
    assert "Switch 24p: received on PO-5" in reasons(lines=lines)["Something to transfer"]


@pytest.mark.parametrize(
    ("rule", "changes", "words"),
    [
        ("Something to transfer", {"lines": []}, "no lines"),
        ("Not negative", {"lines": [{"product": "Cable", "quantity": "-1"}]}, "Cable (-1)"),
        ("Not ahead", {"count_date": "2199-12-31"}, "yet to come"),
        ("Number", {"number": "123456789012"}, "11 characters"),
    ],
)
def test_what_stays(rule: str, changes: dict[str, Any], words: str) -> None:
    found = reasons(**changes)
    assert [*found] == [rule]
    assert words in found[rule]
