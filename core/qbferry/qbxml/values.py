"""How values are written in qbXML (facts B2); the filters of templates.

Each gives None and an empty text back as an empty text, which the macros leave out.
"""

from __future__ import annotations

import re
from datetime import date as Date  # noqa: N812 - the filter of that name is what templates read
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from uuid import UUID

from qbferry.errors import RenderError

__all__ = ["FILTERS", "amount", "boolean", "cut", "date", "duration", "guid", "name", "price", "quantity"]

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AMOUNT = re.compile(r"-?[1-9][0-9]{0,12}\.[0-9]{2}").fullmatch
"""Matches an amount that is written as it is to be; what else may be one is rounded."""
_QUANTITY = re.compile(r"-?[1-9][0-9]{0,9}(?:\.[0-9]{1,5})?").fullmatch
"""Matches a quantity, price or percentage that needs no rounding."""
_CENT, _FINEST = Decimal("0.01"), Decimal("0.00001")
_MOST_MONEY, _MOST = Decimal("1e13"), Decimal("1e10")
_WORDS = {"true": "true", "1": "true", "false": "false", "0": "false"}


def amount(value: Decimal | int | str | None) -> str:
    """Write money with exactly two decimals, rounded half up: ``300`` -> ``300.00``.

    Raises:
        RenderError: It is no number, or has more than 13 digits before the point.
    """
    if value is None or value == "":
        return ""
    if type(value) is Decimal and _AMOUNT(text := str(value)):
        return text
    number = _rounded(value, _CENT, "an amount")
    if abs(number) >= _MOST_MONEY:
        raise RenderError(f"{value} is too large: an amount has at most 13 digits before the point.")
    return str(number)


def quantity(value: Decimal | int | str | None) -> str:
    """Write a quantity with at most five decimals, rounded half up: ``2.50`` -> ``2.5``.

    Raises:
        RenderError: It is no number, or has more than 10 digits before the point.
    """
    return _short(value, "a quantity")


def price(value: Decimal | int | str | None) -> str:
    """Write a rate, cost or percentage; otherwise like ``quantity``."""
    return _short(value, "a price")


def date(value: Date | str | None) -> str:
    """Write a date or the day of a time: ``2026-10-31``.

    Raises:
        RenderError: It is no date, or before 1901, where QuickBooks' calendar begins.
    """
    if type(value) is Date:
        day = value
    elif value is None or value == "":
        return ""
    elif isinstance(value, datetime):
        day = value.date()
    elif isinstance(value, Date):
        day = value
    else:
        try:
            day = Date.fromisoformat(value if _DATE.fullmatch(value) else "")
        except ValueError:
            raise RenderError(f'"{value}" is no date; dates are written like 2026-10-31.') from None
    if day.year < 1901:
        raise RenderError(f"{day} is before 1901, which QuickBooks does not take.")
    return day.isoformat()


def boolean(value: bool | str | None) -> str:
    """Write ``true`` or ``false``.

    Raises:
        RenderError: It is neither a truth value nor one of the words true, false, 1 and 0.
    """
    if value is None or value == "":
        return ""
    word = _WORDS.get(str(value).lower())
    if word is None:
        raise RenderError(f'"{value}" is neither true nor false.')
    return word


def duration(minutes: int | None) -> str:
    """Write minutes of work: ``450`` -> ``PT7H30M``.

    Raises:
        RenderError: It is no whole number of minutes, or negative.
    """
    if minutes is None:
        return ""
    if not isinstance(minutes, int) or isinstance(minutes, bool) or minutes < 0:
        raise RenderError(f"{minutes} is no duration; it must be a whole number of minutes, 0 or more.")
    return f"PT{minutes // 60}H{minutes % 60}M"


def name(value: str | None) -> str:
    """Write a list name as QuickBooks does, level by level: ``Labor ~ Remote`` -> ``Labor:Remote``."""
    if value is None:
        return ""
    if "~" not in value and ":" not in value:
        return value.strip()
    return ":".join([part.strip() for part in value.replace("~", ":").split(":")])


def cut(value: str | None, length: int) -> str:
    """Cut a description or memo to what its field holds. Names and numbers must never be cut."""
    return "" if value is None else value[:length]


def guid(value: UUID | str | None) -> str:
    """Write a GUID with braces.

    Raises:
        RenderError: It is no GUID.
    """
    if value is None or value == "":
        return ""
    try:
        return f"{{{value if isinstance(value, UUID) else UUID(value)}}}"
    except ValueError:
        raise RenderError(f'"{value}" is no GUID.') from None


FILTERS = {
    function.__name__: function
    for function in (amount, boolean, cut, date, duration, guid, name, price, quantity)
}
"""Filter name -> function, for templates."""


def _short(value: Decimal | int | str | None, kind: str) -> str:
    if value is None or value == "":
        return ""
    if type(value) is Decimal and _QUANTITY(text := str(value)):
        return text.rstrip("0").rstrip(".") if "." in text else text
    number = _rounded(value, _FINEST, kind)
    if abs(number) >= _MOST:
        raise RenderError(f"{value} is too large: {kind} has at most 10 digits before the point.")
    return str(number).rstrip("0").rstrip(".")


def _rounded(value: Decimal | int | str, finest: Decimal, kind: str) -> Decimal:
    try:
        number = Decimal(value).quantize(finest, ROUND_HALF_UP)
    except (InvalidOperation, TypeError, ValueError):
        number = Decimal("NaN")
    if not number.is_finite() or isinstance(value, bool | float):
        raise RenderError(f'"{value}" is not {kind}; give it as a number like 12.50.')
    return number if number else abs(number)
