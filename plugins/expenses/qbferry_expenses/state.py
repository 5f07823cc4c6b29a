"""What is remembered of an expense report: its bill in QuickBooks, and the status that gave it."""

from __future__ import annotations

from typing import TypeAlias

from qbferry import Record, State
from qbferry_expenses.document import ExpenseReportDocument

__all__ = ["ReportRecord", "ReportState"]


class ReportState(State):
    """The state of an expense report.

    Attributes:
        quickbooks_reference: By what its bill is found in QuickBooks: the bill's number, else its TxnID.
            None: there is no bill, or it was let go of.
        status: The status the transfer gave it, shown instead of its source's; None: the source's holds.
        let_go: Its bill was cleared by a person, or lost with a restored backup. A source that has heard of
            the transfer may go on saying so.
    """

    quickbooks_reference: str | None = None
    status: str | None = None
    let_go: bool = False


ReportRecord: TypeAlias = Record[ExpenseReportDocument, ReportState]
"""An expense report, and what became of it in QuickBooks."""
