"""What is known of a connector's connection, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from qbferry.output import minute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qbferry.store.rows import ConnectorRow, RunRow

__all__ = ["Diagnosis", "Grade", "calls", "connection"]

MISSED = 3
"""Runs that a connector may miss before it is called silent."""


class Grade(StrEnum):
    """How something is."""

    WELL = "well"
    LOOK = "look"
    ILL = "ill"


MARKS = {Grade.WELL: "ok  ", Grade.LOOK: "look", Grade.ILL: "ILL "}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a check found.

    Attributes:
        about: What was looked at.
        seen: What was found, without a full stop.
        advice: What to do, a sentence; empty where all is well.
    """

    about: str
    health: Grade
    seen: str
    advice: str = ""

    def tell(self, say: Callable[[str], None]) -> None:
        """Say it, in a line or two."""
        say(f"{MARKS[self.health]}  {self.about}: {self.seen}")
        if self.advice:
            say(f"      {self.advice}")

    def as_json(self) -> dict[str, str | None]:
        """It as JSON."""
        return {
            "about": self.about,
            "health": str(self.health),
            "seen": self.seen,
            "advice": self.advice or None,
        }


def connection(row: ConnectorRow, run: RunRow | None) -> Iterator[Diagnosis]:
    """Say what is known of a connector's connection, and what is wrong with it.

    Args:
        row: The connector.
        run: Its last run.
    """
    yield calls(row)
    if row.last_seen_at is None:
        return
    if not run:
        advice = "It signed in, and nothing was due: set a record ready, and let it run again."
        yield Diagnosis("QuickBooks", Grade.LOOK, "no run has begun yet", advice)
        return
    yield _quickbooks(row, run)
    yield _company(row, run)


def calls(row: ConnectorRow, since: datetime | None = None) -> Diagnosis:
    """Say whether a connector's Web Connector calls as often as it should.

    Args:
        row: The connector.
        since: Since when it would have been heard.
    """
    about = f"connector {row.name}"
    if row.paused:
        return Diagnosis(about, Grade.LOOK, "paused", f"To let it work: qbferry connector resume {row.name}.")
    if row.last_seen_at is None:
        return Diagnosis(
            about,
            Grade.LOOK,
            "its Web Connector has never called",
            f"Open the file that qbferry connector qwc {row.name} writes, on the PC with QuickBooks.",
        )
    silent = datetime.now(UTC) - max(row.last_seen_at, since or row.last_seen_at)
    seen = (
        f"last seen {minute(row.last_seen_at.isoformat())}, with {row.company_file or 'no company file yet'}"
    )
    if row.every_minutes and silent > MISSED * timedelta(minutes=row.every_minutes):
        return Diagnosis(
            about,
            Grade.ILL,
            f"{seen}; it is to come every {row.every_minutes} minutes",
            "Is that PC on, and the Web Connector running with Auto-Run ticked? Its log is behind View Log.",
        )
    return Diagnosis(about, Grade.WELL, seen)


def _quickbooks(row: ConnectorRow, run: RunRow) -> Diagnosis:
    if run.last_error:
        advice = "Mend that, and run the update again."
        return Diagnosis("last run", Grade.ILL, run.last_error.rstrip("."), advice)
    if not row.product:
        advice = "Close dialog boxes in QuickBooks, and run the update again."
        return Diagnosis("QuickBooks", Grade.LOOK, "it has not said what it is", advice)
    return Diagnosis("QuickBooks", Grade.WELL, f"{row.product}, {row.country}, qbXML {row.qbxml_version}")


def _company(row: ConnectorRow, run: RunRow) -> Diagnosis:
    if not run.greeted:
        advice = "Run the update again."
        return Diagnosis("company file", Grade.LOOK, "the run ended before it was seen", advice)
    seen = f"{row.company_name or 'no name'} at {row.company_file or 'no place'}"
    if not row.has_file_id:
        advice = (
            "It comes with the .qwc file: open that in the Web Connector while this company file is open."
        )
        return Diagnosis("company file", Grade.LOOK, f"{seen}, without this connector's mark", advice)
    return Diagnosis("company file", Grade.WELL, f"{seen}, with this connector's mark")
