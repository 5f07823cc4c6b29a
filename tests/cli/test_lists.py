"""QuickBooks' lists as last read: how many entries, how old, what is in them, and having them read."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.app import build
from qbferry.config import load
from qbferry.model import ListEntry

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def read(qbferry: Run) -> None:
    """A connector whose vendors were read: two active ones and an inactive one."""
    qbferry("connector", "add", "office")
    with closing(build(load())) as app, app.database.write() as tx:
        tx.polls.note(1, "lists.Vendor", datetime(2026, 10, 31, 14, 5, tzinfo=UTC), whole=True)
        vendors = {"Ingram Micro": True, "Dell": True, "Old Inc": False}
        entries = [
            ListEntry(
                kind="Vendor", list_id=name[:3], full_name=name, is_active=active, data={"Currency": "EUR"}
            )
            for name, active in vendors.items()
        ]
        tx.lists.keep(1, "Vendor", entries)


def overview(qbferry: Run) -> dict[str, Any]:
    return {one["list"]: one for one in json.loads(qbferry("lists", "--json").stdout)}


def test_lists_are_shown_with_their_age_also_those_that_were_never_read(qbferry: Run) -> None:
    found = overview(qbferry)
    assert found["Vendor"] == {
        "list": "Vendor",
        "active": 2,
        "inactive": 1,
        "read_at": "2026-10-31T14:05:00+00:00",
        "whole_at": "2026-10-31T14:05:00+00:00",
        "wanted": False,
    }
    assert found["Template"]["read_at"] is None
    assert "2026-10-31" in qbferry("lists").stdout


def test_the_entries_of_a_list_are_shown_by_name_with_what_is_kept_of_each(qbferry: Run) -> None:
    found = json.loads(qbferry("lists", "show", "Vendor", "--json").stdout)
    assert [(one["full_name"], one["active"]) for one in found] == [
        ("Dell", True),
        ("Ingram Micro", True),
        ("Old Inc", False),
    ]
    assert found[0]["data"] == {"Currency": "EUR"}
    assert "Currency: EUR" in qbferry("lists", "show", "Vendor").stdout


def test_a_list_that_was_not_read_says_how_to_have_it_read(qbferry: Run) -> None:
    told = qbferry("lists", "show", "Template", status=1).stderr
    assert "qbferry lists refresh Template" in told


@pytest.mark.parametrize("words", [("show", "Vendr"), ("refresh", "Vendr")])
def test_a_list_that_there_is_not_is_refused_with_what_it_may_be(
    qbferry: Run, words: tuple[str, str]
) -> None:
    assert "did you mean Vendor?" in qbferry("lists", *words, status=1).stderr


def test_lists_are_wanted_until_they_are_read(qbferry: Run) -> None:
    assert json.loads(qbferry("lists", "refresh", "--json").stdout) == {
        "done": "The next run reads Vendor whole.",
        "lists": ["Vendor"],
    }
    qbferry("lists", "refresh", "Template", "Vendor")
    found = overview(qbferry)
    assert [name for name, one in found.items() if one["wanted"]] == ["Template", "Vendor"]
    assert found["Vendor"]["read_at"] == "2026-10-31T14:05:00+00:00"
