"""The qbXML of invoices, byte for byte. A golden file has each element on a line of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qbferry import Connector
from qbferry.plugin.manager import Plugins
from qbferry.qbxml import envelope
from qbferry.testing import FixedLists, build, make_record, xsd
from qbferry.testing.contract import MARKER
from qbferry_invoices.plugin import Invoices

CASES = sorted(Path(__file__).with_name("golden").glob("*.json"))


def rendered(case: Path) -> str:
    given: dict[str, Any] = json.loads(case.read_text(encoding="utf-8"))
    plugins = Plugins({"invoices": Invoices(Invoices.Settings.model_validate(given["settings"]))})
    entity = plugins.entities["invoice"]
    record, connector = make_record(entity, given["record"]), Connector(id=1, name="main", country="US")
    assert plugins.check_eligibility(entity, record, connector) is None
    built = build(plugins, entity, record, connector, FixedLists())
    assert isinstance(built, list)
    [request] = built
    return plugins.render_request(entity, replace(request, marker=MARKER))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_an_invoice_is_written_as_its_golden_file_says(case: Path) -> None:
    expected = case.with_suffix(".xml").read_text(encoding="ascii")
    assert rendered(case).replace("><", ">\n<") + "\n" == expected


@pytest.mark.parametrize("version", ["13.0", "16.0"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_intuits_schema_takes_it(case: Path, version: str) -> None:
    judge = xsd.validator(version)
    if judge is None:
        pytest.skip(f"set {xsd.FOLDER} to the folder with Intuit's schemas")
    text = case.with_suffix(".xml").read_text(encoding="ascii")
    triple = (text.partition(">")[0].removeprefix("<"), "1", text)
    assert judge(envelope.message([triple], version=version, on_error="continue")) == []
