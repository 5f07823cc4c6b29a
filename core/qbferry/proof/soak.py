"""The soak: arrivals, changes, receipts, cancellations and crashes in a random order, and one audit."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from qbferry.errors import InFlightError, QbferryError
from qbferry.model import TransferStatus
from qbferry.proof import scenario
from qbferry.proof.bench import Bench
from qbferry.proof.points import CLASSES, Point
from qbferry.proof.trial import Result, compare
from qbferry.proof.ways import Interruption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qbferry.proof.scenario import Wish
    from qbferry.proof.trial import Template
    from qbferry.proof.world import World

__all__ = ["soak"]

SLOW = ("connector.vanishes",)
"""What waits for a run to become silent; a soak has better things to do."""


def soak(templates: Sequence[Template], minutes: float, seed: int, jobs: int) -> list[Result]:
    """Let each variant live through random trouble for some minutes, ``jobs`` worlds at a time.

    Args:
        templates: The variants.
        minutes: How long, in all.
        seed: Of everything random; each world's own is derived from it.
        jobs: How many processes.
    """
    worlds = max(jobs, len(templates))
    seconds = 60 * minutes * jobs / worlds
    with ProcessPoolExecutor(max_workers=jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = [
            pool.submit(_live, templates[number % len(templates)], seconds, seed, number)
            for number in range(worlds)
        ]
        return [done.result() for done in waiting]


def _live(template: Template, seconds: float, seed: int, number: int) -> Result:
    began = time.monotonic()
    world = template.world.copy(template.world.folder.parent / f"soak-{number}")
    try:
        life = _Life(world, random.Random(f"{seed}/{number}"))  # noqa: S311 - it has to be repeatable
        while time.monotonic() - began < seconds:
            life.go_on()
        with Bench(world) as bench:
            problems, _, counts = compare(bench, [*life.wishes.values()])
    finally:
        world.remove()
    point = Point("soak", number)
    told = [f"seed {seed}: {problem}" for problem in problems]
    return Result(template.name, point, dict(counts), tuple(told), life.runs, time.monotonic() - began)


class _Life:
    """What a world goes through, and what must have become of it."""

    def __init__(self, world: World, dice: random.Random) -> None:
        self._world, self._dice = world, dice
        self._number = 100
        self._received = Counter({"PO-1": 2})  # on the second day
        wishes = scenario.first_day() + scenario.second_day() + scenario.creations()
        self.wishes = {(wish.entity, str(wish.document["id"])): wish for wish in wishes}
        self.runs = 0

    def go_on(self) -> None:
        """Something arrives or changes, perhaps in the middle of a run, and something may crash."""
        nth = self._dice.randint(1, 30)
        event = self._dice.choice([self._arrive, self._arrive, self._receive, self._cancel])
        self.runs += 1
        with Bench(self._world) as bench:
            if self._dice.random() < 1 / 3:
                bench.run(bench.serve(), plan=Interruption("before any", nth, event))
                return
            event()
            ways = [way for way in CLASSES if way.name not in SLOW]
            try:
                self._dice.choice(ways).act(bench, nth)
            except QbferryError:
                return  # it was to die, and the run had ended before

    def _arrive(self) -> None:
        self._number += 1
        name = str(self._number)
        kinds = [
            scenario.invoice(f"INV-{name}"),
            scenario.refused(f"INV-{name}"),
            scenario.timesheet(f"TS-{name}"),
            scenario.report(f"ER-{name}"),
            scenario.order(f"PO-{name}"),
        ]
        self._take(self._dice.choice(kinds))

    def _receive(self) -> None:
        name = self._order(received=True)
        if name:
            self._received[name] += 1
            quantity = str(self._received[name])
            if not self._take(
                scenario.order(
                    name, received=quantity, there={"PurchaseOrder": 1}, quantities={"ItemReceipt": quantity}
                )
            ):
                self._received[name] -= 1

    def _cancel(self) -> None:
        name = self._order(received=False)
        if name:
            wish = scenario.order(name, state="Canceled", status=TransferStatus.NOT_TRANSFERRED, there={})
            self._take(wish)

    def _order(self, *, received: bool) -> str | None:
        """An order that can receive one more, or from which nothing was received."""
        able = [
            name
            for (entity, name), wish in self.wishes.items()
            if entity == "purchase_order"
            and not wish.names  # what those need stays what it is
            and wish.status is TransferStatus.TRANSFERRED
            and (self._received[name] < scenario.MOST_RECEIVED if received else not self._received[name])
        ]
        return self._dice.choice(able) if able else None

    def _take(self, wish: Wish) -> bool:
        """Import, as a person would in the middle of everything; what is in flight is refused."""
        try:
            self._world.arrive([wish])
        except InFlightError:
            return False
        self.wishes[wish.entity, str(wish.document["id"])] = replace(wish)
        return True
