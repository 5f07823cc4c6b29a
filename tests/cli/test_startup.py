"""What a command loads before it works, and what the help remembers of commands so as not to load them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer

from qbferry.cli.memory import Memory
from qbferry.cli.root import MODULES

if TYPE_CHECKING:
    from collections.abc import Callable

    Process = Callable[..., subprocess.CompletedProcess[str]]

FOR_NOTHING = {
    "alembic",
    "argon2",
    "fastapi",
    "h11",
    "jinja2",
    "mako",
    "qbferry.simulator",
    "qbferry.transfer",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.orm",
    "starlette",
    "uvicorn",
}
"""What no command needs that only shows something."""

FOR_RECORDS = {"lxml", "pluggy", "pydantic", "pydantic_settings", "qbferry.model", "sqlalchemy"}
"""What the help and the version can do without besides."""

PLUGIN = """
import sys
import typer
from qbferry import hookimpl
from greeter_words import HELLO

sys.stderr.write("loaded\\n")

@hookimpl
def register_commands(cli: typer.Typer) -> None:
    cli.command(help=HELLO)(greet)

def greet(name: str) -> None:
    typer.echo(HELLO)
"""

PEARS = """
import sys
from pathlib import Path
from qbferry import Column, Document, Entity, hookimpl
from greeter_words import HELLO

sys.stderr.write("loaded\\n")

class Pear(Document):
    color: str = "green"
    weight: str = "180 g"

@hookimpl
def entities() -> list[Entity]:
    return [
        Entity(
            name="pear",
            label="Pear",
            plural="Pears",
            document=Pear,
            requests=("ClassAdd",),
            templates=Path(__file__).parent,
            columns=(Column(name=HELLO, label=HELLO.upper()),),
        )
    ]
"""


@dataclass(frozen=True)
class Greeter:
    """Somebody else's plugin, where it is installed."""

    site: Path

    def says(self, hello: str) -> None:
        """Change its code, in another module than that of its entry point."""
        self.write("greeter_words.py", f"HELLO = {hello!r}\n")

    def write(self, name: str, code: str) -> None:
        """Write a module, a while ago: what has just been written may change again, and is not remembered."""
        file = self.site / name
        file.write_text(code, "utf-8")
        written = time.time() - 60
        os.utime(file, (written, written))

    def is_version(self, version: str) -> None:
        """Install it in a version, in the place of any other."""
        self.remove()
        info = self.site / f"greeter-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: greeter\nVersion: {version}\n")
        (info / "entry_points.txt").write_text("[qbferry.plugins]\ngreeter = greeter\n")

    def remove(self) -> None:
        for info in self.site.glob("*.dist-info"):
            for file in info.iterdir():
                file.unlink()
            info.rmdir()


