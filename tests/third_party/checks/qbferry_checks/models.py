"""What a check is: its shape as JSON, and its table."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from qbferry import Base, Document, Transferable

__all__ = ["Check", "CheckDocument"]


class CheckDocument(Document):
    """One check. ``account`` is the bank account; without it, the one of the settings."""

    date: date
    payee: str = Field(min_length=1, max_length=41)
    amount: Annotated[Decimal, Field(gt=0, max_digits=15, decimal_places=2)]
    expense_account: str = Field(min_length=1, max_length=159)
    account: str | None = Field(default=None, max_length=159)
    memo: str | None = Field(default=None, max_length=4095)


class Check(Transferable, Base):
    """A check and where it stands."""

    __tablename__ = "bank_check"
