"""From hours to minutes, which is what QuickBooks keeps (facts B2)."""

from __future__ import annotations

from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["minutes"]


def minutes(hours: Sequence[Decimal]) -> list[int]:
    """Round hours to minutes so that their sum is the sum of the hours, rounded half up.

    Every entry is rounded down; the minutes that lacks in all go to the entries with the largest fractions,
    of equal ones to the earlier. So no entry is off by a minute or more, and one by itself is rounded half
    up.

    Args:
        hours: Not negative.
    """
    exact = [value * 60 for value in hours]
    whole = [int(value.to_integral_value(ROUND_FLOOR)) for value in exact]
    total = int(sum(exact, Decimal(0)).to_integral_value(ROUND_HALF_UP))
    by_fraction = sorted(range(len(exact)), key=lambda index: whole[index] - exact[index])
    for index in by_fraction[: total - sum(whole)]:
        whole[index] += 1
    return whole
