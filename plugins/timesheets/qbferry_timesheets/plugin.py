"""The timesheets plugin: what the framework calls."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from qbferry import Entity, Skip, hookimpl, mirror
from qbferry_timesheets import eligibility, mapping, people, responses, settings
from qbferry_timesheets.document import TimesheetDocument
from qbferry_timesheets.models import Timesheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qbferry import Connector, Lists, Poll, Record, Request, Response

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
                record=Timesheet,
                document=TimesheetDocument,
                templates=files("qbferry_qbxml") / "timesheets",
                columns=("resource", "period_start", "period_end", "status"),
                order=20,
            )
        ]

    @hookimpl
    def polls(self) -> Iterable[Poll]:
        """Keep at hand who can have time, and what it can be paid as."""
        return [mirror(kind) for kind in (*people.KINDS, "PayrollItemWage")]

    @hookimpl
    def check_eligibility(self, record: Record) -> Skip | None:
        """Ask the rules."""
        reason = eligibility.first_reason(TimesheetDocument.of(record), self._settings)
        return Skip(reason) if reason else None

    @hookimpl
    def build_requests(self, record: Record, connector: Connector, lists: Lists) -> Iterable[Request] | Skip:
        """Map the entries."""
        return mapping.requests(TimesheetDocument.of(record), self._settings, connector, lists)

    @hookimpl
    def handle_response(self, record: Timesheet, request: Request, response: Response) -> None:
        """Remember what QuickBooks took; what the answer means is the framework's to say."""
        responses.remember(record, request, response)

    @hookimpl
    def after_transfer(self, record: Timesheet) -> None:
        """Note when QuickBooks holds an entry otherwise than the source now does."""
        record.changed_since_transfer = responses.changed_on_the_way(record)

    @hookimpl
    def forget(self, record: Timesheet, lost: Mapping[str, str]) -> None:
        """Let go of entries that a restored backup lost."""
        responses.forget(record, lost)
