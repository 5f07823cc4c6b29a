"""The expenses plugin: what the framework calls."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from qbferry import Entity, Skip, hookimpl, mirror
from qbferry_expenses import eligibility, mapping, responses, settings
from qbferry_expenses.document import ExpenseReportDocument
from qbferry_expenses.models import ExpenseReport

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qbferry import Connector, Lists, Poll, Record, Rejected, Request, Response, Sent

__all__ = ["Expenses"]


class Expenses:
    """Carries expense reports to QuickBooks, one BillAdd each."""

    Settings = settings.Settings

    def __init__(self, values: settings.Settings) -> None:
        self._settings = values

    @hookimpl
    def entities(self) -> Iterable[Entity]:
        """Own the entity ``expense_report``."""
        return [
            Entity(
                name="expense_report",
                label="Expense report",
                plural="Expense reports",
                record=ExpenseReport,
                document=ExpenseReportDocument,
                templates=files("qbferry_qbxml") / "expenses",
                columns=("resource", "name", "week_ending", "status", "quickbooks_reference"),
                order=30,
            )
        ]

    @hookimpl
    def polls(self) -> Iterable[Poll]:
        """Keep at hand the lists a bill refers to."""
        return [mirror(kind) for kind in mapping.LISTS]

    @hookimpl
    def check_eligibility(self, record: ExpenseReport) -> Skip | None:
        """Ask the rules."""
        report = ExpenseReportDocument.model_validate(record.document)
        reason = eligibility.first_reason(report, record.quickbooks_reference, self._settings)
        return Skip(reason) if reason else None

    @hookimpl
    def check_retransfer(self, record: ExpenseReport) -> Skip | None:
        """Refuse it while there is a bill."""
        reason = eligibility.not_transferred_before(record.id, record.quickbooks_reference)
        return Skip(reason) if reason else None

    @hookimpl
    def check_change(self, record: ExpenseReport) -> None:
        """Keep the status the transfer gave; the rest is the framework's."""
        responses.still_transferred(record)

    @hookimpl
    def build_requests(self, record: Record, connector: Connector, lists: Lists) -> Iterable[Request] | Skip:
        """Map the report."""
        return mapping.requests(ExpenseReportDocument.of(record), self._settings, connector, lists)

    @hookimpl
    def handle_response(self, record: Record, request: Request, response: Response) -> Sent | Rejected | None:
        """Judge what became of a vendor that had to be created."""
        return responses.meaning(ExpenseReportDocument.of(record), request, response)

    @hookimpl
    def after_transfer(self, record: ExpenseReport) -> None:
        """Give the report its status and reference."""
        responses.transferred(record)

    @hookimpl
    def clear_number(self, record: ExpenseReport) -> bool:
        """Let go of the bill."""
        responses.cleared(record)
        return True

    @hookimpl
    def forget(self, record: ExpenseReport) -> None:
        """Let go of a bill that a restored backup lost."""
        responses.cleared(record)
