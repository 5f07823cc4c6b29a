"""Another writer beside a long work: how long it is kept waiting for the database."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

__all__ = ["Writer"]

PAUSE = 0.02


class Writer:
    """Takes a SQLite file's lock for a moment, again and again, as calls of a Web Connector do.

    Attributes:
        waits: Seconds it waited, each time.
    """

    def __init__(self, file: Path) -> None:
        self.waits: list[float] = []
        self._file = file
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def longest(self) -> float:
        """Seconds it waited at most."""
        return max(self.waits)

    @property
    def p99(self) -> float:
        """Seconds that one in a hundred waits took or more."""
        return sorted(self.waits)[len(self.waits) * 99 // 100]

    def _work(self) -> None:
        with closing(sqlite3.connect(self._file, timeout=600, isolation_level=None)) as connection:
            while not self._stop.wait(PAUSE):
                begun = time.perf_counter()
                connection.execute("BEGIN IMMEDIATE")
                self.waits.append(time.perf_counter() - begun)
                connection.execute("ROLLBACK")
