"""Every shell block of the documentation runs, page by page, in the order in which a reader comes to it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from qbferry.demo.script import first_act

from .pages import PAGES, ROOT, blocks

if TYPE_CHECKING:
    from pathlib import Path

SHELL_PAGES = [page for page in PAGES if any(blocks(page.read_text("utf-8"), "sh"))]
TUTORIAL = ROOT / "docs/plugins-by-hand.md"
WALK = ROOT / "docs/write-a-plugin.md"

BEFORE = {"README.md": "", "docs/plugins-by-hand.md": "", "docs/write-a-plugin.md": ""}
"""What a reader of a page has done before; unless it is said here: the first command."""

SERVE = re.compile(r"^qbferry serve$", re.MULTILINE)
SERVED = "{ timeout 3 qbferry serve || [ $? = 124 ]; }"
"""What runs until it is told to end is ended here, and must have run until then."""

PASSWORD = re.compile(r"[Pp]assword: +(\w+)")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A reader's folder: ``qbferry`` is a command, and there are records to import."""
    for name in [name for name in os.environ if name.startswith("QBFERRY_")]:
        monkeypatch.delenv(name)
    commands, folder = tmp_path / "bin", tmp_path / "here"
    commands.mkdir()
    folder.mkdir()
    for name, how in (
        ("qbferry", "-m qbferry"),
        ("target-qbferry", "-c 'from qbferry.cli.singer import main; main()'"),
    ):
        command = commands / name
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" {how} "$@"\n')
        command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
    invoices = [part.document for part in first_act() if part.entity == "invoice"]
    (folder / "october.jsonl").write_text("".join(json.dumps(one) + "\n" for one in invoices))
    return folder


def install_tutorial(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ``pip install -e checks`` does, and the settings that the page shows."""
    site = place.parent / "site"
    about = site / "checks-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: checks\nVersion: 1.0\n")
    project = (ROOT / "tests/third_party/checks/pyproject.toml").read_text()
    points = re.search(r'^checks = "([^"]+)"$', project, re.MULTILINE)
    assert points
    (about / "entry_points.txt").write_text(f"[qbferry.plugins]\nchecks = {points[1]}\n")
    monkeypatch.setenv("PYTHONPATH", f"{site}{os.pathsep}{ROOT / 'tests/third_party/checks'}")
    (settings,) = blocks(TUTORIAL.read_text("utf-8"), "ini")
    (place / "qbferry.toml").write_text(settings)


def reader_installs(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``pip`` puts what a page has written into a folder of the test's own, beside qbferry."""
    site = place.parent / "site"
    site.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(site))
    options = f"--quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation --target {site}"
    for name, script in (
        ("pip", f'exec "{sys.executable}" -m pip install {options} "$3"'),
        ("pytest", f'exec "{sys.executable}" -m pytest -p no:cacheprovider "$@"'),
    ):
        command = place.parent / "bin" / name
        command.write_text(f"#!/bin/sh\n{script}\n")
        command.chmod(0o755)


def settle(place: Path, shown: str) -> None:
    """Write into the settings what a page shows, in the place of the table of that name."""
    file = place / "qbferry.toml"
    table = shown.splitlines()[0]
    assert table in file.read_text().splitlines()
    file.write_text(file.read_text().replace(f"{table}\n", shown, 1))


def run(script: str, folder: Path) -> str:
    """Run a script, and end what it has left running."""
    log = folder.parent / "output"
    with log.open("w") as output:
        process = subprocess.Popen(
            ["bash", "-euc", script],
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = process.wait(timeout=300)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
    assert status == 0, log.read_text()
    return log.read_text()


@pytest.mark.parametrize("page", SHELL_PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_shell_blocks_run(page: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("QBFERRY_SERVER__PORT", str(port))
    monkeypatch.setenv("QBFERRY_TRANSFER__TAKEOVER_AFTER", "0")
    if page == TUTORIAL:
        install_tutorial(place, monkeypatch)
    output = run(BEFORE.get(page.relative_to(ROOT).as_posix(), "qbferry init") or "true", place)
    if page == WALK:
        reader_installs(place, monkeypatch)
    began = time.monotonic()
    settings = [*blocks(page.read_text("utf-8"), "ini")] if page == WALK else []
    for block in blocks(page.read_text("utf-8"), "sh"):
        if settings and "qbferry import" in block:
            settle(place, settings.pop())
        script = SERVE.sub(SERVED, block).replace(":8080", f":{port}")
        if "…" in script and "connector add" in script:
            made, _, rest = script.partition("qbferry connector add office\n")
            output += run(made + "qbferry connector add office", place)
            script = rest
        if "…" in script:
            script = script.replace("…", PASSWORD.findall(output)[-1])
        output += run(script, place)
    if "qbferry simulate" in page.read_text("utf-8"):
        assert "message sets in" in output
    if page == WALK:
        assert settings == []
        assert output.count("Transferred") >= 2
        assert "in 15 minutes: two for the commands" in page.read_text("utf-8")
        assert time.monotonic() - began < 2 * 60, "what the page says the commands take"
