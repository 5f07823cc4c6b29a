"""The qbXML of timesheets, byte for byte. A golden file has each element on a line of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import Connector
from qbferry.plugin.manager import Plugins
from qbferry.qbxml import envelope
from qbferry.testing import build, make_record, xsd
from qbferry.testing.contract import MARKER
from qbferry_timesheets.plugin import Timesheets

if TYPE_CHECKING:
    from qbferry import Lists

CASES = sorted(Path(__file__).with_name("golden").glob("*.json"))


def rendered(case: Path, lists: Lists) -> list[str]:
    given: dict[str, Any] = json.loads(case.read_text(encoding="utf-8"))
    plugins = Plugins({"timesheets": Timesheets(Timesheets.Settings.model_validate(given["settings"]))})
    entity = plugins.entities["timesheet"]
    record, connector = make_record(entity, given["record"]), Connector(id=1, name="main", country="US")
    assert plugins.check_eligibility(entity, record, connector) is None
    built = build(plugins, entity, record, connector, lists)
    assert isinstance(built, list)
    return [plugins.render_request(entity, replace(request, marker=MARKER)) for request in built]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_timesheet_is_written_as_its_golden_file_says(case: Path, lists: Lists) -> None:
    expected = case.with_suffix(".xml").read_text(encoding="ascii")
    written = [xml.replace("><", ">\n<") + "\n" for xml in rendered(case, lists)]
    assert "".join(written) == expected


@pytest.mark.parametrize("version", ["13.0", "16.0"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_intuits_schema_takes_it(case: Path, version: str, lists: Lists) -> None:
    judge = xsd.validator(version)
    if judge is None:
        pytest.skip(f"set {xsd.FOLDER} to the folder with Intuit's schemas")
    triples = [("TimeTrackingAdd", str(number), xml) for number, xml in enumerate(rendered(case, lists))]
    assert judge(envelope.message(triples, version=version, on_error="continue")) == []
