"""Fields that many documents have: money, quantities, how a form reaches its reader."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field

__all__ = ["Choice", "Money", "Quantity", "Transmission"]

CENT = Decimal("0.01")


def _whole_cents(value: Decimal) -> Decimal:
    cents = value.quantize(CENT)
    if cents != value:
        raise ValueError("an amount of money has at most two decimals")
    return cents


Money = Annotated[Decimal, Field(max_digits=15), AfterValidator(_whole_cents)]
"""An amount such as ``"300.00"``; a JSON number is taken as it is written."""

Quantity = Annotated[Decimal, Field(max_digits=15, decimal_places=5)]
"""A number of goods or hours: QuickBooks holds five decimals (facts B2)."""


class Choice(StrEnum):
    """A word of a closed list, taken in capital or small letters."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        wanted = value.casefold() if isinstance(value, str) else None
        return next((member for member in cls if member.value.casefold() == wanted), None)


class Transmission(Choice):
    """How the other side gets a form: QuickBooks' boxes "Print later" and "Email later"."""

    NONE = "none"
    PRINT = "print"
    EMAIL = "email"
    PRINT_AND_EMAIL = "print_and_email"

    @property
    def prints(self) -> bool:
        """Whether "Print later" is ticked."""
        return self in {Transmission.PRINT, Transmission.PRINT_AND_EMAIL}

    @property
    def emails(self) -> bool:
        """Whether "Email later" is ticked."""
        return self in {Transmission.EMAIL, Transmission.PRINT_AND_EMAIL}
