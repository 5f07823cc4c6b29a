"""What an answer of QuickBooks means where it is not plain, and what it leaves on an expense report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import Already, Ignore, Rejected, Sent
from qbferry_expenses.document import APPROVED, TRANSFERRED
from qbferry_expenses.state import ReportState
from qbferry_expenses.vendors import created_name

if TYPE_CHECKING:
    from qbferry import Request, Response
    from qbferry_expenses.document import ExpenseReportDocument
    from qbferry_expenses.state import ReportRecord

__all__ = ["changed", "let_go", "meaning", "transferred"]

NAME_TAKEN = 3100
BAD_REFERENCE = 3140


def meaning(
    report: ExpenseReportDocument, request: Request, response: Response
) -> Sent | Already | Rejected | None:
    """Judge an answer; None leaves it to the framework.

    A vendor whose name is taken counts as there: an earlier report of the same resource created it. Should
    the name be another entry's after all, whose list was not known, the bill is refused, and says so.
    """
    name = created_name(report.resource)
    if request.name == "VendorAdd":
        if response.objects:
            # without the vendor's ListID: what the record is in QuickBooks is its bill
            return Sent(note=f'The vendor "{name}" was created.')
        if response.status_code == NAME_TAKEN:
            return Already(note=f'The name "{name}" is in QuickBooks already.')
    elif response.status_code == BAD_REFERENCE and f'Vendor "{name}"' in response.message:
        return Rejected(
            f'QuickBooks has no vendor named "{name}", and none could be created: a customer, an employee or '
            "another name may be called so. Rename that one in QuickBooks, or create a vendor for "
            f'"{report.resource}" there; the report goes again in the next run.'
        )
    return None


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
