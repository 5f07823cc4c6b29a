"""A part of the proof: every way to die at some of its points, and every moment of a run in some way.

``QBFERRY_PROOF=all`` tries every point of every variant, as ``qbferry prove`` does.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qbferry.config import PluginSettings
from qbferry.proof.databases import Sqlite
from qbferry.proof.points import CLASSES, Baseline, Point
from qbferry.proof.proof import Plan, prove, templates
from qbferry.proof.trial import Template
from qbferry.proof.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry.proof.databases import Databases

ALL = os.environ.get("QBFERRY_PROOF") == "all"


@contextmanager
def waiting(kind: Databases, per_message: int) -> Iterator[Template]:
    """A world in which records of all four kinds wait for a run."""
    with ExitStack() as stack:
        [made] = templates([kind], [per_message], PluginSettings(), stack)
        yield made


@pytest.mark.parametrize("per_message", [25, 1], ids=["many a message", "one a message"])
def test_whatever_dies_every_record_is_in_quickbooks_once(databases: Databases, per_message: int) -> None:
    with waiting(databases, per_message) as template:
        chosen = template.points if ALL else _share(template)
        results = prove([(template, point) for point in chosen], os.cpu_count() or 1)
    failures = [f"{result.point}: {problem}" for result in results for problem in result.problems]
    assert not failures, "\n".join([template.name, *failures])
    assert len(results) == len(chosen)
    assert all(
        set(result.records) == {"invoice", "timesheet", "expense_report", "purchase_order"}
        for result in results
    )


def _share(template: Template) -> list[Point]:
    """This variant's part: what one leaves out, another has; PostgreSQL's worlds take longer."""
    sqlite = template.world.databases.name == "sqlite"
    by_name: dict[str, list[Point]] = {}
    for point in template.points:
        by_name.setdefault(point.name, []).append(point)
    if template.world.per_message == 1:
        ways = [group for number, group in enumerate(by_name.values()) if bool(number % 2) == sqlite]
        return [group[len(group) // 2] for group in ways]
    # Each way begins at another point than the way before, so that no moment is left out by all of them.
    step = 7 if sqlite else 28
    share: list[Point] = []
    for number, group in enumerate(by_name.values()):
        share += group[min(number % step, len(group) - 1) :: step]
    return share


def test_the_share_leaves_out_no_way_to_die_and_no_call_of_a_run() -> None:
    with waiting(Sqlite(), 25) as template:
        share = _share(template)
        calls = len(template.found.calls)
        by_call = {one.name for one in CLASSES if one.count(template.found) == calls}
        assert {point.name for point in share} == {point.name for point in template.points}
        assert {point.nth for point in share if point.name in by_call} == {*range(1, calls + 1)}


def test_points_are_chosen_by_name_and_by_chance() -> None:
    found = Baseline("sqlite", commits=4, replies=4, calls=("a", "b", "c"), messages=2, requests=4)
    template = Template(World(Path(), Sqlite(), "", 25, PluginSettings()), found, ())

    def chosen(**plan: object) -> list[str]:
        return [str(point) for _, point in Plan(**plan).choose([template])]  # type: ignore[arg-type]

    assert chosen(only=("wire.sent:3",)) == ["wire.sent:3"]
    assert {name.partition(".")[0] for name in chosen(only=("server.*",))} == {"server"}
    assert len(chosen(sample=5, seed=1)) == 5
    assert chosen(sample=5, seed=1) == chosen(sample=5, seed=1) != chosen(sample=5, seed=2)
