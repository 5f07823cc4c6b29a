"""What only a real server shows: connections, 100-continue, and HTTP that is not quite HTTP."""

from __future__ import annotations

import contextlib
import http.client
import socket
from typing import TYPE_CHECKING, Literal

import pytest

from .recorder import Recorder
from .wire import app, envelope, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

DOTNET = (
    "POST /qbwc HTTP/1.1\r\n"
    "User-Agent: Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 2.0.50727.1433)\r\n"
    "Content-Type: text/xml; charset=utf-8\r\n"
    'SOAPAction: "http://developer.intuit.com/serverVersion"\r\n'
    "Host: 127.0.0.1\r\n"
)


@pytest.fixture(scope="module", params=["h11", "httptools", "bounded"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    with serving(app(Recorder(), max_body=100_000), request.param) as number:
        yield number


@contextlib.contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        yield connection


def read_reply(connection: socket.socket) -> http.client.HTTPResponse:
    reply = http.client.HTTPResponse(connection)
    reply.begin()
    return reply


def closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_client_that_waits_for_100_is_told_to_continue(port: int) -> None:
    body = envelope("serverVersion")
    with connected(port) as connection:
        head = (
            f"{DOTNET}Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: Keep-Alive\r\n\r\n"
        )
        for _ in range(3):
            connection.sendall(head.encode())
            waited = connection.recv(1_000)
            assert waited.startswith(b"HTTP/1.1 100 Continue\r\n")
            connection.sendall(body)
            reply = read_reply(connection)
            assert reply.status == 200
            assert b"<serverVersionResult>" in reply.read()


def test_a_body_too_large_is_refused_before_it_is_sent(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(f"{DOTNET}Content-Length: 100001\r\nExpect: 100-continue\r\n\r\n".encode())
        reply = read_reply(connection)
        assert reply.status == 400
        assert reply.getheader("connection") == "close"
        assert b"larger than the 100,000 bytes" in reply.read()
        assert closed(connection)


@pytest.mark.parametrize("kind", ["h11", "httptools"])
@pytest.mark.parametrize(("content_type", "status"), [("text/xml", 400), ("application/json", 400)])
def test_a_client_that_sends_a_large_body_at_once_sees_why_it_is_refused(
    kind: Literal["h11", "httptools"], content_type: str, status: int
) -> None:
    body = b"x" * 19_000_000  # More than the two ends buffer.
    with (
        serving(app(Recorder(), max_body=2_000_000), kind) as port,
        contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection,
    ):
        connection.request("POST", "/qbwc", body, {"Content-Type": content_type})
        with connection.getresponse() as reply:
            assert reply.status == status


def test_a_connection_is_kept_for_a_whole_run(port: int) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        headers = {"Content-Type": "text/xml; charset=utf-8"}
        sockets = set()
        for operation in ("serverVersion", "serverVersion", "unknown", "serverVersion"):
            connection.request("POST", "/qbwc", envelope(operation), headers)
            sockets.add(connection.sock)
            reply = connection.getresponse()
            assert reply.status == (400 if operation == "unknown" else 200)
            reply.read()
    assert len(sockets) == 1


@pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/1.0"])
def test_a_connection_is_closed_when_the_client_says_so(port: int, version: str) -> None:
    body = envelope("serverVersion")
    head = DOTNET.replace("HTTP/1.1", version) + f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    with connected(port) as connection:
        connection.sendall(head.encode() + body)
        reply = read_reply(connection)
        assert reply.status == 200
        assert b"<serverVersionResult>" in reply.read()
        assert closed(connection)


def test_http_1_0_without_keep_alive_is_answered_and_closed(port: int) -> None:
    body = envelope("serverVersion")
    head = DOTNET.replace("HTTP/1.1", "HTTP/1.0") + f"Content-Length: {len(body)}\r\n\r\n"
    with connected(port) as connection:
        connection.sendall(head.encode() + body)
        assert read_reply(connection).status == 200


def test_a_chunked_body_is_read_and_bounded(port: int) -> None:
    body = envelope("serverVersion")
    for content, status in ((body, 200), (body + b" " * 100_000, 400)):
        with connected(port) as connection:
            chunk = f"{len(content):x}\r\n".encode() + content + b"\r\n0\r\n\r\n"
            connection.sendall(f"{DOTNET}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk)
            assert read_reply(connection).status == status


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"hello\r\n\r\n",
        b"POST /qbwc HTTP/9.9\r\n\r\n",
        b"POST /qbwc HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n",
        b"POST /qbwc HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /qbwc HTTP/1.1\r\nbad header\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused(port: int, request_bytes: bytes) -> None:
    with connected(port) as connection:
        connection.sendall(request_bytes)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(10_000)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4")


def test_half_a_request_harms_nobody(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(f"{DOTNET}Content-Length: 1000\r\n\r\n<soap".encode())
    with connected(port) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert read_reply(connection).status == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (["127.0.0.1"], "203.0.113.9", "203.0.113.9"),
        (["127.0.0.0/8"], "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (["192.0.2.1"], "203.0.113.9", "127.0.0.1"),
        ([], "203.0.113.9", "127.0.0.1"),
    ],
)
def test_only_of_a_trusted_proxy_it_is_believed_whom_it_speaks_for(
    proxies: list[str], forwarded: str, address: str
) -> None:
    exchange = Recorder()
    headers = {"Content-Type": "text/xml", "X-Forwarded-For": forwarded}
    with (
        serving(app(exchange), "bounded", proxies=proxies) as port,
        contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection,
    ):
        body = envelope("authenticate", strUserName="u", strPassword="p")
        connection.request("POST", "/qbwc", body, headers)
        assert connection.getresponse().status == 200
    assert exchange.calls == [("sign_in", "u", "p", address)]
