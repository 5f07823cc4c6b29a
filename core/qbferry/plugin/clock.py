"""How long plugins take: measured for each hook, logged when it is long, and summed up for one call."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Clock", "Times"]

log = logging.getLogger("qbferry.plugins")

SLOW = 1.0
"""Seconds from which one hook is worth a line in the log."""


@dataclass(slots=True)
class Times:
    """What one call of the Web Connector has spent.

    Attributes:
        began: When, by a clock that only runs forwards.
        slowest: The plugin and hook that took longest, in words.
        longest: How long that was, in seconds.
        hooks: Plugin and hook -> seconds in all.
    """

    began: float = field(default_factory=perf_counter)
    slowest: str = ""
    longest: float = 0.0
    hooks: dict[tuple[str, str], float] = field(default_factory=dict)

    def spent(self) -> float:
        """Seconds since the call began."""
        return perf_counter() - self.began


class _Own(threading.local):
    """What each thread has of its own."""

    times: Times | None = None


class Clock:
    """Measures hooks, each thread its own call."""

    def __init__(self) -> None:
        self._local = _Own()
        self._lock = threading.Lock()
        self._hooks: dict[tuple[str, str], float] = {}
        self._events: Counter[str] = Counter()

    @contextmanager
    def call(self) -> Iterator[Times]:
        """Sum up what happens inside, in this thread."""
        self._local.times = times = Times()
        try:
            yield times
        finally:
            self._local.times = None
            with self._lock:
                for who, seconds in times.hooks.items():
                    self._hooks[who] = self._hooks.get(who, 0.0) + seconds

    def happened(self, event: str) -> None:
        """Count an event, by its name."""
        with self._lock:
            self._events[event] += 1

    def totals(self) -> tuple[dict[tuple[str, str], float], dict[str, int]]:
        """Plugin and hook -> their seconds in calls; event -> how often; since the process began."""
        with self._lock:
            return dict(self._hooks), dict(self._events)

    def note(self, who: tuple[str, str], seconds: float) -> None:
        """Take note of one hook of one plugin: its plugin and the hook, and how long it took."""
        times = self._local.times
        if times is not None:
            times.hooks[who] = times.hooks.get(who, 0.0) + seconds
            if seconds > times.longest:
                times.longest, times.slowest = seconds, f"{who[1]} of {who[0]}"
        if seconds >= SLOW:
            plugin, hook = who
            log.warning(
                "The plugin %s took %.1f s in %s; the Web Connector waits for it.", plugin, seconds, hook
            )
