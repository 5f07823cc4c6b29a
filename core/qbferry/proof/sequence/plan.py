"""A plan: which troubles, one after another, and the seed everything else comes from."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Self

from qbferry.errors import InputError
from qbferry.proof.sequence.conditions import Conditions
from qbferry.proof.sequence.troubles import TROUBLES

if TYPE_CHECKING:
    from qbferry.proof.sequence.troubles.trouble import Trouble

__all__ = ["MOST", "Plan"]

MOST = 3
"""Troubles in one plan."""


@dataclass(frozen=True, slots=True, order=True)
class Plan:
    """What is tried.

    Attributes:
        troubles: Their names, in the order in which they strike.
        seed: Of the conditions, and of where each strikes and how.
    """

    troubles: tuple[str, ...]
    seed: int

    @classmethod
    def read(cls, text: str, seed: int) -> Self:
        """Read what ``--plan`` says: names with commas between them.

        Raises:
            InputError: There is no such trouble, or there are too many.
        """
        known = {name.casefold(): name for name in TROUBLES}
        typed = [name for part in text.split(",") if (name := " ".join(part.split()))]
        if unknown := [name for name in typed if name.casefold() not in known]:
            raise InputError(
                f"There is no trouble named {', '.join(unknown)}; there are: {', '.join(TROUBLES)}."
            )
        names = tuple(known[name.casefold()] for name in typed)
        if not 1 <= len(names) <= MOST:
            raise InputError(
                f"A plan has one to {MOST} troubles, with commas between them; this one has {len(names)}."
            )
        return cls(names, seed)

    @property
    def conditions(self) -> Conditions:
        """What it happens under."""
        return Conditions.of(self.seed)

    def dice(self) -> Random:
        """What everything random of it comes from."""
        return Random(str(self))  # noqa: S311 - it has to be repeatable

    def begin(self, dice: Random) -> list[Trouble]:
        """The troubles, none of which has struck."""
        return [TROUBLES[name](dice) for name in self.troubles]

    def __str__(self) -> str:
        return f'--plan "{", ".join(self.troubles)}" --seed {self.seed}'
