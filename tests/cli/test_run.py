"""The installation itself: plugins and their commands, migrations, the server."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typer.testing import Result

    Run = Callable[..., Result]
    Process = Callable[..., subprocess.CompletedProcess[str]]

GREETER = """
import typer
from qbferry import AnyRecord, Storage, desk_of, hookimpl

@hookimpl
def startup(storage: Storage) -> None:
    with storage.reading() as connection:
        if connection.exec_driver_sql("SELECT paused FROM connector").scalar():
            raise RuntimeError("there is nobody to greet")

@hookimpl
def register_commands(cli: typer.Typer) -> None:
    @cli.command()
    def greet(name: str) -> None:
        "Greet somebody."
        typer.echo(f"Hello, {name}.")

    @cli.command()
    def number(ctx: typer.Context) -> None:
        "Say how many connectors there are."
        with desk_of(ctx).storage.reading() as connection:
            found = connection.exec_driver_sql("SELECT count(*) FROM connector").scalar()
        typer.echo(f"{found} connectors")

    @cli.command()
    def rename(ctx: typer.Context, name: str) -> None:
        "Give an invoice another id, which is none of a command's business."
        desk_of(ctx).change("invoice", name, lambda record: record.document.model_dump() | {"id": "Z"})

    @cli.command()
    def remind(ctx: typer.Context, name: str) -> None:
        "Write a memo on an invoice."
        def edit(record: AnyRecord) -> dict[str, object]:
            return record.document.model_dump() | {"memo": "Pay!"}

        view = desk_of(ctx).change("invoice", name, edit)
        typer.echo(view["id"] + " was reminded of")
"""


@pytest.fixture
def install(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], None]:
    """Installs and enables a plugin of somebody else, the greeter, given its code."""

    def put(code: str) -> None:
        site = tmp_path_factory.mktemp("site")
        (site / "greeter.py").write_text(code)
        info = site / "greeter-1.5.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: greeter\nVersion: 1.5\n")
        (info / "entry_points.txt").write_text("[qbferry.plugins]\ngreeter = greeter\n")
        monkeypatch.syspath_prepend(str(site))
        monkeypatch.setenv("PYTHONPATH", str(site))
        monkeypatch.setenv("QBFERRY_PLUGINS__ENABLED", '["invoices", "greeter"]')

    return put


@pytest.fixture
def greeter(install: Callable[[str], None]) -> None:
    """The greeter, with commands of its own."""
    install(GREETER)


def test_plugins_are_listed_with_what_they_own_and_where_they_come_from(
    qbferry: Run, greeter: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {one["name"]: one for one in json.loads(qbferry("plugins", "--json").stdout)}
    assert found["invoices"] == {
        "name": "invoices",
        "version": version("qbferry"),
        "distribution": "qbferry",
        "enabled": True,
        "entities": ["invoice"],
        "source": "qbferry_invoices.plugin:Invoices",
    }
    assert found["greeter"]["entities"] == []
    assert (found["greeter"]["version"], found["greeter"]["enabled"]) == ("1.5", True)
    monkeypatch.setenv("QBFERRY_PLUGINS__ENABLED", '["invoices"]')
    rows = [row.split() for row in qbferry("plugins").stdout.splitlines()]
    assert ["greeter", "1.5", "greeter", "(greeter)"] in rows


@pytest.mark.usefixtures("greeter")
def test_a_command_of_a_plugin_is_there(process: Process) -> None:
    assert process("greet", "Ann").stdout == "Hello, Ann.\n"
    shown = process("--help").stdout
    assert "Greet somebody." in shown


@pytest.mark.usefixtures("office", "greeter")
def test_a_command_of_a_plugin_has_the_database_at_hand_and_changes_records(
    process: Process, qbferry: Run, put: Callable[..., str]
) -> None:
    assert process("number").stdout == "1 connectors\n"
    qbferry("import", "invoice", put("A"))
    assert process("remind", "A").stdout == "A was reminded of\n"
    assert json.loads(qbferry("show", "invoice", "A", "--json").stdout)["document"]["memo"] == "Pay!"
    refused = process("rename", "A")
    assert refused.stderr == "error: The id of Invoice A cannot be changed. Nothing was changed.\n"


@pytest.mark.usefixtures("office", "greeter")
def test_a_plugin_that_cannot_start_is_told_in_one_sentence(process: Process) -> None:
    assert process("connector", "pause", "office").returncode == 0
    done = process("serve", "--port", "0")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == (
        "error: The plugin greeter failed in startup: RuntimeError: there is nobody to greet."
    )


def test_a_plugin_that_fails_to_add_its_commands_is_told_and_the_others_work(
    install: Callable[[str], None], process: Process
) -> None:
    failing = "    raise RuntimeError('no voice')"
    install("\n".join(("from qbferry import hookimpl", "@hookimpl", "def register_commands(cli):", failing)))
    told = "error: The plugin greeter failed in register_commands: RuntimeError: no voice."
    shown = process("--help")
    assert "import" in shown.stdout
    assert told in shown.stderr.splitlines()
    done = process("greet", "Ann")
    assert (done.returncode, done.stdout) == (1, "")
    assert told in done.stderr.splitlines()
    assert process("connector", "add", "office").returncode == 0


def test_a_command_of_a_plugin_that_is_not_enabled_is_not_there(qbferry: Run) -> None:
    assert "No such command 'greet'" in qbferry("greet", "Ann", status=2).stderr


def test_the_version_is_said(process: Process) -> None:
    assert process("--version").stdout == f"qbferry {version('qbferry')}\n"


def test_migrate_says_whether_there_was_anything_to_do(qbferry: Run) -> None:
    assert qbferry("migrate").stdout == "The database is up to date now.\n"
    assert qbferry("migrate").stdout == "The database was up to date.\n"


@pytest.mark.usefixtures("office")
def test_an_installation_keeps_its_owner_id(qbferry: Run) -> None:
    qwc = qbferry("connector", "qwc", "office", "-o", "-").stdout
    qbferry("migrate")
    assert qbferry("connector", "qwc", "office", "-o", "-").stdout == qwc


@contextmanager
def serving(*words: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server process, and its address."""
    with subprocess.Popen(
        [sys.executable, "-m", "qbferry", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    ) as server:
        try:
            assert server.stdout
            line = server.stdout.readline()
            found = re.match(r"Serving at (http://127\.0\.0\.1:\d+)/qbwc, for the Web Connector at ", line)
            assert found, line + (server.stderr.read() if server.stderr else "")
            yield found[1], server
        finally:
            if server.poll() is None:
                server.terminate()
            server.communicate(timeout=60)


def fetch(url: str, server: subprocess.Popen[str]) -> tuple[int, bytes]:
    """Fetch a page; several server processes take a moment until one of them listens."""
    while True:
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError) or server.poll() is not None:
                raise
            time.sleep(0.1)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_server_answers_until_it_is_told_to_end(folder: Path, workers: str) -> None:
    (folder / "settings.toml").write_text('database_url = "sqlite:///served.sqlite3"\n')
    words = ("--config", "settings.toml", "serve", "--port", "0", "--workers", workers)
    with serving(*words) as (address, server):
        assert fetch(f"{address}/healthz", server) == (200, b"ok\n")
        assert fetch(f"{address}/support", server)[0] == 200
        assert b"<wsdl:definitions" in fetch(f"{address}/qbwc?wsdl", server)[1]
        assert (folder / "served.sqlite3").exists()
        server.terminate()
        assert server.wait(timeout=60) in (0, 1 if sys.platform == "win32" else -signal.SIGTERM)
        assert "Traceback" not in (server.stderr.read() if server.stderr else "")


