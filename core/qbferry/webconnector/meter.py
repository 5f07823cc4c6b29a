"""What calls are counted by: plain numbers, so that a call pays next to nothing for being counted."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BOUNDS", "Meter"]

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 100.0)
"""Seconds; the Web Connector itself gives up after the last."""


class Meter:
    """Counts calls by operation and outcome, and sorts their durations; from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: Counter[tuple[str, str]] = Counter()
        self._durations: dict[str, list[int]] = {}
        self._seconds: Counter[str] = Counter()

    def note(self, operation: str, outcome: str, seconds: float) -> None:
        """Count a call.

        Args:
            operation: Its name.
            outcome: ``answered``, ``refused``, ``busy``, ``trouble`` or ``bug``.
            seconds: How long it was worked upon.
        """
        place = bisect_left(BOUNDS, seconds)
        with self._lock:
            self._calls[operation, outcome] += 1
            self._seconds[operation] += seconds  # type: ignore[assignment]
            counts = self._durations.get(operation)
            if counts is None:
                counts = self._durations[operation] = [0] * (len(BOUNDS) + 1)
            counts[place] += 1

    def calls(self) -> list[tuple[tuple[str, str], int]]:
        """Operation and outcome, and how many there were."""
        with self._lock:
            return sorted(self._calls.items())

    def durations(self) -> Iterator[tuple[str, list[int], float]]:
        """Operation, how many took up to each bound and how many longer, and their seconds in all."""
        with self._lock:
            found = [(name, [*counts], self._seconds[name]) for name, counts in self._durations.items()]
        yield from sorted(found)
