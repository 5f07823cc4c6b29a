"""docs/simulator.md says what is so."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from qbferry.errors import InputError
from qbferry.simulator import CompanyFile, Faults, RunEnd, Session
from qbferry.simulator.command import simulate
from qbferry.simulator.faults import CALLS, Fault
from qbferry.simulator.host import hcp
from qbferry.simulator.seed import SETTINGS

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


def test_the_seed_of_the_page_makes_a_company_file(tmp_path: Path) -> None:
    (seed,) = [block for block in BLOCKS if "[settings]" in block]
    path = tmp_path / "seed.toml"
    path.write_text(seed, encoding="utf-8")
    with CompanyFile.open(tmp_path / "a.qbsim", path) as company:
        assert [invoice["Subtotal"] for invoice in company.transactions("Invoice")] == ["360.00"]
        assert {entry["FullName"] for entry in company.entries("Class")} == {
            "Projects",
            "Projects:Office 365",
        }
        answer = Session(company).process(hcp())
        assert answer.count('statusCode="0"') == 3, "what the Web Connector asks first is of an older qbXML"


def test_the_plan_of_the_page_is_a_plan(tmp_path: Path) -> None:
    (plan,) = [block for block in BLOCKS if "[[fault]]" in block]
    path = tmp_path / "plan.toml"
    path.write_text(plan, encoding="utf-8")
    faults = Faults.read(path)
    assert faults.hit("reply receiveResponseXML") == []
    assert [fault.do for fault in faults.hit("reply receiveResponseXML")] == ["cut"]


def test_every_option_and_outcome_is_on_the_page() -> None:
    for name in inspect.signature(simulate).parameters:
        assert f"--{name.removeprefix('as_').replace('_', '-')}" in PAGE, name
    for outcome in RunEnd:
        assert f"`{outcome}`" in PAGE


ROWS = re.findall(
    r"^\| `(before CALL|open|before process|request|after process)` \|.*\| (.*) \|$", PAGE, re.MULTILINE
)


@pytest.mark.parametrize(("point", "cell"), ROWS)
def test_the_actions_of_each_point_are_those_of_the_page(point: str, cell: str) -> None:
    named = set(re.findall(r"`(\w+)`", cell))
    if "as `open`" in cell:
        named = set(re.findall(r"`(\w+)`", dict(ROWS)["open"])) | (named - {"open"})
    where = point.replace("CALL", CALLS[0])
    actions = {
        "cut",
        "repeat",
        "kill",
        "stop",
        "wait",
        "close",
        "backup",
        "restore",
        "duplicate",
        "hresult",
        "status",
        "die",
    }
    possible = set()
    for action in actions:
        try:
            Fault(at=where, do=action, path="x")
        except InputError:
            continue
        possible.add(action)
    assert possible == named


def test_every_setting_is_on_the_page() -> None:
    for name in SETTINGS:
        assert f"\n{name} = " in PAGE, name