@pytest.mark.usefixtures("office")
def test_records_go_from_a_file_into_quickbooks_and_their_numbers_come_back(
    qbferry: Run, process: Process, put: Callable[..., str]
) -> None:
    qbferry("import", "invoice", put("A", ("B", {"organization": "Nobody Ltd"}), "C"), "--ready")
    with serving("serve", "--port", "0") as (address, _):
        words = ("--user", "qbferry-office", "--company", "company.qbsim", "--url", f"{address}/qbwc")
        done = process("simulate", *words, QBFERRY_SIMULATE_PASSWORD="a password for tests")
        assert done.returncode == 0, done.stderr
    rows = {row["id"]: row for row in json.loads(qbferry("list", "invoice", "--json").stdout)}
    assert [row["transfer_status"] for row in rows.values()] == [
        "Transferred",
        "Pending/Failed",
        "Transferred",
    ]
    assert rows["A"]["ref_number"] in qbferry("show", "invoice", "A").stdout
    assert rows["B"]["reason"] in qbferry("show", "invoice", "B").stdout
    [failure] = json.loads(qbferry("history", "invoice", "--failed", "--json").stdout)
    assert (failure["id"], failure["kind"]) == ("B", "Skipped")
    [run] = json.loads(qbferry("runs", "--json").stdout)
    assert (run["state"], run["sent"], run["failed"]) == ("finished", 2, 1)
    assert "finished" in qbferry("runs").stdout


@pytest.mark.usefixtures("office")
def test_simulate_waits_for_a_server_that_is_started_at_the_same_time(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    words = ("--user", "qbferry-office", "--company", "company.qbsim", "--wait", "60")
    with (
        subprocess.Popen(
            [sys.executable, "-m", "qbferry", "simulate", "--url", f"http://127.0.0.1:{port}/qbwc", *words],
            env=os.environ | {"QBFERRY_SIMULATE_PASSWORD": "a password for tests"},
            stdout=subprocess.PIPE,
            text=True,
        ) as simulated,
        serving("serve", "--port", str(port)),
    ):
        told, _ = simulated.communicate(timeout=120)
    assert simulated.returncode == 0
    assert "There was nothing to exchange." in told


def test_a_port_that_is_taken_is_told(qbferry: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = qbferry("serve", "--port", port, status=1)
    assert f"error: The server cannot listen at 127.0.0.1, port {port}: " in result.stderr
    assert "Choose another with --host and --port." in result.stderr


def colours(**environment: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", "qbferry", "connector", "list"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | environment,
    ).stdout


@pytest.mark.usefixtures("office")
def test_colour_is_only_for_those_who_want_it() -> None:
    assert "\x1b[1m" in colours(FORCE_COLOR="1")
    assert "\x1b[3" not in colours(FORCE_COLOR="1", NO_COLOR="1")
    assert "\x1b" not in colours()


def test_the_pages_can_have_an_address_of_their_own(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    for workers in ("1", "2"):
        (folder / "settings.toml").write_text(f"[web]\nport = {port}\n")
        words = ("--config", "settings.toml", "serve", "--port", "0", "--workers", workers)
        with serving(*words) as (address, server):
            own = f"http://127.0.0.1:{port}"
            assert b"Password" in fetch(f"{own}/login", server)[1]
            with pytest.raises(urllib.error.HTTPError, match="404"):
                fetch(f"{address}/login", server)
            assert fetch(f"{address}/healthz", server) == (200, b"ok\n")


def test_without_pages_there_are_none(folder: Path) -> None:
    (folder / "settings.toml").write_text("[web]\nenabled = false\n")
    with serving("--config", "settings.toml", "serve", "--port", "0") as (address, server):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            fetch(f"{address}/", server)
        assert fetch(f"{address}/healthz", server) == (200, b"ok\n")
