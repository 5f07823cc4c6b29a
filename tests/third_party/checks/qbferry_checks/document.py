"""What a check is: its shape as JSON, and what lists and totals know of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from qbferry import Document, Summary

__all__ = ["CheckDocument", "summary"]


class CheckDocument(Document):
    """One check. ``account`` is the bank account; without it, the one of the settings."""

    date: date
    payee: str = Field(min_length=1, max_length=41)
    amount: Annotated[Decimal, Field(gt=0, max_digits=15, decimal_places=2)]
    expense_account: str = Field(min_length=1, max_length=159)
    account: str | None = Field(default=None, max_length=159)
    memo: str | None = Field(default=None, max_length=4095)


def summary(check: CheckDocument) -> Summary:
    """Whom it is for, of what date, over how much; its number comes from QuickBooks."""
    return Summary(party=check.payee, dated=check.date, amount=check.amount)
