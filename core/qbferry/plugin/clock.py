"""How long plugins take: measured for each hook, logged when it is long, and summed up for one call."""

from __future__ import annotations

import logging
import threading
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
    """

    began: float = field(default_factory=perf_counter)
    slowest: str = ""
    longest: float = 0.0

    def spent(self) -> float:
        """Seconds since the call began."""
        return perf_counter() - self.began


class Clock:
    """Measures hooks, each thread its own call."""

    def __init__(self) -> None:
        self._local = threading.local()

    @contextmanager
    def call(self) -> Iterator[Times]:
        """Sum up what happens inside, in this thread."""
        self._local.times = times = Times()
        try:
            yield times
        finally:
            self._local.times = None

    def note(self, plugin: str, hook: str, seconds: float) -> None:
        """Take note of one hook of one plugin."""
        times: Times | None = getattr(self._local, "times", None)
        if times is not None and seconds > times.longest:
            times.longest, times.slowest = seconds, f"{hook} of {plugin}"
        if seconds >= SLOW:
            log.warning(
                "The plugin %s took %.1f s in %s; the Web Connector waits for it.", plugin, seconds, hook
            )
