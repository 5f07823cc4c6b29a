"""The timesheets plugin: what the framework calls."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from qbferry import Column, Entity, Kind, Noted, Skip, first_reason, hookimpl
from qbferry_timesheets import mapping, references, responses, settings
from qbferry_timesheets.document import TimesheetDocument, summary
from qbferry_timesheets.eligibility import RULES
from qbferry_timesheets.state import TimesheetState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qbferry import Connector, Names, Reference, Request, Response
    from qbferry_timesheets.state import TimesheetRecord

__all__ = ["Timesheets"]


class Timesheets:
    """Carries timesheets to QuickBooks, one TimeTrackingAdd an entry."""

    Settings = settings.Settings

    def __init__(self, values: settings.Settings) -> None:
        self._settings = values

    @hookimpl
    def entities(self) -> Iterable[Entity]:
        """Own the entity ``timesheet``."""
        return [
            Entity(
                name="timesheet",
                label="Timesheet",
                plural="Timesheets",
                document=TimesheetDocument,
                state=TimesheetState,
                summary=summary,
                requests=("TimeTrackingAdd",),
                templates=files("qbferry_qbxml") / "timesheets",
                # The status is not sent either, but an approval that was taken back is worth telling.
                never_sent=frozenset({"batch", "period_start", "period_end"}),
                targets=references.TARGETS,
                columns=(
                    Column(name="resource"),
                    Column(name="period_start", kind=Kind.DATE),
                    Column(name="period_end", kind=Kind.DATE),
                    Column(name="status", filterable=True),
                ),
                routed_by="resource",
                order=20,
            )
        ]

    @hookimpl
    def check_eligibility(self, record: TimesheetRecord) -> Skip | None:
        """Ask the rules."""
        reason = first_reason(RULES, record.document, self._settings)
        return Skip(reason) if reason else None

    @hookimpl
    def references(self, record: TimesheetRecord, connector: Connector) -> Iterable[Reference]:
        """Name whose time it is, what it was for, and what it may be paid as."""
        return references.references(record.document, self._settings, connector)

    @hookimpl
    def build_requests(self, record: TimesheetRecord, names: Names) -> Iterable[Request]:
        """Map the entries."""
        return mapping.requests(record.document, self._settings, names)

    @hookimpl
    def possible_keys(self, record: TimesheetRecord) -> Iterable[str]:
        """Name all entries, though QuickBooks may not know the person at the moment."""
        return mapping.possible_keys(record.document)

    @hookimpl
    def handle_response(self, record: TimesheetRecord, request: Request, response: Response) -> None:
        """Remember what QuickBooks took; what the answer means is the framework's to say."""
        record.state = responses.remember(record, request, response)

    @hookimpl
    def after_transfer(self, record: TimesheetRecord) -> Noted | None:
        """Note when QuickBooks holds an entry otherwise than the source now does."""
        return Noted() if responses.changed_on_the_way(record.document, record.state) else None

    @hookimpl
    def forget(self, record: TimesheetRecord, lost: Mapping[str, str]) -> None:
        """Let go of entries that a restored backup lost."""
        record.state = responses.forget(record.state, lost)
