"""Money, prices, quantities and dates as QuickBooks writes them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone, tzinfo
from decimal import ROUND_HALF_UP, Decimal

__all__ = ["cents", "moment", "money", "number", "price", "quantity", "shift"]

_CENT = Decimal("0.01")
_FINEST = Decimal("0.00001")


def number(text: str) -> Decimal:
    """Read an amount, price or quantity that was checked before."""
    return Decimal(text)


def money(value: Decimal) -> str:
    """Write an amount, two decimals: ``206.00``."""
    return f"{value.quantize(_CENT, ROUND_HALF_UP) + 0:f}"


def cents(value: Decimal) -> int:
    """Give an amount in cents."""
    return int(value.quantize(_CENT, ROUND_HALF_UP) * 100)


def price(value: Decimal) -> str:
    """Write a rate: two to five decimals, ``103.00``, ``33.33333``."""
    text = f"{value.quantize(_FINEST, ROUND_HALF_UP) + 0:f}".rstrip("0")
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals:0<2}"


def quantity(value: Decimal) -> str:
    """Write a quantity without needless zeros: ``2``, ``2.5``."""
    text = f"{value.quantize(_FINEST, ROUND_HALF_UP) + 0:f}".rstrip("0").rstrip(".")
    return text or "0"


def shift(day: str, days: int) -> str:
    """Give the date some days after an ISO date."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def moment(text: str, zone: tzinfo | None = None, *, end: bool = False) -> int:
    """Read a DATETIMETYPE as unix seconds.

    Args:
        text: ``YYYY-MM-DD[Thh[:mm[:ss[±hh:mm]]]]``, checked before.
        zone: Where it is the local time, if it has no offset; None: here.
        end: Fill a missing time with 23:59:59 instead of 00:00:00 (facts B2).
    """
    day, _, clock = text.partition("T")
    offset = zone
    if len(clock) > 8:
        sign = -1 if clock[8] == "-" else 1
        hours, minutes = clock[9:].split(":")
        offset = timezone(sign * timedelta(hours=int(hours), minutes=int(minutes)))
        clock = clock[:8]
    filler = [23, 59, 59] if end and not clock else [0, 0, 0]
    parts = [int(part) for part in clock.split(":")] if clock else []
    hour, minute, second = parts + filler[len(parts) :]
    year, month, day_number = (int(part) for part in day.split("-"))
    when = datetime(year, month, day_number, hour, minute, second, tzinfo=offset)
    return int(when.timestamp())
