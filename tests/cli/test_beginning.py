"""Setting an installation up with one command, and asking what is wrong with it."""

from __future__ import annotations

import json
import re
import shutil
import ssl
import stat
import subprocess
import threading
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.app import build
from qbferry.config import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typer.testing import Result

    from qbferry.store.rows import ConnectorRow

    Run = Callable[..., Result]


class TestInit:
    def test_makes_what_a_first_run_needs(self, qbferry: Run, folder: Path) -> None:
        result = qbferry("init")
        assert load().database_url == f"sqlite:///{folder / 'qbferry.sqlite3'}"
        assert [one["name"] for one in json.loads(qbferry("connector", "list", "--json").stdout)] == [
            "office"
        ]
        assert "<AppURL>http://localhost:8080/qbwc</AppURL>" in (folder / "office.qwc").read_text()
        assert re.search(r"^Password: +\w{24}$", result.stdout, re.MULTILINE)
        assert 'type the password into the line "qbferry - office"' in result.stdout

    def test_takes_all_of_it_as_options(self, qbferry: Run, folder: Path) -> None:
        words = (
            "--connector",
            "west",
            "--public-url",
            "https://books.example.com",
            "--port",
            "9090",
            "--every",
            "30",
        )
        made = json.loads(qbferry("init", *words, "--database-url", "sqlite:///w.sqlite3", "--json").stdout)
        assert made["database"] == str(folder / "w.sqlite3")
        assert made["user"] == "qbferry-west"
        assert (load().public_url, load().server.port) == ("https://books.example.com", 9090)
        qwc = (folder / "west.qwc").read_text()
        assert "<AppURL>https://books.example.com/qbwc</AppURL>" in qwc
        assert "<RunEveryNMinutes>30</RunEveryNMinutes>" in qwc

    def test_writes_the_settings_that_are_named(self, qbferry: Run, folder: Path) -> None:
        (folder / "etc").mkdir()
        assert "Here: qbferry --config " in qbferry("--config", "etc/books.toml", "init").stdout
        assert {file.name for file in (folder / "etc").iterdir()} >= {
            "books.toml",
            "qbferry.sqlite3",
            "office.qwc",
        }

    def test_shows_its_files_to_nobody_else(self, qbferry: Run, folder: Path) -> None:
        qbferry("init")
        for name in ("qbferry.toml", "office.qwc"):
            assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600

    def test_touches_no_installation_that_is_there(self, qbferry: Run, folder: Path) -> None:
        qbferry("init")
        before = (folder / "qbferry.toml").read_text()
        told = qbferry("init", "--connector", "other", status=1).stderr
        assert f"There is an installation here already: {folder / 'qbferry.toml'}" in told
        assert (folder / "qbferry.toml").read_text() == before
        assert not (folder / "other.qwc").exists()

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (("--public-url", "http://books.example.com"), "is not https"),
            (("--public-url", "https://books.example.com/qbwc"), "write https://books.example.com."),
            (("--connector", "a/b"), 'The name of a connector "a/b" does not fit'),
            (("--database-url", "mysql://a/b"), "begins with mysql"),
        ],
    )
    def test_leaves_nothing_of_an_attempt_that_fails(
        self, qbferry: Run, folder: Path, words: tuple[str, ...], sentence: str
    ) -> None:
        assert sentence in qbferry("init", *words, status=1).stderr
        assert {file.name for file in folder.iterdir()} <= {"qbferry.sqlite3"}
        qbferry("init")

    def test_makes_no_connector_whose_file_cannot_be_written(self, qbferry: Run, folder: Path) -> None:
        (folder / "office.qwc").write_text("of another installation")
        assert "office.qwc is there already; move it away" in qbferry("init", status=1).stderr
        assert (folder / "office.qwc").read_text() == "of another installation"
        (folder / "office.qwc").unlink()
        qbferry("init")


def examined(qbferry: Run, status: int = 0) -> dict[str, dict[str, str]]:
    found = json.loads(qbferry("doctor", "--json", status=status).stdout)
    return {one["about"]: one for one in found}


def change(edit: Callable[[ConnectorRow], None]) -> None:
    with closing(build(load())) as app, app.database.write() as tx:
        row = tx.connectors.named("office", lock=True)
        edit(row)
        tx.connectors.save(row)


