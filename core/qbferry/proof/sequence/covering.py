"""Which plans are tried: every trouble after every other, and each under every condition, in few trials.

A covering array of strength two, made greedily: an ordered pair of troubles counts where the second comes
anywhere behind the first, so that a plan of three covers three of them.
"""

from __future__ import annotations

from itertools import combinations, product
from random import Random
from typing import TYPE_CHECKING

from qbferry.proof.sequence.conditions import Conditions
from qbferry.proof.sequence.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

__all__ = ["covering", "every_pair", "pairs"]

TRIES = 40
"""Plans compared before one is taken."""

Pair = tuple[str, str]
Under = tuple[str, tuple[str, object]]


def pairs(names: Sequence[str]) -> set[Pair]:
    """The ordered pairs in a sequence of troubles."""
    return {(first, second) for first, second in combinations(names, 2)}


def covering(names: Sequence[str], seed: int = 0, without: Collection[Pair] = ()) -> list[Plan]:
    """Few plans of three that hold every ordered pair of troubles, each under every value of a condition.

    Args:
        names: The troubles.
        seed: The same one gives the same plans.
        without: Pairs that no plan holds.
    """
    dice = Random(seed)  # noqa: S311 - it has to be repeatable
    wanted = {(first, second) for first in names for second in names} - {*without}
    under = {(name, value) for name, _ in wanted for value in _values(range(Conditions.count()))}
    plans: list[Plan] = []
    while wanted or under:
        tries = [_plan(names, wanted, dice) for _ in range(TRIES)]
        fit = [plan for plan in tries if not pairs(plan.troubles).intersection(without)]
        if not fit:
            continue
        best = max(fit, key=lambda plan: (len(pairs(plan.troubles) & wanted), len(_under(plan) & under)))
        wanted -= pairs(best.troubles)
        under -= _under(best)
        plans.append(best)
    return plans


def every_pair(names: Sequence[str], seed: int) -> Iterator[Plan]:
    """Every ordered pair alone, each at other places and under other conditions."""
    for number, pair in enumerate(product(names, repeat=2)):
        yield Plan(pair, seed + number)


def _plan(names: Sequence[str], wanted: set[Pair], dice: Random) -> Plan:
    """One that holds a pair that is still wanted, if there is any, and is random for the rest."""
    first, last = dice.choice(sorted(wanted)) if wanted else dice.choices(names, k=2)
    other = dice.choice(names)
    chosen = dice.choice([(first, last, other), (first, other, last), (other, first, last)])
    return Plan(chosen, dice.randrange(Conditions.count()))


def _under(plan: Plan) -> set[Under]:
    return {(name, value) for name in plan.troubles for value in _values([plan.seed])}


def _values(seeds: Sequence[int]) -> set[tuple[str, object]]:
    """The values of conditions that seeds stand for."""
    found: set[tuple[str, object]] = set()
    for seed in seeds:
        conditions = Conditions.of(seed)
        found |= {(name, getattr(conditions, name)) for name in Conditions.__slots__}
    return found
