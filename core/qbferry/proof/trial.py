"""Trials: a copied world, one crash, runs until nothing is due, and the audit."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbferry.errors import QbferryError
from qbferry.proof.bench import Bench
from qbferry.proof.points import CLASSES, Baseline, Point, baseline, points
from qbferry.proof.scenario import creating, creations, first_day, second_day
from qbferry.proof.world import World, differences

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from qbferry.config import PluginSettings
    from qbferry.proof.databases import Databases
    from qbferry.proof.scenario import Wish

__all__ = ["Result", "Template", "attempt", "compare"]


@dataclass(frozen=True, slots=True)
class Template:
    """A world in which the scenario's second day waits for its run; every trial begins with a copy.

    Attributes:
        world: It; nobody has it open.
        found: What a run without faults passes.
        wishes: All that was asked for, and what must become of it.
    """

    world: World
    found: Baseline
    wishes: tuple[Wish, ...]

    @classmethod
    def make(
        cls,
        folder: Path,
        databases: Databases,
        per_message: int,
        plugins: PluginSettings,
        more: Sequence[Wish] = (),
    ) -> Template:
        """Play the first day, let the second day's records arrive, and count the points of their run.

        Args:
            folder: Where the worlds are made.
            databases: Of which kind.
            per_message: Requests in a message.
            plugins: Which plugins run, and their settings; the proof lets them create entries besides.
            more: What arrives on the second day besides.

        Raises:
            QbferryError: It does not end as it should even without faults; then there is nothing to prove.
        """
        world = World.create(folder / "template", databases, per_message, creating(plugins))
        world.arrive(first_day())
        with Bench(world) as bench, world.application() as application:
            bench.settle(application)
        second = [*second_day(), *creations(), *more]
        world.arrive(second)
        rehearsal = world.copy(folder / "rehearsal")
        try:
            with Bench(rehearsal) as bench:
                found = baseline(bench)
                problems, _, _ = compare(bench, first_day() + second)
        finally:
            rehearsal.remove()
        if problems:
            raise QbferryError("Even without faults the books do not agree: " + " ".join(problems))
        return cls(world, found, (*first_day(), *second))

    @property
    def points(self) -> list[Point]:
        """Every point of the run."""
        return [*points(self.found)]

    @property
    def name(self) -> str:
        """The variant, for people."""
        return f"{self.world.databases.name}, {self.world.per_message} a message"


@dataclass(frozen=True, slots=True)
class Result:
    """What a trial came to.

    Attributes:
        variant: The variant's name.
        point: Where it crashed.
        records: Entity's name -> how many of its records were compared.
        problems: What did not agree; empty: all is well.
        runs: How many runs it took after the crash.
        seconds: How long it took.
    """

    variant: str
    point: Point
    records: Mapping[str, int]
    problems: tuple[str, ...]
    runs: int
    seconds: float


def attempt(template: Template, point: Point) -> Result:
    """Try one point."""
    began = time.monotonic()
    [way] = [one for one in CLASSES if one.name == point.name]
    folder = template.world.folder.parent / f"{point.name}-{point.nth}"
    world = template.world.copy(folder)
    problems: list[str] = []
    runs, counts = 0, Counter[str]()
    try:
        with Bench(world) as bench:
            try:
                way.act(bench, point.nth)
            except QbferryError as error:
                problems.append(str(error))
            found, runs, counts = compare(bench, template.wishes)
            problems += found
    finally:
        world.remove()
    return Result(template.name, point, dict(counts), tuple(problems), runs, time.monotonic() - began)


def compare(bench: Bench, wishes: Sequence[Wish]) -> tuple[list[str], int, Counter[str]]:
    """Go on until nothing is due, and compare.

    Returns:
        What does not agree, how many runs it took, and how many records of each entity were compared.
    """
    problems: list[str] = []
    runs = 0
    with bench.world.application() as application, bench.world.company() as company:
        try:
            runs = bench.settle(application)
        except QbferryError as error:
            problems.append(str(error))
        problems += differences(application, company, wishes)
        known = {(wish.entity, wish.document["id"]) for wish in wishes}
        counts = Counter(entity for entity, _ in known if entity in application.plugins.entities)
        return problems, runs, counts
