"""The qbXML of purchase orders, byte for byte. A golden file has each element on a line of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from qbferry import Connector, ListEntry
from qbferry.plugin.manager import Plugins
from qbferry.qbxml import envelope
from qbferry.testing import FixedLists, build, make_record, xsd
from qbferry.testing.contract import MARKER
from qbferry_purchase_orders.plugin import PurchaseOrders

NOON = datetime(2026, 11, 2, 12).astimezone()  # where the server is
CASES = sorted(Path(__file__).with_name("golden").glob("*.json"))


def rendered(case: Path) -> list[tuple[str, str]]:
    """Name and qbXML of each request, on the day of the golden files."""
    given: dict[str, Any] = json.loads(case.read_text(encoding="utf-8"))
    settings = PurchaseOrders.Settings.model_validate(given.get("settings", {}))
    plugins = Plugins({"purchase_orders": PurchaseOrders(settings)})
    entity, connector = (
        plugins.entities["purchase_order"],
        Connector(id=1, name="main", country="US", at=NOON),
    )
    state = given.get("state", {})
    if "seen" in state:
        state["seen"]["at"] = NOON.isoformat()
    record = make_record(entity, given["record"], state=entity.state.model_validate(state))
    lists = FixedLists(
        (
            ListEntry(kind=kind, list_id="1", full_name=name)
            for kind, names in given.get("lists", {}).items()
            for name in names
        ),
        empty=given.get("lists", {}),
    )
    assert plugins.check_eligibility(entity, record, connector) is None
    built = build(plugins, entity, record, connector, lists)
    assert isinstance(built, list), built
    return [(each.name, plugins.render_request(entity, replace(each, marker=MARKER))) for each in built]


def whole(requests: list[tuple[str, str]]) -> str:
    return "".join(f"<{name}Rq>{xml}</{name}Rq>" for name, xml in requests).replace("><", ">\n<") + "\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_an_order_is_written_as_its_golden_file_says(case: Path) -> None:
    assert whole(rendered(case)) == case.with_suffix(".xml").read_text(encoding="ascii")


@pytest.mark.parametrize("version", ["13.0", "16.0"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_intuits_schema_takes_it(case: Path, version: str) -> None:
    judge = xsd.validator(version)
    if judge is None:
        pytest.skip(f"set {xsd.FOLDER} to the folder with Intuit's schemas")
    triples = [(name, str(number), xml) for number, (name, xml) in enumerate(rendered(case))]
    assert judge(envelope.message(triples, version=version, on_error="continue")) == []
