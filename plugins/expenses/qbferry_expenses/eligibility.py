"""Whether an expense report may go: pure rules, each named as the README names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import BillableStatus
from qbferry_expenses import amounts
from qbferry_expenses.document import APPROVED, TRANSFERRED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qbferry_expenses.document import ExpenseReportDocument
    from qbferry_expenses.settings import Settings
    from qbferry_expenses.state import ReportState

__all__ = ["RULES", "not_transferred_before"]

NUMBER_LENGTH = 20
"""What QuickBooks holds of a bill's number (facts C)."""


def not_transferred_before(
    report: ExpenseReportDocument, state: ReportState, _settings: Settings
) -> str | None:
    """A report is paid once: what has a bill in QuickBooks does not go again."""
    if state.quickbooks_reference is None:
        return None
    return (
        f"Expense report {report.id} is in QuickBooks as bill {state.quickbooks_reference} and is not "
        "transferred again. If it must be, delete that bill there, then clear the reference with: "
        f"qbferry clear-external-number expense_report {report.id}."
    )


def approved(report: ExpenseReportDocument, state: ReportState, _settings: Settings) -> str | None:
    """Only what was approved is paid; what was let go of was approved before."""
    if report.stands(APPROVED) or (state.let_go and report.stands(TRANSFERRED)):
        return None
    return (
        f'Expense report {report.id} has the status "{report.status}"; only those that are "{APPROVED}" are '
        "transferred."
    )


def number_fits(report: ExpenseReportDocument, _state: ReportState, _settings: Settings) -> str | None:
    """The report's id is the bill's number, which is never cut."""
    if len(report.id) <= NUMBER_LENGTH:
        return None
    return (
        f'The id "{report.id}" is too long for the number of a bill: QuickBooks holds {NUMBER_LENGTH} '
        "characters. Give the expense report a shorter id at its source."
    )


def something_to_reimburse(
    report: ExpenseReportDocument, _state: ReportState, _settings: Settings
) -> str | None:
    """A report nobody gets money back for is no bill."""
    if any(item.reimbursable for item in report.items):
        return None
    return f"Expense report {report.id} has no reimbursable item, so there is nothing to pay."


def billable_to_a_customer(
    report: ExpenseReportDocument, _state: ReportState, settings: Settings
) -> str | None:
    """QuickBooks takes an expense as billable only for a customer (facts E)."""
    if settings.billable is BillableStatus.NOT_BILLABLE:
        return None
    for position, item in enumerate(amounts.items(report, settings), 1):
        if item.billable and not item.organization:
            return (
                f"Item {item.id or position} of expense report {report.id} is billable but has no "
                "organization to bill. Give it one at the source."
            )
    return None


def cash_advance_account(
    report: ExpenseReportDocument, _state: ReportState, settings: Settings
) -> str | None:
    """A cash advance is taken off the bill only where it is known which account it was booked on."""
    if not amounts.advance(report, settings) or settings.cash_advance_account:
        return None
    return (
        f"Expense report {report.id} has a cash advance of {report.cash_advance}, and no account is set for "
        "it. Set cash_advance_account in [plugins.expenses], or transfer_cash_advances = false."
    )


def total_not_negative(report: ExpenseReportDocument, _state: ReportState, settings: Settings) -> str | None:
    """QuickBooks takes no bill below zero; that is a vendor credit there."""
    total = amounts.total(report, settings)
    if total >= 0:
        return None
    return (
        f"Expense report {report.id} comes to {total}, cash advance taken off, and QuickBooks takes no bill "
        "below zero. Enter it there as a vendor credit, or change the report."
    )


RULES: Mapping[str, Callable[[ExpenseReportDocument, ReportState, Settings], str | None]] = {
    "Not transferred before": not_transferred_before,
    "Approved for payment": approved,
    "Reference number": number_fits,
    "Something to reimburse": something_to_reimburse,
    "Billable to a customer": billable_to_a_customer,
    "Cash advance account": cash_advance_account,
    "Total not negative": total_not_negative,
}
"""The README's name of each rule -> the rule."""
