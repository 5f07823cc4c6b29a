"""What of an expense report goes on its bill."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from qbferry import Summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qbferry_expenses.document import ExpenseReportDocument, Item
    from qbferry_expenses.settings import Settings

__all__ = ["advance", "items", "summary", "total"]


def items(report: ExpenseReportDocument, settings: Settings) -> Sequence[Item]:
    """The items that are sent."""
    return [item for item in report.items if item.reimbursable or settings.transfer_non_reimbursable]


def advance(report: ExpenseReportDocument, settings: Settings) -> Decimal:
    """The cash advance that is taken off the bill."""
    return report.cash_advance if settings.transfer_cash_advances else Decimal(0)


def total(report: ExpenseReportDocument, settings: Settings) -> Decimal:
    """What the bill comes to."""
    return sum((item.amount for item in items(report, settings)), -advance(report, settings))


def summary(report: ExpenseReportDocument, *, settings: Settings) -> Summary:
    """What lists and totals know of an expense report."""
    return Summary(party=report.resource, dated=report.week_ending, amount=total(report, settings))