class _Support(BaseHTTPRequestHandler):
    status, moved = 200, timedelta()

    def do_GET(self) -> None:
        self.send_response_only(self.status)
        moment = datetime.now(UTC) + self.moved
        self.send_header("Date", moment.strftime("%a, %d %b %Y %H:%M:%S GMT"))
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def answering(certificate: Path | None = None, **how: Any) -> Iterator[str]:
    """Something that answers at a public address, which it is the setting of."""
    server = HTTPServer(("127.0.0.1", 0), type("Support", (_Support,), how))
    scheme = "http"
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "https"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"{scheme}://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.usefixtures("office")
class TestDoctor:
    @pytest.fixture(autouse=True)
    def served(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        with answering() as url:
            monkeypatch.setenv("QBFERRY_PUBLIC_URL", url)
            yield

    def test_finds_all_well_but_what_was_never_done(self, qbferry: Run) -> None:
        found = examined(qbferry)
        assert {about for about, one in found.items() if one["health"] == "well"} == {
            "settings",
            "plugins",
            "database",
            "disk",
            "clock",
            "public address",
        }
        assert found["connector office"]["seen"] == "its Web Connector has never called"
        assert "look  connector office: " in qbferry("doctor").stdout

    def test_tells_of_a_connector_that_does_not_come(self, qbferry: Run) -> None:
        def silent(row: ConnectorRow) -> None:
            row.every_minutes, row.last_seen_at = 60, datetime.now(UTC) - timedelta(days=3)

        change(silent)
        found = examined(qbferry, status=1)["connector office"]
        assert "it is to come every 60 minutes" in found["seen"]
        assert "Auto-Run ticked" in found["advice"]

    def test_tells_of_a_paused_connector(self, qbferry: Run) -> None:
        qbferry("connector", "pause", "office")
        assert (
            examined(qbferry)["connector office"]["advice"]
            == "To let it work: qbferry connector resume office."
        )

    def test_tells_of_a_clock_that_was_set_back(self, qbferry: Run) -> None:
        def ahead(row: ConnectorRow) -> None:
            row.last_seen_at = datetime.now(UTC) + timedelta(days=1)

        change(ahead)
        assert "set it by a time server" in examined(qbferry, status=1)["clock"]["advice"]

    def test_tells_of_lists_that_are_old(self, qbferry: Run) -> None:
        with closing(build(load())) as app, app.database.write() as tx:
            old = datetime.now(UTC) - timedelta(days=8)
            tx.polls.note(tx.connectors.named("office").id, "lists.Vendor", old)
            tx.polls.note(tx.connectors.named("office").id, "lists.Customer", datetime.now(UTC))
        assert examined(qbferry)["lists of office"]["seen"] == "not read for a week: Vendor"

    def test_tells_of_a_disk_that_is_nearly_full(self, qbferry: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        for free, status, health in ((2**29, 0, "look"), (2**20, 1, "ill")):
            usage = (2**40, 2**40 - free, free)
            monkeypatch.setattr(shutil, "disk_usage", lambda _, usage=usage: shutil._ntuple_diskusage(*usage))
            assert examined(qbferry, status)["disk"]["health"] == health

    def test_tells_of_a_database_that_cannot_be_used(self, qbferry: Run, folder: Path) -> None:
        (folder / "qbferry.sqlite3").write_bytes(b"no database at all")
        found = examined(qbferry, status=1)
        assert "is not a database of SQLite" in found["database"]["seen"]
        assert found["public address"]["health"] == "well"

    def test_tells_of_settings_that_do_not_fit(self, qbferry: Run, folder: Path) -> None:
        (folder / "qbferry.toml").write_text("[server]\nport = 70000")
        assert "server.port" in examined(qbferry, status=1)["settings"]["seen"]

    @pytest.mark.parametrize(
        ("how", "about", "seen"),
        [
            ({"status": 404}, "public address", "answered with HTTP status 404"),
            ({"status": 302}, "public address", "answered with HTTP status 302"),
            ({"moved": timedelta(hours=1)}, "clock", "the public address has another"),
        ],
    )
    def test_tells_what_is_wrong_with_the_public_address(
        self, qbferry: Run, monkeypatch: pytest.MonkeyPatch, how: dict[str, Any], about: str, seen: str
    ) -> None:
        with answering(**how) as url:
            monkeypatch.setenv("QBFERRY_PUBLIC_URL", url)
            assert seen in examined(qbferry, status=1)[about]["seen"]

    def test_tells_that_nothing_answers_there(self, qbferry: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        with answering() as url:
            monkeypatch.setenv("QBFERRY_PUBLIC_URL", url)
        found = examined(qbferry, status=1)["public address"]
        assert found["seen"].endswith("/support cannot be reached: Connection refused")

    def test_tells_of_an_address_the_web_connector_does_not_take(
        self, qbferry: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("QBFERRY_PUBLIC_URL", "http://books.example.com")
        assert "is not https" in examined(qbferry, status=1)["public address"]["seen"]

    @pytest.mark.skipif(
        shutil.which("openssl") is None, reason="there is no openssl to make a certificate with"
    )
    def test_tells_of_a_certificate(
        self, qbferry: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = folder / "certificate.pem"
        words = "req -x509 -newkey rsa:2048 -nodes -days 5 -subj /CN=localhost"
        words += " -addext subjectAltName=DNS:localhost"
        subprocess.run(
            ["openssl", *words.split(), "-keyout", file, "-out", folder / "c"],
            check=True,
            capture_output=True,
        )
        file.write_text(file.read_text() + (folder / "c").read_text())
        with answering(file) as url:
            monkeypatch.setenv("QBFERRY_PUBLIC_URL", url)
            assert "the very host name" in examined(qbferry, status=1)["public address"]["advice"]
            monkeypatch.setenv("SSL_CERT_FILE", str(file))
            found = examined(qbferry)
            assert found["certificate"]["health"] == "look"
            assert "localhost is good until" in found["certificate"]["seen"]


def test_a_server_whose_port_is_not_the_qwc_files_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    from qbferry.cli import serving

    serving._announce("127.0.0.1", 9090, "http://localhost:8080")
    assert "The .qwc files name http://localhost:8080" in capsys.readouterr().err
    serving._announce("127.0.0.1", 8080, "http://localhost:8080")
    serving._announce("127.0.0.1", 8080, "https://books.example.com")
    assert capsys.readouterr().err == ""
