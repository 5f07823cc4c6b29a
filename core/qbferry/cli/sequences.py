"""The part of ``qbferry prove`` that plays planned sequences."""

from __future__ import annotations

import random
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import typer
from rich.progress import Progress

from qbferry.errors import InputError
from qbferry.output import console as output_to
from qbferry.output import say_json
from qbferry.proof.sequence import report
from qbferry.proof.sequence.covering import covering, every_pair
from qbferry.proof.sequence.plan import Plan
from qbferry.proof.sequence.trials import stocks, try_all
from qbferry.proof.sequence.troubles import TROUBLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import ExitStack

    from rich.console import Console

    from qbferry.config import PluginSettings
    from qbferry.proof.databases import Databases
    from qbferry.proof.scenario import Wish

__all__ = ["chosen_plans", "play"]


def chosen_plans(plan: str | None, seed: int, only: Sequence[str], sample: int | None) -> list[Plan]:
    """The sequences that are tried.

    Args:
        plan: The only one, as it was typed; None: every ordered pair alone, and the covering set of threes.
        seed: Of all of them.
        only: Names of troubles with wildcards; a plan without any of them is left out.
        sample: How many of them, chosen at random; None: all.

    Raises:
        InputError: There is no such trouble.
    """
    if plan is not None:
        return [Plan.read(plan, seed)]
    names = [*TROUBLES]
    wanted = {name for name in names if not only or any(fnmatchcase(name, one) for one in only)}
    if not wanted:
        raise InputError(f"No trouble is named {', '.join(only)}; there are: {', '.join(names)}.")
    found = [
        each
        for each in (*covering(names, seed), *every_pair(names, seed))
        if wanted.intersection(each.troubles)
    ]
    if sample is not None and sample < len(found):
        found = random.Random(seed).sample(found, sample)  # noqa: S311 - a choice, no secret
    return found


def play(
    kinds: Sequence[Databases],
    plugins: PluginSettings,
    planned: Sequence[Plan],
    workers: int,
    console: Console,
    stack: ExitStack,
    *,
    more: Sequence[Wish] = (),
    as_json: bool,
) -> None:
    """Try them on every kind of database, and tell what they came to.

    Raises:
        typer.Exit: Something failed.
    """
    trials = [(stock, plan) for stock in stocks(kinds, plugins, stack, more) for plan in planned]
    with Progress(console=output_to(stderr=True), transient=True) as progress:
        task = progress.add_task("Sequences", total=len(trials))
        outcomes = try_all(trials, workers, lambda _: progress.advance(task))
    if as_json:
        say_json(report.as_json(outcomes))
    else:
        if len(planned) == 1:
            for outcome in outcomes:
                report.tell(outcome, console)
        report.show(outcomes, console)
    if any(outcome.verdicts for outcome in outcomes):
        raise typer.Exit(1)
