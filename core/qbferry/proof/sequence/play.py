"""A trial: a copied world, a plan played, runs without trouble until all is at rest, and the verdict."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbferry.errors import QbferryError
from qbferry.proof.scenario import creating
from qbferry.proof.sequence import judge, person
from qbferry.proof.sequence.conditions import Conditions
from qbferry.proof.sequence.judge import Charge, Verdict
from qbferry.proof.sequence.plan import Plan
from qbferry.proof.sequence.premises import Premises
from qbferry.proof.sequence.scene import Scene
from qbferry.proof.sequence.wishes import first_day
from qbferry.proof.world import World
from qbferry.simulator import CompanyFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from qbferry.config import PluginSettings
    from qbferry.proof.databases import Databases
    from qbferry.proof.scenario import Wish

__all__ = ["Outcome", "Stock", "attempt"]

CALM, HOUR, DAY = 8, 3600, 90_000
"""Undisturbed runs after which all must be at rest, an hour between two; after a day there is a look back."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a trial came to.

    Attributes:
        plan: It.
        database: On which kind of database.
        struck: The troubles that came to strike.
        verdicts: What is wrong; none: all is well.
        told: What happened, in sentences.
        seconds: How long it took.
    """

    plan: Plan
    database: str
    struck: tuple[str, ...]
    verdicts: tuple[Verdict, ...]
    told: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Stock:
    """Where every trial begins.

    Attributes:
        world: The first day has been transferred; a copy of the company file from before it lies beside.
        more: What arrives on the second day besides.
    """

    world: World
    more: tuple[Wish, ...] = ()

    @classmethod
    def make(
        cls, folder: Path, databases: Databases, plugins: PluginSettings, more: Sequence[Wish] = ()
    ) -> Stock:
        """Play the first day.

        Raises:
            QbferryError: It does not end as it should even without trouble.
        """
        world = World.create(folder / "stock", databases, 25, creating(plugins))
        with world.company() as company:
            company.backup(folder / "pristine.sqlite3")
            pristine = company.copy()
            with Premises(world, company.copy(), Conditions.of(0)) as premises:
                scene = Scene(premises, [], Plan((), 0).dice(), pristine)
                premises.arrive(first_day())
                scene.run(calm=True)
                problems = judge.unfinished(scene)
                company.become(premises.company)
        if problems:
            raise QbferryError("Even without trouble the books do not agree: " + " ".join(problems))
        return cls(world, (*more,))


def attempt(stock: Stock, plan: Plan, *, logged: bool = False) -> Outcome:
    """Try one plan.

    Args:
        stock: Where it begins.
        plan: What happens.
        logged: Let the server's log be seen.
    """
    began = time.monotonic()
    if not logged:
        logging.disable()  # trouble is expected here
    dice = plan.dice()
    folder = stock.world.folder.parent
    world = stock.world.copy(folder / f"trial-{time.monotonic_ns()}")
    try:
        with stock.world.company() as kept:
            company = kept.copy()
        with Premises(world, company, plan.conditions) as premises:
            pristine = CompanyFile.open(folder / "pristine.sqlite3")
            scene = Scene(premises, plan.begin(dice), dice, pristine, stock.more)
            found = [*_live(scene)]
            pristine.close()
        found += [Verdict(Charge.FAILED, f"the server failed in {call}.") for call in premises.failed]
    finally:
        world.remove()
        logging.disable(logging.NOTSET)
    struck = tuple(trouble.name for trouble in scene.struck)
    return Outcome(
        plan, world.databases.name, struck, tuple(found), tuple(scene.told), time.monotonic() - began
    )


def _live(scene: Scene) -> Iterator[Verdict]:
    """Play the plan, come to rest, and judge."""
    scene.play()
    for trouble in scene.struck:
        trouble.end(scene)
    scene.correct()
    scene.arrive_again()
    person.set_ready(scene)
    _calm(scene)
    excused = any(trouble.asks for trouble in scene.struck)
    unpreventable = any(trouble.unpreventable for trouble in scene.struck)
    noticed = person.delete_doubles(scene) if unpreventable else []
    questions = judge.asked(scene)
    if questions and not excused and not noticed:
        yield from (Verdict(Charge.ASKED, text) for text in questions)
    person.decide(scene)
    person.set_ready(scene)
    _calm(scene)
    yield from (Verdict(Charge.STUCK, text) for text in judge.unfinished(scene))
    scene.premises.pass_time(DAY)
    scene.run(calm=True)
    if unpreventable and person.delete_doubles(scene):  # a sleeper's, whose answer nobody has heard
        scene.run(calm=True)
    _calm(scene)
    yield from judge.verdicts(scene)


def _calm(scene: Scene) -> None:
    """Let undisturbed runs follow one another until all is as it should be, or is not going to be."""
    for _ in range(CALM):
        if not judge.unfinished(scene):
            break
        scene.premises.pass_time(HOUR)
        scene.arrive_again()  # what was with QuickBooks could not be changed before
        scene.run(calm=True)
