"""A folder to work in, and the command line to work with."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from qbferry.app import build
from qbferry.cli import cli
from qbferry.config import load
from qbferry.desk.drawer import Drawer
from qbferry.model import TransferStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typer.testing import Result

    Run = Callable[..., Result]
    Process = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, nothing remembered, and no settings but that invoices are the one plugin."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    for name in [name for name in os.environ if name.startswith("QBFERRY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("QBFERRY_PLUGINS__ENABLED", '["invoices"]')
    return tmp_path


@pytest.fixture
def qbferry(folder: Path) -> Iterator[Run]:
    """Runs a command in this process; the exit status must be as announced."""
    logger = logging.getLogger("qbferry")
    before = logger.handlers[:], logger.level, logger.propagate

    def run(*words: str, status: int = 0, stdin: str | bytes = "") -> Result:
        result = CliRunner().invoke(cli, list(words), input=stdin, catch_exceptions=False)
        assert result.exit_code == status, result.output
        return result

    yield run
    # A command sends the log to the standard error of its time.
    logger.handlers[:], logger.level, logger.propagate = before


@pytest.fixture
def process(folder: Path) -> Process:
    """Runs a command as a person does, in a process of its own."""

    def run(*words: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "qbferry", *words],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | environment,
        )

    return run


@pytest.fixture(scope="session")
def made() -> dict[str, bytes]:
    """Databases with a connector, by the plugins for which they were made: what every test begins with."""
    return {}


@pytest.fixture
def office(qbferry: Run, folder: Path, made: dict[str, bytes]) -> None:
    """A connector, the default one."""
    file, plugins = folder / "qbferry.sqlite3", os.environ["QBFERRY_PLUGINS__ENABLED"]
    if plugins not in made or file.exists():
        qbferry("connector", "add", "office", "--password-stdin", stdin="a password for tests\n")
        made.setdefault(plugins, file.read_bytes())
    else:
        file.write_bytes(made[plugins])


@pytest.fixture
def put(folder: Path, invoice: Callable[..., dict[str, Any]]) -> Callable[..., str]:
    """Writes a file of invoices; each is given as its id and what differs."""

    def write(*invoices: str | tuple[str, dict[str, Any]], name: str = "invoices.jsonl") -> str:
        documents = [
            invoice(given) if isinstance(given, str) else invoice(given[0], **given[1]) for given in invoices
        ]
        (folder / name).write_text("".join(json.dumps(document) + "\n" for document in documents))
        return name

    return write


@pytest.fixture
def transferred(folder: Path) -> Callable[[str], None]:
    """Lets a record be as a run leaves it."""

    def mark(name: str) -> None:
        with (
            closing(build(load())) as application,
            application.database.write() as tx,
            Drawer.open(tx, application.plugins, "invoice", None, "continue", lock=True) as drawer,
        ):
            [row] = drawer.find([name])
            row.transfer_status, row.transfer_count = TransferStatus.TRANSFERRED, 1
            row.transfer_date = datetime.now(UTC)
            drawer.touch(row)

    return mark
