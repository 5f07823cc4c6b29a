"""How much time has passed, judged by what cannot be set back or forward where that is possible.

The server's clock may be set. What counts up since the machine was started cannot be; all processes of one
machine have it in common, and ``boot`` tells one machine's, and one start's, from another's. Between two
machines the clock must do, and then a moment in the future counts as now.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["age", "lies_ahead", "mark", "move", "since"]

_BOOT = Path("/proc/sys/kernel/random/boot_id")


def mark(now: datetime) -> dict[str, Any]:
    """This moment, to be kept as JSON: by the clock (``at``), and since which start (``boot``, ``tick``)."""
    return {"at": now.isoformat(), "boot": _boot(), "tick": round(time.monotonic(), 3)}


def since(marked: dict[str, Any], now: datetime) -> timedelta:
    """How much time has passed since a mark; never less than none."""
    if marked["boot"] and marked["boot"] == _boot():
        return timedelta(seconds=max(0.0, time.monotonic() - marked["tick"]))
    return max(timedelta(0), now - datetime.fromisoformat(marked["at"]).astimezone(UTC))


def move(marked: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The mark of this moment, with how much time had passed since the first one (``age``, seconds)."""
    return mark(now) | {"age": round(age(marked, now).total_seconds(), 3)}


def age(marked: dict[str, Any], now: datetime) -> timedelta:
    """How much time has passed since the first mark of those that were moved."""
    return timedelta(seconds=marked.get("age", 0)) + since(marked, now)


def lies_ahead(moment: datetime | None, now: datetime, longest: timedelta) -> bool:
    """Whether a moment is still to come.

    Args:
        moment: None: it is past.
        now: The moment now.
        longest: No moment was ever set further ahead: one that is counts as now, as the clock was set back.
    """
    return moment is not None and now < moment <= now + longest


@cache
def _boot() -> str:
    """Which start of which machine this is; empty where nobody says so."""
    try:
        return _BOOT.read_text("ascii").strip()
    except OSError:
        return ""
