"""Hours become minutes, and their sum stays."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbferry_timesheets.duration import minutes


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([], []),
        (["7.50"], [450]),
        (["0.125"], [8]),  # 7.5 minutes by themselves are rounded half up
        (["0.175", "0.175", "0.175"], [11, 11, 10]),  # 31.5 minutes make 32, not 33
        (["0.33", "0.33", "0.34"], [20, 20, 20]),
        (["0.005", "0.005", "0.005", "0.005"], [1, 0, 0, 0]),  # a minute made of seconds is not lost
        (["1", "0", "0.99"], [60, 0, 59]),
    ],
)
def test_minutes_add_up_to_the_hours(hours: list[str], expected: list[int]) -> None:
    assert minutes([Decimal(value) for value in hours]) == expected


@given(st.lists(st.decimals(min_value=0, max_value=24, places=4), max_size=60))
def test_no_entry_is_off_by_a_minute_and_the_sum_is_the_rounded_sum(hours: list[Decimal]) -> None:
    found = minutes(hours)
    assert sum(found) == int((sum(hours, Decimal(0)) * 60).to_integral_value(ROUND_HALF_UP))
    assert all(abs(part - value * 60) < 1 for part, value in zip(found, hours, strict=True))
