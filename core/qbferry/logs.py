"""The only place that configures logging. Normal operation is quiet: one line a run and a failure."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

__all__ = ["LogFormat", "configure"]

LogFormat = Literal["console", "json"]


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
        return json.dumps(entry, ensure_ascii=False)


def configure(level: str = "INFO", style: LogFormat = "console") -> None:
    """Send qbferry's log lines to standard error.

    Args:
        level: A level's name, such as ``INFO``.
        style: ``console`` for people, ``json`` for collectors.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _JsonFormatter()
        if style == "json"
        else logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")
    )
    logger = logging.getLogger("qbferry")
    logger.handlers[:] = [handler]
    logger.setLevel(level.upper())
    logger.propagate = False
