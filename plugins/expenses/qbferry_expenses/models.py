"""The expense reports' table."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from qbferry import Base, Transferable

__all__ = ["ExpenseReport"]


class ExpenseReport(Transferable, Base):
    """An expense report.

    Attributes:
        quickbooks_reference: By what its bill is found in QuickBooks: the bill's number, else its TxnID.
            None: there is no bill, or a person has cleared it.
    """

    __tablename__ = "expense_report"

    quickbooks_reference: Mapped[str | None] = mapped_column(String(100))
