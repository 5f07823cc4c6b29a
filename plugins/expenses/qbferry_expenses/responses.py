"""What an answer of QuickBooks changes on an expense report, and means where it is not plain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import Rejected, Sent
from qbferry_expenses.document import APPROVED, TRANSFERRED
from qbferry_expenses.vendors import created_name

if TYPE_CHECKING:
    from qbferry import Request, Response
    from qbferry_expenses.document import ExpenseReportDocument
    from qbferry_expenses.models import ExpenseReport

__all__ = ["cleared", "meaning", "still_transferred", "transferred"]

NAME_TAKEN = 3100
BAD_REFERENCE = 3140


def meaning(report: ExpenseReportDocument, request: Request, response: Response) -> Sent | Rejected | None:
    """Judge an answer; None leaves it to the framework.

    A vendor whose name is taken counts as there: an earlier report of the same resource created it. Should
    the name be another entry's after all, whose list was not known, the bill is refused, and says so.
    """
    name = created_name(report.resource)
    if request.name == "VendorAdd":
        if not response.is_error:
            # without the vendor's ListID: the record's identity in QuickBooks is its bill's
            return Sent(note=f'The vendor "{name}" was created.')
        if response.status_code == NAME_TAKEN:
            return Sent(note=f'The name "{name}" is in QuickBooks already.')
    elif response.status_code == BAD_REFERENCE and f'Vendor "{name}"' in response.message:
        return Rejected(
            f'QuickBooks has no vendor named "{name}", and none could be created: a customer, an employee or '
            "another name may be called so. Rename that one in QuickBooks, or create a vendor for "
            f'"{report.resource}" there; the report goes again in the next run.'
        )
    return None


def transferred(record: ExpenseReport) -> None:
    """Note that the bill is in QuickBooks; a person who found it there may not have said by what name."""
    record.document = {**record.document, "status": TRANSFERRED}
    record.quickbooks_reference = record.ref_number or record.txn_id or record.id


def still_transferred(record: ExpenseReport) -> None:
    """Keep the status of a transferred report whose source does not know of the transfer."""
    if record.quickbooks_reference and record.document["status"].casefold() == APPROVED.casefold():
        record.document = {**record.document, "status": TRANSFERRED}


def cleared(record: ExpenseReport) -> None:
    """Forget the bill, so that the report can go again."""
    record.quickbooks_reference = None
    if record.document["status"] == TRANSFERRED:
        record.document = {**record.document, "status": APPROVED}
