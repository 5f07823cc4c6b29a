"""Quiet hours: times of the week in which a connector has nothing to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from qbferry.errors import InputError

__all__ = ["QuietHours"]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WINDOW = re.compile(
    r"(?:(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))? )?"
    r"(?P<from>\d{1,2}):(?P<from_minute>\d\d)-(?P<to>\d{1,2}):(?P<to_minute>\d\d)"
)
FORM = '"Mon-Fri 08:00-18:00, Sat 09:00-12:00 Europe/Berlin"'
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Window:
    """Some hours on some days.

    Attributes:
        days: 0 is Monday.
        begin: Minutes from midnight, by the clock on the wall.
        length: Minutes; the window may reach into the next day.
    """

    days: frozenset[int]
    begin: int
    length: int


@dataclass(frozen=True, slots=True)
class QuietHours:
    """When a connector has nothing to do, by the clock of some place.

    Attributes:
        text: As a person wrote it.
        windows: Any of them.
        zone: Where the clock is.
    """

    text: str
    windows: tuple[Window, ...]
    zone: ZoneInfo

    @staticmethod
    @lru_cache(maxsize=1024)
    def parse(text: str) -> QuietHours:
        """Read ``Mon-Fri 08:00-18:00, Sat 09:00-12:00 Europe/Berlin``.

        Args:
            text: Windows with commas between, and the time zone by its IANA name. A window without days is
                of every day, and one that ends before it begins ends on the next day.

        Raises:
            InputError: It cannot be read, and how it is written.
        """
        hours, _, zone = text.strip().rpartition(" ")
        try:
            place = ZoneInfo(zone)
        except (LookupError, ValueError, OSError):
            raise InputError(
                f'The quiet hours "{text}" do not end in a time zone; write them like {FORM}.'
            ) from None
        return QuietHours(text.strip(), tuple(_window(part) for part in hours.split(",")), place)

    def until(self, now: datetime) -> datetime | None:
        """When the quiet hours end that there are now; None: there are none.

        Args:
            now: With a time zone.

        Returns:
            The moment, in UTC; a week from now at most, when there is no other time.
        """
        end = now
        while end - now < WEEK and (later := self._end(end)):
            end = later
        return end.astimezone(UTC) if end > now else None

    def _end(self, moment: datetime) -> datetime | None:
        """The end of a window in which a moment lies."""
        local = moment.astimezone(self.zone)
        ends = [
            end
            for window in self.windows
            for day in (local.date() - timedelta(days=1), local.date())
            if day.weekday() in window.days
            and self._at(day, window.begin) <= moment < (end := self._at(day, window.begin + window.length))
        ]
        return max(ends, default=None)

    def _at(self, day: date, minutes: int) -> datetime:
        """A moment by the clock on the wall, which may jump meanwhile."""
        days, minutes = divmod(minutes, 1440)
        clock = time(minutes // 60, minutes % 60, tzinfo=self.zone)
        return datetime.combine(day + timedelta(days=days), clock).astimezone(UTC)


def _window(text: str) -> Window:
    found = WINDOW.fullmatch(text.strip().lower())
    if not found:
        raise InputError(f'The quiet hours "{text.strip()}" cannot be read; write them like {FORM}.')
    begin = _minutes(found["from"], found["from_minute"], text)
    end = _minutes(found["to"], found["to_minute"], text)
    first, last = found["first"], found["last"] or found["first"]
    if first is None:
        return Window(frozenset(range(7)), begin, (end - begin) % 1440 or 1440)
    if first not in DAYS or last not in DAYS:
        raise InputError(
            f'The quiet hours "{text.strip()}" name a day that is none of Mon, Tue, Wed, Thu, Fri, Sat, Sun.'
        )
    start, stop = DAYS.index(first), DAYS.index(last)
    days = frozenset((start + step) % 7 for step in range((stop - start) % 7 + 1))
    return Window(days, begin, (end - begin) % 1440 or 1440)


def _minutes(hour: str, minute: str, text: str) -> int:
    minutes = int(hour) * 60 + int(minute)
    if minutes > 1440 or int(minute) > 59:
        raise InputError(
            f'The quiet hours "{text.strip()}" have a time that is none; a day has 00:00 to 24:00.'
        )
    return minutes
