"""Connections that never become a call, that leave in the middle of one, or that outlast the server."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qbferry.webconnector import connections

from .recorder import Recorder
from .wire import app, envelope, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = "POST /qbwc HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n"
PAGE = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"


def connect(port: int, sent: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    connection.sendall(sent)
    return connection


def closed(connection: socket.socket) -> bool:
    """Whether the server closes it, within the ten seconds of its timeout."""
    with contextlib.suppress(ConnectionResetError):
        while connection.recv(65_536):
            pass
    return True


def answered(connection: socket.socket, request: bytes = PAGE) -> bool:
    connection.sendall(request)
    return connection.recv(65_536).startswith(b"HTTP/1.1 200 ")


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.3)
    with serving(app(Recorder()), "bounded", max_connections=6) as number:
        yield number


@pytest.mark.parametrize("sent", [b"", b"POST /qbwc", b"POST /qbwc HTTP/1.1\r\nHost: a\r\n"])
def test_a_head_that_does_not_come_is_given_up(port: int, sent: bytes) -> None:
    begun = time.monotonic()
    with connect(port, sent) as connection:
        assert closed(connection)
    assert 0.2 < time.monotonic() - begun < 5


@pytest.mark.parametrize("sent", [b"\r\n", b"X: y\r\n"])
def test_a_head_that_trickles_is_given_up_as_well(port: int, sent: bytes) -> None:
    begun = time.monotonic()
    with (
        connect(port, PAGE + (b"" if sent == b"\r\n" else b"GET / HTTP/1.1\r\n")) as connection,
        contextlib.suppress(OSError),
    ):
        while time.monotonic() - begun < 5:
            time.sleep(0.02)
            connection.sendall(sent)
    assert time.monotonic() - begun < 5


def test_a_connection_rests_between_requests_longer_than_a_head_may_take(port: int) -> None:
    with connect(port) as connection:
        assert answered(connection)
        time.sleep(0.6)
        assert answered(connection)


def test_a_head_may_not_be_of_any_size(port: int) -> None:
    with connect(port) as connection, contextlib.suppress(OSError):
        for number in range(10_000):
            connection.sendall(
                (f"X{number}: {90 * chr(121)}" if number else "GET / HTTP/1.1").encode() + b"\r\n"
            )
        pytest.fail("a head of a megabyte was taken")


def test_where_there_are_too_many_the_one_that_rests_longest_gives_way(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 30)
    with contextlib.ExitStack() as stack:
        resting = [stack.enter_context(contextlib.closing(connect(port))) for _ in range(10)]
        time.sleep(0.2)
        for _ in range(3):
            with connect(port) as another:
                assert answered(another)
        assert closed(resting[0])
        assert answered(resting[-1])


def test_one_that_is_answered_does_not_give_way(monkeypatch: pytest.MonkeyPatch) -> None:
    entered, leave = threading.Event(), threading.Event()
    exchange = Recorder()

    def wait(ticket: str) -> str:
        entered.set()
        assert leave.wait(10)
        return "OK"

    monkeypatch.setattr(exchange, "close", wait)
    body = envelope("closeConnection", ticket="t")
    with (
        serving(app(exchange), "bounded", max_connections=3) as port,
        contextlib.closing(connect(port, HEAD.format(len(body)).encode() + body)) as calling,
    ):
        assert entered.wait(10)
        for _ in range(6):
            connect(port).close()
        leave.set()
        assert calling.recv(65_536).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_a_client_that_leaves_leaves_one_line(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, whole: bool, reset: bool
) -> None:
    caplog.set_level(logging.INFO)
    entered, leave = threading.Event(), threading.Event()
    exchange = Recorder()

    def wait(ticket: str) -> str:
        entered.set()
        assert leave.wait(10)
        return "OK"

    monkeypatch.setattr(exchange, "close", wait)
    body = envelope("closeConnection", ticket="t")
    with serving(app(exchange), "bounded") as port:
        connection = connect(port, HEAD.format(len(body)).encode() + (body if whole else body[:20]))
        assert entered.wait(10) if whole else not entered.wait(0.1)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        time.sleep(0.2)
        leave.set()
        with connect(port) as another:
            assert answered(another)
    said = [record for record in caplog.records if not record.name.startswith("uvicorn")]
    assert [record.getMessage() for record in said] == ["A client at 127.0.0.1 left before its answer."]
    assert all(record.exc_info is None for record in caplog.records)


# -- The whole server, as it is started


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    environment = {
        **os.environ,
        "QBFERRY_DATABASE_URL": f"sqlite:///{tmp_path}/qbferry.sqlite3",
        "QBFERRY_SERVER__PORT": "0",
    }
    command = Path(sys.executable).with_name("qbferry")
    subprocess.run(
        [command, "connector", "add", "office", "--user", "u", "--password-stdin"],
        input="a long secret\n",
        text=True,
        check=True,
        env=environment,
        cwd=tmp_path,
        capture_output=True,
    )
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(
            [command, "serve"], env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        assert process.stdout is not None
        line = process.stdout.readline()
        yield process, int(line.partition("/qbwc")[0].rpartition(":")[2])
        process.kill()


def memory(process: subprocess.Popen[str]) -> int:
    """Bytes that it has in memory."""
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from the kernel")
def test_unfinished_uploads_of_strangers_take_no_memory_and_do_not_delay_the_end(
    server: tuple[subprocess.Popen[str], int], tmp_path: Path
) -> None:
    process, port = server
    body = envelope("receiveResponseXML", ticket="none", response="x" * 9_900_000, hresult="", message="")
    with connect(port) as connection:
        assert answered(connection)
    before = memory(process)
    with contextlib.ExitStack() as stack:
        uploads = [
            stack.enter_context(contextlib.closing(connect(port, HEAD.format(len(body)).encode())))
            for _ in range(30)
        ]
        for upload in uploads:
            with contextlib.suppress(OSError):
                upload.sendall(body[:-100])
        for _ in range(200):
            stack.enter_context(contextlib.closing(connect(port, HEAD.format(1_000).encode() + b"<soap")))
        with connect(port) as connection:
            assert answered(connection)
        assert memory(process) - before < 50_000_000
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in {0, -signal.SIGTERM}
        assert time.monotonic() - begun < 5
    assert "Traceback" not in (tmp_path / "log").read_text()
