"""The expenses plugin: what the framework calls."""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING

from qbferry import Cleared, Column, Entity, Kind, Skip, first_reason, hookimpl
from qbferry_expenses import amounts, eligibility, mapping, references, responses, settings
from qbferry_expenses.document import ExpenseReportDocument
from qbferry_expenses.state import ReportState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qbferry import Connector, Ignore, Names, Reference, Request
    from qbferry_expenses.state import ReportRecord

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
                document=ExpenseReportDocument,
                state=ReportState,
                summary=partial(amounts.summary, settings=self._settings),
                requests=("BillAdd", "VendorAdd"),
                templates=files("qbferry_qbxml") / "expenses",
                targets=references.TARGETS,
                # The status is not sent either, but what the source says of it is looked at.
                never_sent=frozenset({"batch"}),
                columns=(
                    Column(name="resource"),
                    Column(name="name"),
                    Column(name="week_ending", kind=Kind.DATE),
                    Column(name="status", paths=("state.status", "document.status")),
                    Column(name="quickbooks_reference", paths=("state.quickbooks_reference",)),
                ),
                routed_by="resource",
                order=30,
            )
        ]

    @hookimpl
    def check_eligibility(self, record: ReportRecord) -> Skip | None:
        """Ask the rules."""
        reason = first_reason(eligibility.RULES, record.document, record.state, self._settings)
        return Skip(reason) if reason else None

    @hookimpl
    def check_retransfer(self, record: ReportRecord) -> Skip | None:
        """Refuse it while there is a bill."""
        reason = eligibility.not_transferred_before(record.document, record.state, self._settings)
        return Skip(reason) if reason else None

    @hookimpl
    def check_change(self, record: ReportRecord, previous: ExpenseReportDocument) -> Ignore | None:
        """Know a source that has only heard of the transfer; the rest is the framework's."""
        record.state, answer = responses.changed(record, previous)
        return answer

    @hookimpl
    def references(self, record: ReportRecord, connector: Connector) -> Iterable[Reference]:
        """Name the vendor, and each line's account, customer and class."""
        return references.references(record.document, self._settings, connector)

    @hookimpl
    def build_requests(self, record: ReportRecord, names: Names) -> Iterable[Request]:
        """Map the report."""
        return [mapping.request(record.document, self._settings, names)]

    @hookimpl
    def possible_keys(self) -> Iterable[str]:
        """Name what may be in QuickBooks, though it cannot be built at the moment."""
        return [mapping.KEY]

    @hookimpl
    def after_transfer(self, record: ReportRecord) -> None:
        """Give the report its status and reference."""
        record.state = responses.transferred(record)

    @hookimpl
    def clear_number(self, record: ReportRecord) -> Cleared:
        """Let go of the bill."""
        record.state = responses.let_go()
        return Cleared()

    @hookimpl
    def forget(self, record: ReportRecord) -> None:
        """Let go of a bill that a restored backup lost."""
        record.state = responses.let_go()
