"""The qbXML of expense reports, byte for byte. A golden file has each element on a line of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.plugin.manager import Plugins
from qbferry.qbxml import envelope
from qbferry.testing import build, make_record, xsd
from qbferry.testing.contract import MARKER
from qbferry_expenses.plugin import Expenses

if TYPE_CHECKING:
    from qbferry import Connector, Lists

CASES = sorted(Path(__file__).with_name("golden").glob("*.json"))


def rendered(case: Path, connector: Connector, lists: Lists) -> list[tuple[str, str]]:
    """The requests of a case: name and qbXML."""
    given: dict[str, Any] = json.loads(case.read_text(encoding="utf-8"))
    plugins = Plugins({"expenses": Expenses(Expenses.Settings.model_validate(given["settings"]))})
    entity = plugins.entities["expense_report"]
    record = make_record(entity, given["record"])
    assert plugins.check_eligibility(entity, record, connector) is None
    built = build(plugins, entity, record, connector, lists)
    assert isinstance(built, list), built
    return [
        (request.name, plugins.render_request(entity, replace(request, marker=MARKER))) for request in built
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_report_is_written_as_its_golden_file_says(case: Path, connector: Connector, lists: Lists) -> None:
    expected = case.with_suffix(".xml").read_text(encoding="ascii")
    written = [xml.replace("><", ">\n<") + "\n" for _, xml in rendered(case, connector, lists)]
    assert "".join(written) == expected


@pytest.mark.parametrize("version", ["13.0", "16.0"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_intuits_schema_takes_it(case: Path, version: str, connector: Connector, lists: Lists) -> None:
    judge = xsd.validator(version)
    if judge is None:
        pytest.skip(f"set {xsd.FOLDER} to the folder with Intuit's schemas")
    triples = [(name, str(place), xml) for place, (name, xml) in enumerate(rendered(case, connector, lists))]
    assert judge(envelope.message(triples, version=version, on_error="continue")) == []
