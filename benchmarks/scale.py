"""How much is measured: all of it, less, or so little that it only shows that it still runs."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

__all__ = ["Scale"]

T = TypeVar("T")


class Scale(StrEnum):
    """The sizes of a measurement."""

    WHOLE = "whole"
    QUICK = "quick"
    TINY = "tiny"

    def pick(self, whole: T, quick: T, tiny: T) -> T:
        """One of three, by the scale."""
        return {Scale.WHOLE: whole, Scale.QUICK: quick, Scale.TINY: tiny}[self]