@pytest.fixture
def greeter(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Greeter:
    """The greeter, installed and enabled in the settings file; it tells whenever it is loaded."""
    installed = Greeter(tmp_path_factory.mktemp("site"))
    installed.write("greeter.py", PLUGIN)
    installed.says("Greet somebody.")
    installed.is_version("1.0")
    monkeypatch.setenv("PYTHONPATH", str(installed.site))
    monkeypatch.delenv("QBFERRY_PLUGINS__ENABLED")
    enable(folder, "invoices", "greeter")
    return installed


def enable(folder: Path, *plugins: str) -> None:
    (folder / "qbferry.toml").write_text(f"[plugins]\nenabled = {json.dumps(plugins)}\n", "utf-8")


def remembered(what: str = "help") -> Path:
    """Where it lies what is remembered."""
    (file,) = (Path(os.environ["XDG_CACHE_HOME"]) / "qbferry").glob(f"{what}-*")
    return file


def loaded(*words: str) -> set[str]:
    """The modules that a command has loaded when it is done, and the packages they are in."""
    code = (
        "import atexit, sys; from qbferry.cli import main; sys.argv[0] = 'qbferry';"
        "atexit.register(lambda: sys.stderr.write('\\n'.join(sys.modules))); main()"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines())


# -- What is loaded


def test_the_version_and_the_help_load_nothing_that_works_on_records(process: Process) -> None:
    process("--help")
    for words in ("--version", "--help"):
        assert loaded(words).isdisjoint(FOR_NOTHING | FOR_RECORDS), words


@pytest.mark.usefixtures("office")
def test_a_list_loads_nothing_that_migrates_renders_or_transfers(
    qbferry: Callable[..., object], put: Callable[..., str]
) -> None:
    qbferry("import", "invoice", put("A"))
    assert loaded("list", "invoice").isdisjoint(FOR_NOTHING)


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("words", [("list", "invoice"), ("show", "invoice", "A"), ("history",), ("runs",)])
def test_who_only_looks_loads_no_plugin_the_second_time(
    qbferry: Callable[..., object], put: Callable[..., str], words: tuple[str, ...]
) -> None:
    qbferry("import", "invoice", put("A"))
    assert "qbferry_invoices.plugin" in loaded(*words)
    assert loaded(*words).isdisjoint(FOR_NOTHING | {"lxml", "pluggy", "qbferry_invoices.document"})


@pytest.mark.parametrize("module", MODULES)
def test_each_command_is_looked_for_where_it_is_registered(module: str) -> None:
    cli = typer.Typer()
    __import__(f"qbferry.cli.{module}", fromlist=["register"]).register(cli)
    cli.callback()(lambda: None)
    assert set(MODULES[module]) == set(typer.main.get_group(cli).commands)


# -- What is remembered


def test_the_help_loads_plugins_once(process: Process, greeter: Greeter) -> None:
    first, second = process("--help"), process("--help")
    assert "Greet somebody." in first.stdout
    assert (first.stderr, second.stderr) == ("loaded\n", "")
    assert second.stdout == first.stdout


def test_a_command_is_loaded_whatever_the_help_remembers(process: Process, greeter: Greeter) -> None:
    process("--help")
    assert process("greet", "Ann").stdout == "Greet somebody.\n"
    assert "Usage: python -m qbferry greet" in process("greet", "--help").stdout
    assert "No such command 'great'" in process("great").stderr
    assert "Did you mean 'import'" in process("ipmort").stderr


def test_a_plugin_that_changes_is_loaded_again(process: Process, greeter: Greeter, folder: Path) -> None:
    def shown() -> tuple[str, bool]:
        done = process("--help")
        told = next((line for line in done.stdout.splitlines() if "greet" in line), "")
        return " ".join(told.strip("│ ").split()), "loaded" in done.stderr

    assert shown() == ("greet Greet somebody.", True)
    greeter.says("Greet everybody.")
    assert shown() == ("greet Greet everybody.", True), "its code has changed"
    greeter.is_version("1.1")
    assert shown() == ("greet Greet everybody.", True), "another version is installed"
    enable(folder, "invoices")
    assert shown() == ("", False), "it is not enabled"
    enable(folder, "invoices", "greeter")
    assert shown() == ("greet Greet everybody.", True), "it is enabled again"
    assert shown() == ("greet Greet everybody.", False), "nothing has changed"
    greeter.remove()
    done = process("--help")
    assert "greet" not in done.stdout
    assert "No plugin named greeter is installed" in done.stderr


def test_a_list_shows_what_a_plugin_declares_by_now(process: Process, greeter: Greeter, folder: Path) -> None:
    def shown() -> tuple[list[str], bool]:
        done = process("list", "pear")
        line = done.stdout.splitlines()[1].replace("Not Transferred", "")
        return line.split(), "loaded" in done.stderr

    greeter.write("greeter.py", PEARS)
    greeter.write("ClassAdd.xml.j2", "<ClassAdd/>")
    greeter.says("color")
    (folder / "pears.jsonl").write_text('{"id": "P-1"}', "utf-8")
    process("connector", "add", "office")
    process("import", "pear", "pears.jsonl")
    assert shown() == (["P-1", "green"], True)
    assert shown() == (["P-1", "green"], False), "nothing has changed"
    greeter.says("weight")
    assert shown() == (["P-1", "180", "g"], True), "its code has changed"
    enable(folder, "invoices")
    assert shown() == (["P-1", "180", "g", "Waits", "for", "plugin", "greeter."], False), "it is not enabled"
    enable(folder, "invoices", "greeter")
    assert shown() == (["P-1", "180", "g"], True), "it is enabled again"
    greeter.write("greeter.py", "raise OSError('no voice')\n")
    assert "OSError: no voice" in process("list", "pear").stderr
    greeter.remove()
    assert "No plugin named greeter is installed" in process("list", "pear").stderr


def test_settings_in_the_environment_count_as_well(process: Process, greeter: Greeter) -> None:
    assert "greet" in process("--help").stdout
    assert "greet" not in process("--help", QBFERRY_PLUGINS__ENABLED='["invoices"]').stdout
    assert "log.level" in process("--help", QBFERRY_LOG__LEVEL="color").stderr


@pytest.mark.parametrize("where", ["--config", "QBFERRY_CONFIG"])
def test_settings_count_wherever_they_are_named(
    process: Process, greeter: Greeter, folder: Path, where: str
) -> None:
    def shown() -> str:
        if where == "QBFERRY_CONFIG":
            return process("--help", QBFERRY_CONFIG="other.toml").stdout
        return process("--config", "other.toml", "--help").stdout

    (folder / "qbferry.toml").replace(folder / "other.toml")
    assert "greet" in shown()
    (folder / "other.toml").write_text('[plugins]\nenabled = ["invoices"]\n')
    assert "greet" not in shown()


def test_code_that_changes_while_it_is_loaded_is_not_remembered(process: Process, greeter: Greeter) -> None:
    greeter.write("greeter.py", f"{PLUGIN}\nfrom pathlib import Path\nPath(__file__).touch()\n")
    assert [process("--help").stderr for _ in range(2)] == ["loaded\n", "loaded\n"]


def test_settings_that_change_while_commands_are_loaded_are_not_mixed_up(folder: Path) -> None:
    def kept(*, meanwhile: str) -> bool:
        memory = Memory("help", None)
        (folder / "qbferry.toml").write_text(meanwhile)
        memory.keep(["import"])
        (folder / "qbferry.toml").write_text("")
        return bool(Memory("help", None).recall() == ["import"])

    (folder / "qbferry.toml").touch()
    assert not kept(meanwhile="[plugins]\nenabled = []\n")
    assert kept(meanwhile="")


def test_a_plugin_that_fails_is_told_of_every_time(process: Process, greeter: Greeter) -> None:
    greeter.write("greeter.py", "raise OSError('no voice')\n")
    for _ in range(2):
        done = process("--help")
        assert "import" in done.stdout
        assert "OSError: no voice" in done.stderr


@pytest.mark.parametrize(
    "spoil",
    [
        lambda kept: b"",
        lambda kept: b"[]",
        lambda kept: b'{"key": 1}',
        lambda kept: json.dumps(kept | {"files": []}).encode(),
        lambda kept: json.dumps(kept | {"files": {"none.py": [1, 2]}}).encode(),
        lambda kept: json.dumps(kept | {"value": [{"x": 1}]}).encode(),
    ],
)
def test_a_memory_that_cannot_be_read_is_made_anew(
    process: Process, greeter: Greeter, spoil: Callable[[dict[str, object]], bytes]
) -> None:
    process("--help")
    remembered().write_bytes(spoil(json.loads(remembered().read_bytes())))
    done = process("--help")
    assert "Greet somebody." in done.stdout
    assert done.stderr == "loaded\n"
    assert json.loads(remembered().read_bytes())["value"]


def test_without_a_folder_to_write_in_the_help_shows_all_the_same(
    process: Process, greeter: Greeter, folder: Path
) -> None:
    (folder / "file").touch()
    for place in (folder / "file", folder / "none" / "none"):
        for _ in range(2):
            done = process("--help", XDG_CACHE_HOME=str(place))
            assert (done.returncode, done.stderr) == (0, "loaded\n")
            assert "Greet somebody." in done.stdout
    assert not (folder / "none").exists()


def test_several_ask_for_the_help_at_once(folder: Path, greeter: Greeter) -> None:
    def ask() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "qbferry", "--help"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    answers = {process.communicate(timeout=600)[0] for process in [ask() for _ in range(4)]}
    assert len(answers) == 1
    assert "Greet somebody." in answers.pop()
    assert json.loads(remembered().read_bytes())["value"]


def test_settings_are_not_written_where_others_may_read_them(process: Process, folder: Path) -> None:
    secret = "postgresql+psycopg://qbferry:wisteria@db/qbferry"
    (folder / "qbferry.toml").write_text(f"database_url = {json.dumps(secret)}\n")
    process("--help")
    assert "wisteria" not in remembered().read_text("utf-8")
    if sys.platform != "win32":
        assert remembered().stat().st_mode & 0o077 == 0
