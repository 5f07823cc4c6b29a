"""The help: texts as they were written, whole, filled to the width of the terminal."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from importlib import import_module
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from qbferry.cli.extras import registered
from qbferry.cli.root import PLACES

from .commands import commands

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    Run = Callable[..., Result]

WIDTH = 80
"""Columns of the help where no terminal has less."""

GROUPS = ((), ("connector",), ("doubt",), ("runs",), ("alerts",))


def flat(text: str) -> str:
    return " ".join(text.split())


def dense(text: str) -> str:
    """A text without its spaces: lines may end behind a hyphen."""
    return "".join(text.split())


def test_no_help_loses_a_word_or_breaks_a_sentence(qbferry: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QBFERRY_PLUGINS__ENABLED")
    seen = 0
    for words, command in commands():
        shown = qbferry(*words, "--help").stdout
        assert max(map(len, shown.splitlines())) <= WIDTH, words
        for paragraph in inspect.cleandoc(command.help).split("\n\n"):
            lines = [line for line in shown.splitlines() if line.strip()]
            assert dense(paragraph) in dense(shown), (words, paragraph)
            # Filled: a line ends where the next word has no room.
            there = [line for line in lines if line.strip() and line.strip() in flat(paragraph)]
            for line, following in pairwise(there):
                if f"{line.strip()} {following.strip()}" in flat(paragraph):
                    assert len(line) + len(following.split()[0]) >= WIDTH - 2, (words, line)
        for parameter in command.params:
            assert dense(parameter.help or "") in dense(shown), (words, parameter.name)
        seen += 1
    assert seen > 25, "with those of plugins"


@pytest.mark.parametrize("place", sorted({*PLACES.values()}))
def test_commands_that_are_made_again_are_the_same(place: str) -> None:
    """Within one process there may be many calls: none finds more than the one before."""

    def found() -> list[tuple[str, ...]]:
        made = registered(import_module(place).register)
        return [(name, *getattr(made[name], "commands", ())) for name in made]

    def size() -> int:
        added = getattr(import_module(place), "commands", None)
        return len(added.registered_commands) + len(added.registered_groups) if added else 0

    first, before = found(), size()
    assert (found(), size()) == (first, before)


def test_what_is_no_markup_is_shown(qbferry: Run) -> None:
    assert '[plugins] enabled = ["invoices"]' in flat(qbferry("plugins", "--help").stdout)


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_names_each_command_with_a_whole_sentence(qbferry: Run, group: tuple[str, ...]) -> None:
    shown = flat(qbferry(*group, "--help").stdout)
    assert "..." not in shown.replace("COMMAND [ARGS]...", "")
    for words, command in commands():
        if words[:-1] == group:
            first = flat(command.help.split("\n\n")[0])
            assert any(f"{words[-1]} {first[:end]}" in shown for end in (len(first), first.find(". ") + 1))


SILENT = {
    ("serve",): "it serves until it is told to end",
    ("export",): "what it writes are the data, as JSON Lines unless something else is asked for",
}
"""Commands that print no data, and why."""


def test_every_command_that_prints_data_prints_json(monkeypatch: pytest.MonkeyPatch, folder: object) -> None:
    monkeypatch.delenv("QBFERRY_PLUGINS__ENABLED")
    without = {
        words
        for words, command in commands()
        if not any("--json" in parameter.opts for parameter in command.params)
    }
    assert without == SILENT.keys()


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("words", "keys"),
    [
        (("migrate",), {"done", "changed"}),
        (("connector", "pause", "office"), {"done", "connector", "paused"}),
        (("connector", "resume", "office"), {"done", "connector", "paused"}),
        (("connector", "clear-location", "office"), {"done", "connector", "unanswered"}),
        (("connector", "password", "office"), {"done", "connector", "password"}),
        (("connector", "qwc", "office"), {"connector", "qwc"}),
        (("connector", "qwc", "office", "-o", "-"), {"connector", "content"}),
        (("schema", "invoice"), {"title", "properties"}),
    ],
)
def test_what_a_command_has_done_is_json_as_well(
    qbferry: Run, words: tuple[str, ...], keys: set[str]
) -> None:
    assert keys <= json.loads(qbferry(*words, "--json").stdout).keys()


@pytest.mark.parametrize(
    ("shell", "asked", "offered"),
    [
        ("bash", {"COMP_WORDS": "qbferry con", "COMP_CWORD": "1"}, ["connector"]),
        ("bash", {"COMP_WORDS": "qbferry connector clear", "COMP_CWORD": "2"}, ["clear-location"]),
        ("bash", {"COMP_WORDS": "qbferry list --sta", "COMP_CWORD": "2"}, ["--status"]),
    ],
)
def test_the_shell_completes_what_is_begun(
    folder: object, shell: str, asked: dict[str, str], offered: list[str]
) -> None:
    code = "import sys; sys.argv[0] = 'qbferry'; from qbferry.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"_QBFERRY_COMPLETE": f"complete_{shell}"} | asked,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == offered


def test_completion_can_be_installed(qbferry: Run) -> None:
    assert "--install-completion" in qbferry("--help").stdout


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("show", "invoice", "A", "--json"), 1, "There is no invoice A"),
        (("list", "parcel", "--json"), 1, "There is no entity named parcel"),
        (("runs", "--limit", "x", "--json"), 2, "'--limit'"),
        (("show", "--json"), 2, "Missing argument"),
        (("ready", "invoice", "--json"), 2, "Give ids, or --all"),
        (("--config", "none.toml", "runs", "--json"), 1, "The settings file none.toml cannot be read"),
    ],
)
def test_an_error_is_json_where_json_was_asked_for_and_a_sentence_for_people(
    qbferry: Run, words: tuple[str, ...], status: int, sentence: str
) -> None:
    result = qbferry(*words, status=status)
    assert sentence in json.loads(result.stdout)["error"]
    assert sentence in result.stderr


@pytest.mark.usefixtures("office")
def test_the_faults_of_a_file_are_json_one_by_one(qbferry: Run, put: Callable[..., str]) -> None:
    file = put(("A", {"total": "much"}), ("B", {"x": 1}))
    error = json.loads(qbferry("import", "invoice", file, "--json", status=1).stdout)
    assert error["error"] == "Nothing was imported, because of 2 faults:"
    assert [detail[:6] for detail in error["details"]] == ["line 1", "line 2"]
