from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbferry.errors import RenderError
from qbferry.qbxml import values
from qbferry.qbxml.check import check_request

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("given_value", "written"),
    [
        ("300", "300.00"),
        (Decimal("0.005"), "0.01"),
        ("-2.345", "-2.35"),
        (7, "7.00"),
        ("-0.001", "0.00"),
        ("", ""),
    ],
)
def test_an_amount_has_two_decimals_rounded_half_up(given_value: Decimal | int | str, written: str) -> None:
    assert values.amount(given_value) == written


@pytest.mark.parametrize(
    ("given_value", "written"),
    [
        ("2.50", "2.5"),
        ("100", "100"),
        (Decimal("1E+2"), "100"),
        ("0.000005", "0.00001"),
        ("0", "0"),
        (None, ""),
    ],
)
def test_a_quantity_has_at_most_five_decimals(given_value: Decimal | str | None, written: str) -> None:
    assert values.quantity(given_value) == written
    assert values.price(given_value) == written


@pytest.mark.parametrize(
    "wrong", ["abc", "NaN", "Infinity", "1,000.00", "1e99", Decimal("1e14"), True, 1.5, []]
)
def test_what_is_no_number_is_refused(wrong: str) -> None:
    for convert in (values.amount, values.quantity):
        with pytest.raises(RenderError):
            convert(wrong)


@given(st.decimals(-(10**9), 10**9, allow_nan=False))
@settings(deadline=None)
def test_every_number_in_range_is_written_as_quickbooks_reads_it(number: Decimal) -> None:
    line = (
        f"<Quantity>{values.quantity(number)}</Quantity><Rate>{values.price(number)}</Rate>"
        f"<Amount>{values.amount(number)}</Amount>"
    )
    reference = "<CustomerRef><FullName>A</FullName></CustomerRef>"
    xml = f"<InvoiceAdd>{reference}<InvoiceLineAdd>{line}</InvoiceLineAdd></InvoiceAdd>"
    assert check_request("InvoiceAdd", xml) == []


def test_dates() -> None:
    assert values.date(date(2026, 10, 31)) == "2026-10-31"
    assert values.date(datetime(2026, 10, 31, 23, 59, tzinfo=UTC)) == "2026-10-31"
    assert values.date("2026-10-31") == "2026-10-31"
    assert values.date(None) == ""


def test_truth_values() -> None:
    assert [values.boolean(value) for value in (True, "FALSE", "1", None)] == ["true", "false", "true", ""]


def test_durations_are_in_minutes() -> None:
    assert [values.duration(minutes) for minutes in (450, 0, 6000, None)] == [
        "PT7H30M",
        "PT0H0M",
        "PT100H0M",
        "",
    ]


def test_a_tilde_parts_the_levels_of_a_name() -> None:
    assert values.name(" Labor ~ On-Site~Night ") == "Labor:On-Site:Night"
    assert values.name(None) == ""


def test_descriptions_may_be_cut() -> None:
    assert values.cut("abcdef", 4) == "abcd"
    assert values.cut(None, 4) == ""


def test_guids_get_braces() -> None:
    text = "00000000-0000-0000-0000-00000000000a"
    assert values.guid(text) == values.guid(UUID(text)) == values.guid(f"{{{text}}}") == f"{{{text}}}"


@pytest.mark.parametrize(
    ("convert", "wrong"),
    [
        (values.date, "31.10.2026"),
        (values.date, "20261031"),
        (values.date, "1900-12-31"),
        (values.boolean, "yes"),
        (values.duration, -1),
        (values.duration, 7.5),
        (values.guid, "1234"),
    ],
)
def test_what_does_not_fit_its_kind_is_refused_by_name(
    convert: Callable[[object], str], wrong: object
) -> None:
    with pytest.raises(RenderError, match=str(wrong)):
        convert(wrong)


def test_a_number_may_have_as_many_digits_as_quickbooks_holds() -> None:
    assert values.amount("9999999999999.99") == "9999999999999.99"
    assert values.quantity("-9999999999.99999") == "-9999999999.99999"
    for write, number in (
        (values.amount, "1e13"),
        (values.quantity, "-1e10"),
        (values.price, "9999999999.999999"),
    ):
        with pytest.raises(RenderError, match="is too large"):
            write(number)
