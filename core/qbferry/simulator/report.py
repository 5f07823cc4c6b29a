"""What a run of the Web Connector came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["CallReport", "RunEnd", "RunReport"]


class RunEnd(StrEnum):
    """How a run ended; what the Web Connector's window would show."""

    FINISHED = "finished"
    NONE = "none"
    POSTPONED = "postponed"
    BUSY = "busy"
    NVU = "nvu"
    ERROR = "error"
    STOPPED = "stopped"

    @property
    def normal(self) -> bool:
        """Whether all is well: work done, nothing to do, or put off by the server."""
        return self in {RunEnd.FINISHED, RunEnd.NONE, RunEnd.POSTPONED}


@dataclass(frozen=True, slots=True)
class CallReport:
    """One call of the server.

    Attributes:
        operation: ``sendRequestXML`` …
        seconds: How long it took.
        result: The start of what came back, or of what went wrong.
    """

    operation: str
    seconds: float
    result: str


@dataclass(slots=True, kw_only=True)
class RunReport:
    """A run: filled while it goes, complete when it is over.

    Attributes:
        outcome: How it ended.
        calls: What was called, in order.
        percents: What receiveResponseXML returned.
        messages: What a person would read in the window and the log.
        status: The text closeConnection returned.
        last_error: What getLastError said last, or what broke.
        message_sets: How many message sets QuickBooks was given.
        postponed: Seconds the server asked to wait, or None.
        minimum_interval: Least seconds between runs the server asked for, or None.
    """

    outcome: RunEnd = RunEnd.ERROR
    calls: list[CallReport] = field(default_factory=list)
    percents: list[int] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    status: str = ""
    last_error: str = ""
    message_sets: int = 0
    postponed: int | None = None
    minimum_interval: int | None = None

    @property
    def sentence(self) -> str:
        """How it ended, for a person."""
        told = {
            RunEnd.FINISHED: f"The run is finished: {self.status or 'no text'}.",
            RunEnd.NONE: "There was nothing to exchange.",
            RunEnd.POSTPONED: f"The server postponed the run by {self.postponed} seconds.",
            RunEnd.BUSY: "The server is busy with another run; try again later.",
            RunEnd.NVU: "The server does not know this user name and password; check both.",
            RunEnd.STOPPED: "The run was stopped by the plan of faults.",
        }
        return told.get(self.outcome) or f"The run failed: {self.last_error}"
