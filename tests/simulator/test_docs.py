"""docs/simulator.md says what is so."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from qbferry.errors import InputError
from qbferry.simulator import CompanyFile, Faults, RunEnd, Session, further
from qbferry.simulator.command import simulate
from qbferry.simulator.faults import CALLS, Fault
from qbferry.simulator.host import hcp
from qbferry.simulator.seed import SETTINGS
from qbferry.simulator.transactions import KINDS

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


ACTIONS = {
    *("cut", "repeat", "kill", "stop", "wait", "close", "backup", "restore", "duplicate", "hresult"),
    *("status", "die"),
}


def first_column(head: str) -> set[str]:
    """What stands between backquotes in the first column of a table."""
    table = PAGE.partition(f"\n| {head} |")[2].partition("\n\n")[0]
    cells = re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_what_every_action_does_is_on_the_page() -> None:
    assert first_column("`do`") == ACTIONS


def test_every_request_that_is_answered_apart_is_on_the_page() -> None:
    """As named in the table, ``…`` for what comes before or after."""
    named = [name.replace("…", ".*") for name in first_column("request")]
    missing = [name for name in further.ANSWERS if not any(re.fullmatch(each, name) for each in named)]
    assert missing == []
    for pattern in named:
        assert any(re.fullmatch(pattern, name) for name in further.ANSWERS), pattern


def test_the_kinds_that_are_described_are_on_the_page() -> None:
    kinds = PAGE.partition("of these transactions: ")[2].partition(".")[0].replace(" and ", ", ")
    assert {kind.strip() for kind in kinds.split(",") if kind.strip()} == set(KINDS)


@pytest.mark.parametrize(("point", "cell"), ROWS)
def test_the_actions_of_each_point_are_those_of_the_page(point: str, cell: str) -> None:
    named = set(re.findall(r"`(\w+)`", cell))
    if "as `open`" in cell:
        named = set(re.findall(r"`(\w+)`", dict(ROWS)["open"])) | (named - {"open"})
    where = point.replace("CALL", CALLS[0])
    possible = set()
    for action in ACTIONS:
        try:
            Fault(at=where, do=action, path="x")
        except InputError:
            continue
        possible.add(action)
    assert possible == named


def test_every_setting_is_on_the_page() -> None:
    for name in SETTINGS:
        assert f"\n{name} = " in PAGE, name
