"""The whole proof: variants, their points, and a few processes that try them."""

from __future__ import annotations

import multiprocessing
import os
import random
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from qbferry.errors import InputError
from qbferry.proof.cluster import cluster
from qbferry.proof.databases import Postgresql, Sqlite
from qbferry.proof.trial import Template, attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import ExitStack

    from qbferry.config import PluginSettings
    from qbferry.proof.databases import Databases
    from qbferry.proof.points import Point
    from qbferry.proof.scenario import Wish
    from qbferry.proof.trial import Result

__all__ = ["SERVER_VARIABLE", "Plan", "databases", "prove", "templates"]

SERVER_VARIABLE = "QBFERRY_TEST_POSTGRES_URL"


@dataclass(frozen=True, slots=True)
class Plan:
    """Which points are tried.

    Attributes:
        only: Names of points with wildcards, ``server.*`` or ``wire.sent:3``; empty: all.
        sample: How many of them, chosen at random; None: all.
        seed: Of the choice.
    """

    only: tuple[str, ...] = ()
    sample: int | None = None
    seed: int = 0

    def choose(self, made: Sequence[Template]) -> list[tuple[Template, Point]]:
        """The points of all variants that are tried.

        Raises:
            InputError: No point has such a name.
        """
        chosen = [(template, point) for template in made for point in template.points if self._wants(point)]
        if not chosen:
            raise InputError(f"No point is named {', '.join(self.only)}; qbferry prove --list names them.")
        if self.sample is not None and self.sample < len(chosen):
            chosen = sorted(
                random.Random(self.seed).sample(chosen, self.sample),  # noqa: S311 - a choice, no secret
                key=lambda one: (one[0].name, one[1]),
            )
        return chosen

    def _wants(self, point: Point) -> bool:
        return not self.only or any(
            fnmatchcase(str(point), wanted) or fnmatchcase(point.name, wanted) for wanted in self.only
        )


def databases(names: Sequence[str], stack: ExitStack) -> list[Databases]:
    """Open the kinds of database; a PostgreSQL is started where none is named in the environment.

    Raises:
        ConfigError: There is none, and none can be started.
    """
    made: list[Databases] = []
    if "sqlite" in names:
        made.append(Sqlite())
    if "postgresql" in names:
        made.append(Postgresql(os.environ.get(SERVER_VARIABLE) or stack.enter_context(cluster())))
    return made


def templates(
    kinds: Sequence[Databases],
    per_message: Sequence[int],
    plugins: PluginSettings,
    stack: ExitStack,
    more: Sequence[Wish] = (),
) -> Iterator[Template]:
    """Make the worlds every trial is copied from, with ``more`` records; they are removed with the stack.

    Raises:
        QbferryError: The scenario does not end as it should even without faults.
    """
    for kind in kinds:
        for number in per_message:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
            template = Template.make(folder, kind, number, plugins, more)
            stack.callback(template.world.remove)
            yield template


def prove(
    chosen: Sequence[tuple[Template, Point]],
    jobs: int,
    progress: Callable[[Result], None] = lambda _: None,
) -> list[Result]:
    """Try points, several at a time, each in a world of its own.

    Args:
        chosen: The points.
        jobs: How many processes try.
        progress: Hears each result as it comes.

    Returns:
        The results, in the order of the points.
    """
    # Fresh processes: those of a trial are copies of them, and a copy wants a parent without threads.
    made = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=min(jobs, len(chosen)), mp_context=made) as pool:
        waiting = {pool.submit(attempt, *one): number for number, one in enumerate(chosen)}
        results: dict[int, Result] = {}
        for done in as_completed(waiting):
            results[waiting[done]] = done.result()
            progress(done.result())
    return [results[number] for number in sorted(results)]
