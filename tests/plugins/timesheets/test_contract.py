"""The timesheets plugin holds the contract of all plugins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from qbferry.testing import EntityContract
from qbferry_timesheets.plugin import Timesheets

GOLDEN = Path(__file__).parent / "golden"


def golden(**settings: Any) -> tuple[dict[str, Any], ...]:
    """The records of the golden files with these settings."""
    cases = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(GOLDEN.glob("*.json"))]
    return tuple(case["record"] for case in cases if case["settings"] == settings)


class TestTimesheets(EntityContract):
    plugin = Timesheets
    samples = golden()


class TestTimesheetsBilledElsewhere(EntityContract):
    plugin = Timesheets
    settings: ClassVar = {"billable": "HasBeenBilled", "payroll_items": {"Regular": "Hourly Rate"}}
    samples = golden(**settings)
