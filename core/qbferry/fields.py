"""Fields that many documents and settings have: money, quantities, how a form reaches its reader."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field
from pydantic_core import PydanticKnownError

__all__ = ["BillableStatus", "Choice", "Money", "PartId", "Quantity", "Transmission"]

CENT = Decimal("0.01")


MOST_DIGITS = 15
"""Of an amount of money, in all; QuickBooks holds 13 before the point (facts B2)."""

LARGE = Decimal(10) ** (MOST_DIGITS - 2)


def _whole_cents(value: Decimal) -> Decimal:
    # Digits are counted where there may be too many: pydantic's own way of it costs more than the rest.
    if abs(value) >= LARGE and len(f"{abs(value.normalize()):f}".replace(".", "")) > MOST_DIGITS:
        raise PydanticKnownError("decimal_max_digits", {"max_digits": MOST_DIGITS})
    cents = value.quantize(CENT)
    if cents != value:
        raise ValueError("an amount of money has at most two decimals")
    return cents


Money = Annotated[Decimal, AfterValidator(_whole_cents)]
"""An amount such as ``"300.00"``; a JSON number is taken as it is written."""

Quantity = Annotated[Decimal, Field(max_digits=15, decimal_places=5)]
"""A number of goods or hours: QuickBooks holds five decimals (facts B2)."""


def _shown(text: str) -> str:
    if not text.isprintable():
        raise ValueError("has a character in it that cannot be shown")
    return text


PartId = Annotated[str, Field(min_length=1), AfterValidator(_shown)]
"""What tells a part of a record from the others, such as a line: made for the keys and labels of requests."""


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


class BillableStatus(StrEnum):
    """What QuickBooks does with time or an expense that has a customer, in its own words (facts C).

    ``Billable`` offers it for the customer's next invoice made in QuickBooks, ``HasBeenBilled`` shows it as
    invoiced already.
    """

    BILLABLE = "Billable"
    NOT_BILLABLE = "NotBillable"
    HAS_BEEN_BILLED = "HasBeenBilled"
