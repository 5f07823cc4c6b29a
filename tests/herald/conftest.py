"""A mail server and a webhook that keep what they get, and a herald that tells them."""

from __future__ import annotations

import base64
import socketserver
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.config import AlertSettings
from qbferry.desk.kinds import declared
from qbferry.herald import Herald
from qbferry.store.rows import AlertRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from qbferry.desk.drawer import Drawer
    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]
    Open = Callable[[], AbstractContextManager[Drawer]]

NOW = datetime.now(UTC).replace(microsecond=0)
SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes, or so").decode()


class MailServer(socketserver.ThreadingTCPServer):
    """A small SMTP server: keeps what it is given; while it is away, it refuses."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Smtp)
        self.mails: list[str] = []
        self.away = False

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Smtp(socketserver.StreamRequestHandler):
    server: MailServer

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def handle(self) -> None:
        if self.server.away:
            self.say("421 come back later")
            return
        self.say("220 here")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self.say("354 go on")
                lines = []
                while (part := self.rfile.readline()) != b".\r\n":
                    lines.append(part.decode())
                self.server.mails.append("".join(lines))
                self.say("250 taken")
            elif word == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")


class Hook(ThreadingHTTPServer):
    """A webhook: keeps what it is sent, and answers as it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hooked)
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.status = 204

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class _Hooked(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            return  # who sent it died on the way
        self.server.calls.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def at_work(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def mail() -> Iterator[MailServer]:
    server = MailServer()
    with at_work(server):
        yield server


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    with at_work(server):
        yield server


@pytest.fixture
def settings(mail: MailServer, hook: Hook) -> AlertSettings:
    return AlertSettings.model_validate(
        {
            "mail_to": ["ann@example.com"],
            "smtp_host": "127.0.0.1",
            "smtp_port": mail.port,
            "smtp_security": "none",
            "webhook_url": hook.url,
            "webhook_secret": SECRET,
        }
    )


@pytest.fixture
def herald(world: Installation, settings: AlertSettings) -> Herald:
    return made(world, settings)


def made(world: Installation, settings: AlertSettings) -> Herald:
    return Herald(
        world.database,
        declared(world.plugins),
        settings,
        "https://books.example.com/",
        since=NOW - timedelta(days=9),
    )


def alert(world: Installation, text: str = "It gets lost.", about: str = "A") -> None:
    with world.database.write() as tx:
        tx.alerts.alert(AlertRow(at=NOW, connector_id=1, kind="message.lost", about=about, text=text))
