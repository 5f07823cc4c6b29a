"""The only place that configures logging. Normal operation is quiet: one line a run and a failure.

Texts of others get into log lines: names, paths, what QuickBooks says. None of them can end a line, begin one
that looks like another, or steer the terminal that shows it.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Literal

from qbferry.texts import visible, visible_json

__all__ = ["LogFormat", "configure"]

LogFormat = Literal["console", "json"]


class _ConsoleFormatter(logging.Formatter):
    """One line for people, with the local time and its zone; the lines of a traceback are set in."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).astimezone().isoformat(" ", "seconds")
        line = f"{at} {record.levelname:<7} {visible(f'{record.name}: {record.getMessage()}')}"
        traceback = self.formatException(record.exc_info).splitlines() if record.exc_info else ()
        return "\n    ".join((line, *map(visible, traceback)))


class _JsonFormatter(logging.Formatter):
    """One JSON object a line, for log collectors."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return visible_json(json.dumps(entry, ensure_ascii=False))


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to what is standard error at that moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:
        return sys.stderr


def configure(level: str = "INFO", style: LogFormat = "console") -> None:
    """Send qbferry's log lines to standard error.

    Args:
        level: A level's name, such as ``INFO``.
        style: ``console`` for people, ``json`` for collectors.
    """
    handler = _Handler()
    handler.setFormatter(_JsonFormatter() if style == "json" else _ConsoleFormatter())
    logger = logging.getLogger("qbferry")
    logger.handlers[:] = [handler]
    logger.setLevel(level.upper())
    logger.propagate = False
    # What libraries and plugins warn of goes the same way, or a text in it would reach the terminal raw.
    root = logging.getLogger()
    root.handlers[:] = [*(other for other in root.handlers if not isinstance(other, _Handler)), handler]
