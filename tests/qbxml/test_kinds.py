from __future__ import annotations

from datetime import date, timedelta

import pytest

from qbferry.qbxml.kinds import fault
from qbferry.qbxml.schema import Element


def element(kind: str) -> Element:
    return Element("A", kind, 0, 1, None, (), ())


def test_every_day_from_1901_on_is_a_date() -> None:
    day = date(1896, 1, 1)
    while day < date(2106, 1, 1):
        assert (fault(element("DATETYPE"), day.isoformat()) is None) == (day.year > 1900), day
        day += timedelta(days=1)


def test_a_day_that_is_in_no_calendar_is_no_date() -> None:
    for year in (*range(1901, 2106), 2400, 9900, 9999):
        for month in range(14):
            for day in (0, 28, 29, 30, 31, 32):
                try:
                    known = bool(date(year, month, day))
                except ValueError:
                    known = False
                text = f"{year}-{month:02}-{day:02}"
                assert (fault(element("DATETYPE"), text) is None) == known, text


@pytest.mark.parametrize(
    "text", ["2026-1-01", "26-01-01", "2026- 01-01", "2026-01-01T00:00:00", "20260101", "x"]
)
def test_a_date_is_written_in_one_way(text: str) -> None:
    assert fault(element("DATETYPE"), text) == (
        f'is "{text}", not a date from 1901 on, written like 2026-10-31'
    )


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("BOOLTYPE", "true"),
        ("DATETYPE", "2026-10-31"),
        ("FLOATTYPE", "1.5"),
        ("INTTYPE", "3"),
        ("TIMEINTERVALTYPE", "PT1H"),
    ],
)
def test_blanks_around_a_value_are_taken_where_the_schema_takes_them(kind: str, text: str) -> None:
    assert fault(element(kind), f" \t\r\n{text}\n ") is None
    assert fault(element(kind), f"\u00a0{text}") is not None


@pytest.mark.parametrize(
    ("kind", "text"), [("AMTTYPE", "1.00"), ("PRICETYPE", "1"), ("QUANTYPE", "1"), ("GUIDTYPE", "0")]
)
def test_blanks_around_are_no_part_of_what_the_schema_makes_of_strings(kind: str, text: str) -> None:
    assert fault(element(kind), text) is None
    assert fault(element(kind), f" {text}") is not None
