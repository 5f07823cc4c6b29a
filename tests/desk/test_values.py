"""The texts lists are filtered and sorted by."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from qbferry.desk.values import sortable
from qbferry.model import Kind


@pytest.mark.parametrize(
    ("kind", "ordered"),
    [
        (Kind.MONEY, ["-1000.50", "-2", -1.5, "0", "0.01", 5, "40.00", Decimal("1000000000000.99")]),
        (Kind.QUANTITY, ["-0.00002", "-0.00001", "0.00001", "0.5", "12"]),
        (Kind.DATE, ["2025-12-31", date(2026, 1, 1), "2026-10-31"]),
        (Kind.FLAG, [False, True]),
        (Kind.TEXT, ["acme", "BETA", "gamma"]),
    ],
)
def test_it_sorts_as_the_value_does(kind: Kind, ordered: list[Any]) -> None:
    texts = [sortable(kind, value) or "" for value in ordered]
    assert texts == sorted(texts)
    assert len(set(texts)) == len(ordered)


def test_names_are_the_same_however_they_are_written() -> None:
    assert sortable(Kind.TEXT, "ACME  Corp") == sortable(Kind.TEXT, "Acme Corp")


def test_equal_numbers_have_one_text() -> None:
    assert sortable(Kind.MONEY, "5") == sortable(Kind.MONEY, "5.00") == sortable(Kind.MONEY, 5.0)


@pytest.mark.parametrize("value", [None, "much", "NaN", "Infinity"])
def test_what_is_no_number_has_none(value: Any) -> None:
    assert sortable(Kind.MONEY, value) is None


def test_a_long_text_is_cut() -> None:
    assert sortable(Kind.TEXT, "x" * 500) == "x" * 200
