"""Plugins that are installed and do not work: commands say which one, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qbferry.plugin.discovery import GROUP

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    Run = Callable[..., Result]
    Install = Callable[[str], None]

HEAD = "from qbferry import hookimpl\nclass Plugin:\n    @hookimpl\n"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a plugin ``odd`` with one method, and enables it beside the invoices."""

    def put(method: str) -> None:
        site = tmp_path / "site"
        info = site / "qbferry_odd-1.0.dist-info"
        info.mkdir(parents=True)
        module = f"qbferry_odd_{abs(hash(method))}"
        (site / f"{module}.py").write_text(HEAD + method, "utf-8")
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: qbferry_odd\nVersion: 1.0\n", "utf-8")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\nodd = {module}:Plugin\n", "utf-8")
        monkeypatch.syspath_prepend(site)
        monkeypatch.setenv("QBFERRY_PLUGINS__ENABLED", '["invoices", "odd"]')

    return put


def told(result: Result) -> str:
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("error: ").strip()


def test_commands_that_cannot_be_added(qbferry: Run, install: Install) -> None:
    install("    def register_commands(self, cli): raise OSError('no licence')\n")
    sentence = "The plugin odd failed in register_commands: OSError: no licence."
    assert told(qbferry("parcels", status=1)) == sentence
    shown = qbferry("--help")
    assert "import" in shown.stdout, "the help shows all the same"
    assert told(shown) == sentence


def test_a_command_that_cannot_be_read(qbferry: Run, install: Install) -> None:
    install(
        "    def register_commands(self, cli):\n"
        "        def parcels(count: 'Nothing') -> None: ...\n"
        "        cli.command()(parcels)\n"
    )
    assert told(qbferry("parcels", status=1)).startswith(
        "A command that the plugin odd adds cannot be read: "
    )
    assert "import" in qbferry("--help").stdout


@pytest.mark.usefixtures("office")
def test_a_server_that_cannot_start(qbferry: Run, install: Install) -> None:
    install("    def startup(self): raise ConnectionError('the source is away')\n")
    sentence = "The plugin odd failed in startup: ConnectionError: the source is away."
    assert told(qbferry("serve", "--port", "0", status=1)) == sentence


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("method", "sentence"),
    [
        (
            "    def prepare_environment(self, env): env.filters['x'] = no_such_name\n",
            "The plugin odd failed in prepare_environment: NameError: name 'no_such_name' is not defined.",
        ),
        (
            "    def check_eligibility(self, record: 1 / 0): ...\n",
            "The plugin odd of qbferry_odd 1.0 does not load: ZeroDivisionError: division by zero.",
        ),
        (
            "    def check_eligibility(self, record: '1 / 0'): ...\n",
            "The plugin odd does not fit the hook check_eligibility: an annotation cannot be read: Zero",
        ),
        (
            "    def entities(self): raise SystemExit(1)\n",
            "The plugin odd fails to declare its entities: SystemExit: 1.",
        ),
        (
            "    def polls(self): ...\n    def startup(self): ...\n",
            "The plugin odd has a function startup that is not marked as a hook and would never be called;",
        ),
    ],
)
def test_a_plugin_that_keeps_everything_from_starting(
    qbferry: Run, install: Install, method: str, sentence: str
) -> None:
    install(method)
    assert told(qbferry("list", "invoice", status=1)).startswith(sentence)
