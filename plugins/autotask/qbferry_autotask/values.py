"""From Autotask's values to those of documents."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

__all__ = ["cents", "day", "plain", "text"]

CENT = Decimal("0.01")


def day(value: Any) -> str | None:
    """A date; Autotask writes it as midnight UTC, so its zone is never converted."""
    return str(value)[:10] if value else None


def cents(value: Any) -> str | None:
    """An amount of money, which Autotask keeps with four decimals."""
    return None if value is None else f"{Decimal(value).quantize(CENT, ROUND_HALF_UP):f}"


def plain(value: Any, places: int = 5) -> str | None:
    """A number in plain digits."""
    if value is None:
        return None
    found = f"{Decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"
    return found.rstrip("0").rstrip(".") if "." in found else found


def text(value: Any) -> str | None:
    """A text, or nothing."""
    return (str(value).strip() or None) if value is not None else None
