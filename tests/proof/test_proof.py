"""A part of the proof: every point once, and every way to die with one request a message.

``QBFERRY_PROOF=all`` tries every point of every variant, as ``qbferry prove`` does.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from qbferry.config import PluginSettings
from qbferry.proof.points import CLASSES, Point
from qbferry.proof.proof import Plan, prove, templates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry.proof.databases import Databases
    from qbferry.proof.trial import Template

ALL = os.environ.get("QBFERRY_PROOF") == "all"


@pytest.fixture(params=[25, 1], ids=["many a message", "one a message"])
def template(databases: Databases, request: pytest.FixtureRequest) -> Iterator[Template]:
    """A world in which records of all four kinds wait for a run."""
    with ExitStack() as stack:
        [made] = templates([databases], [request.param], PluginSettings(), stack)
        yield made


def test_whatever_dies_every_record_is_in_quickbooks_once(template: Template) -> None:
    chosen = template.points if ALL else _share(template)
    assert {point.name for point in chosen} <= {one.name for one in CLASSES}
    results = prove([(template, point) for point in chosen], os.cpu_count() or 1)
    failures = [f"{result.point}: {problem}" for result in results for problem in result.problems]
    assert not failures, "\n".join([template.name, *failures])
    assert len(results) == len(chosen)
    assert all(
        set(result.records) == {"invoice", "timesheet", "expense_report", "purchase_order"}
        for result in results
    )


def _share(template: Template) -> list[Point]:
    """This variant's part: what one database leaves out, the other has; PostgreSQL's worlds take longer."""
    sqlite = template.world.databases.name == "sqlite"
    if template.world.per_message > 1:
        return [point for number, point in enumerate(template.points) if bool(number % 6) == sqlite]
    by_name: dict[str, list[Point]] = {}
    for point in template.points:
        by_name.setdefault(point.name, []).append(point)
    ways = [group for number, group in enumerate(by_name.values()) if bool(number % 2) == sqlite]
    return [group[len(group) // 2] for group in ways]


def test_points_are_chosen_by_name_and_by_chance(template: Template) -> None:
    def chosen(**plan: object) -> list[str]:
        return [str(point) for _, point in Plan(**plan).choose([template])]  # type: ignore[arg-type]

    assert chosen(only=("wire.sent:3",)) == ["wire.sent:3"]
    assert {name.partition(".")[0] for name in chosen(only=("server.*",))} == {"server"}
    assert len(chosen(sample=5, seed=1)) == 5
    assert chosen(sample=5, seed=1) == chosen(sample=5, seed=1) != chosen(sample=5, seed=2)
