"""What polls are to ask for this time, and whether it is time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from qbferry.model import Occasion
from qbferry.qbxml import ours

if TYPE_CHECKING:
    from qbferry.model import Poll
    from qbferry.qbxml.response import Response
    from qbferry.store.polls import Stand
    from qbferry.store.rows import ConnectorRow

__all__ = ["DAY", "WEEK", "due", "latest", "occasion", "whole"]

OVERLAP = timedelta(hours=2)
"""Before the latest time of change: QuickBooks' offsets are wrong by an hour in summer (facts B2), and it
catches what is changed while it is read."""

DAY = timedelta(days=1)
"""Before the last answer, by our clock, where QuickBooks has told no time of change: its zone is
not known."""

WEEK = timedelta(days=7)
"""How long a list goes without being read whole: QuickBooks tells what was deleted for 90 days at most, and
no fact says whether it tells of merged entries."""

LONGEST = timedelta(days=92)
"""So far back begins at most what does not ask for everything at first."""


def due(poll: Poll, stand: Stand | None, row: ConnectorRow, now: datetime) -> bool:
    """Whether it is time to ask a poll, of those that are asked once an interval."""
    if stand is None or stand.answered_at is None:
        return poll.whole or not _lately(row.created_at, now, poll.interval)
    return not _lately(stand.answered_at, now, poll.interval)


def occasion(poll: Poll, stand: Stand | None, row: ConnectorRow, now: datetime) -> Occasion:
    """What such a poll is to ask for."""
    mark = stand.mark if stand else None
    moment = ours.moment(mark) if mark else None
    if mark and moment and moment <= now + 2 * DAY:  # a clock that was wrong must not end the asking
        return Occasion(since=ours.earlier(mark, OVERLAP))
    if stand is not None and stand.answered_at is not None:
        return Occasion(since=_written(stand.answered_at - DAY))
    if poll.whole:
        return Occasion()
    return Occasion(since=_written(max(min(row.created_at, now), now - LONGEST) - 2 * DAY))


def whole(stand: Stand | None, now: datetime, longest: timedelta = WEEK) -> bool:
    """Whether it is time to read a list from its beginning to its end."""
    return stand is None or stand.whole_at is None or not _lately(stand.whole_at, now, longest)


def latest(poll: Poll, response: Response, before: str | None) -> str | None:
    """The latest time of change of what was answered, or before."""
    texts = [before, *response.texts(f"*/{poll.mark}")] if poll.mark else []
    moments = {moment: text for text in texts if text and (moment := ours.moment(text))}
    return moments[max(moments)][:40] if moments else None


def _lately(moment: datetime, now: datetime, interval: timedelta) -> bool:
    """Whether less than an interval has passed; a moment in the future says that the clock was set back."""
    return timedelta(0) <= now - moment < interval


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
