"""What docs/simulator.md says of planned sequences is so."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qbferry.cli import cli
from qbferry.proof.sequence.judge import Charge
from qbferry.proof.sequence.troubles import TROUBLES

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text("utf-8").partition("## Planned")[2]
COMMANDS = re.findall(r"^qbferry (prove .*?)(?: +#.*)?$", PAGE, re.MULTILINE)


def rows(head: str) -> list[str]:
    """The first column of a table."""
    table = PAGE.partition(f"| {head} |")[2].partition("\n\n")[0]
    return re.findall(r"^\| ([^|-][^|]*?) \|", table.partition("\n")[2], re.MULTILINE)


def test_every_trouble_and_every_charge_is_on_the_page() -> None:
    assert rows("trouble") == list(TROUBLES)
    assert rows("charge") == [charge.value for charge in Charge]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_line_plans_something(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(cli, [*shlex.split(command), "--list"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert done.stdout.strip()


def test_there_are_lines_to_try() -> None:
    assert len(COMMANDS) == 3
