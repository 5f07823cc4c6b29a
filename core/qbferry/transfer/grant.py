"""What a run is granted when the Web Connector signs in."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Grant"]


@dataclass(frozen=True, slots=True)
class Grant:
    """The answer to ``authenticate``, member by member (facts A3).

    Attributes:
        ticket: What every later call of the run carries; may be empty with ``nvu``.
        answer: Empty for the company file that is open, the path of the one to open, ``none`` when nothing is
            due, ``nvu`` for a user or password that is not known, ``busy`` when the connector is in use.
        postpone: Seconds until the Web Connector asks again.
        minimum: Seconds below which the person's own interval is raised to this.
        hold: Seconds for which this answer is held back.
    """

    ticket: str
    answer: str
    postpone: int | None = None
    minimum: int | None = None
    hold: float = 0.0
