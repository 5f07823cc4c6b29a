"""What a transfer, and a change at the source, leave on an expense report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import Ignore
from qbferry_expenses.document import APPROVED, TRANSFERRED
from qbferry_expenses.state import ReportState

if TYPE_CHECKING:
    from qbferry_expenses.document import ExpenseReportDocument
    from qbferry_expenses.state import ReportRecord

__all__ = ["changed", "let_go", "transferred"]


def transferred(record: ReportRecord) -> ReportState:
    """Note that the bill is in QuickBooks; a person who found it there may not have said by what name."""
    return ReportState(
        quickbooks_reference=record.ref_number or record.txn_id or record.id, status=TRANSFERRED
    )


def changed(record: ReportRecord, previous: ExpenseReportDocument) -> tuple[ReportState, Ignore | None]:
    """Judge a change at the source.

    Returns:
        The state; a status of the source's own, such as ``Paid``, holds from now on. And ``Ignore`` where
        the source has only heard of the transfer.
    """
    report, state = record.document, record.state
    known = state.quickbooks_reference is not None or state.let_go
    only_status = report.model_copy(update={"status": previous.status}) == previous
    if known and only_status and report.stands(TRANSFERRED):
        return state, Ignore()
    if report.stands(APPROVED) or report.stands(TRANSFERRED):
        return state, None
    return state.replace(status=None), None


def let_go() -> ReportState:
    """Forget the bill, so that the report can go again."""
    return ReportState(let_go=True)
