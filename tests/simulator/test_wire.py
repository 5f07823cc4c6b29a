"""The HTTP client against servers that behave badly, or just differently."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from qbferry.simulator.wire import Wire, WireError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ANSWER = (
    b'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    b'<serverVersionResponse xmlns="http://developer.intuit.com/"><serverVersionResult>1.0</serverVersionResult>'
    b"</serverVersionResponse></soap:Body></soap:Envelope>"
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\n"
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(ANSWER), ANSWER)


@contextmanager
def serving(*connections: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve the connections one after the other, each as its function likes, and then close them."""
    failures: list[BaseException] = []

    def serve() -> None:
        try:
            for handle in connections:
                accepted, _ = listener.accept()
                accepted.settimeout(10)
                with accepted:
                    handle(accepted)
        except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
            failures.append(error)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/qbwc?a=b"
        thread.join()
    assert failures == []


def read_head(connection: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        data += connection.recv(1)
    return data


def read_body(connection: socket.socket, head: bytes) -> bytes:
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    data = b""
    while len(data) < length:
        data += connection.recv(length - len(data))
    return data


def answer_with(data: bytes, *, go_on: bool = True) -> Callable[[socket.socket], None]:
    def handle(connection: socket.socket) -> None:
        head = read_head(connection)
        if go_on:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        read_body(connection, head)
        connection.sendall(data)

    return handle


def test_the_body_waits_for_100_continue() -> None:
    seen: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        head = read_head(connection)
        connection.settimeout(0.1)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(10)
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        seen.extend([head, read_body(connection, head)])
        connection.sendall(WHOLE)

    with serving(handle) as url, Wire(url, timeout=60) as wire:
        assert wire.call("serverVersion", {}) == "1.0"
    assert seen[0].startswith(b"POST /qbwc?a=b HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nUser-Agent: Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol " in seen[0]
    assert b'\r\nSOAPAction: "http://developer.intuit.com/serverVersion"\r\n' in seen[0]
    assert seen[0].endswith(b"\r\nExpect: 100-continue\r\nConnection: Keep-Alive\r\n\r\n")
    assert seen[1].endswith(
        b'<serverVersion xmlns="http://developer.intuit.com/" /></soap:Body></soap:Envelope>'
    )


def test_but_not_for_ever() -> None:
    with serving(answer_with(WHOLE, go_on=False)) as url, Wire(url, timeout=60) as wire:
        assert wire.call("serverVersion", {}) == "1.0"


def test_a_refusal_instead_of_100_continue_is_read_and_the_body_kept_back() -> None:
    def handle(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        assert connection.recv(1) == b""

    with serving(handle) as url, Wire(url, timeout=60) as wire, pytest.raises(WireError, match="HTTP 413"):
        wire.call("serverVersion", {})


def test_a_server_that_hung_up_between_calls_is_called_anew() -> None:
    with serving(answer_with(WHOLE), answer_with(WHOLE)) as url, Wire(url, timeout=60) as wire:
        assert wire.call("serverVersion", {}) == "1.0"
        assert wire.call("serverVersion", {}) == "1.0"


def test_an_answer_may_end_with_the_connection() -> None:
    closing = HEAD + b"Connection: close\r\n\r\n" + ANSWER
    with serving(answer_with(closing)) as url, Wire(url, timeout=60) as wire:
        assert wire.call("serverVersion", {}) == "1.0"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "closed the connection without an answer"),
        (WHOLE[:-10], "did not answer serverVersion"),
        (b"nonsense\r\n\r\n", "did not answer serverVersion"),
    ],
)
def test_a_broken_answer_is_told_and_the_call_is_not_repeated(data: bytes, words: str) -> None:
    with (
        serving(answer_with(data)) as url,
        Wire(url, timeout=60) as wire,
        pytest.raises(WireError, match=words),
    ):
        wire.call("serverVersion", {})


def test_silence_ends_after_the_timeout() -> None:
    def silent(connection: socket.socket) -> None:
        while connection.recv(4096):
            pass

    with serving(silent) as url, Wire(url, timeout=0.2) as wire, pytest.raises(WireError, match="timed out"):
        wire.call("serverVersion", {})


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not on this machine, so there is no certificate to serve with")
    made = tmp_path / "localhost.pem"
    subprocess.run(
        [
            *(
                openssl,
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
            ),
            *(
                "-addext",
                "subjectAltName=IP:127.0.0.1",
                "-keyout",
                str(made),
                "-out",
                str(tmp_path / "cert.pem"),
            ),
        ],
        check=True,
        capture_output=True,
    )
    made.write_text(made.read_text() + (tmp_path / "cert.pem").read_text())
    return made


def test_https_with_a_certificate_that_is_trusted_and_one_that_is_not(certificate: Path) -> None:
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate)

    def secure(connection: socket.socket) -> None:
        with served.wrap_socket(connection, server_side=True) as wrapped:
            for _ in range(2):
                answer_with(WHOLE)(wrapped)

    def refused(connection: socket.socket) -> None:
        with pytest.raises(ssl.SSLError), served.wrap_socket(connection, server_side=True) as wrapped:
            wrapped.recv(1)

    trusting = ssl.create_default_context(cafile=str(certificate))
    with serving(secure, refused) as url:
        url = url.replace("http:", "https:")
        with Wire(url, timeout=60, tls=trusting) as wire:
            assert [wire.call("serverVersion", {}) for _ in range(2)] == ["1.0", "1.0"]
        with Wire(url, timeout=60) as wire, pytest.raises(WireError, match="CERTIFICATE_VERIFY_FAILED"):
            wire.call("serverVersion", {})


def test_a_server_that_is_starting_is_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    late = threading.Timer(0.5, lambda: opened.append(socket.create_server(("127.0.0.1", port))))
    opened: list[socket.socket] = []
    with Wire(f"http://127.0.0.1:{port}/qbwc") as wire:
        late.start()
        wire.wait(30)
    late.join()
    assert opened
    opened[0].close()


def test_nobody_is_waited_for_longer_than_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    begun = time.monotonic()
    with Wire(f"http://127.0.0.1:{port}/qbwc") as wire:
        wire.wait(0.3)
    assert 0.3 <= time.monotonic() - begun < 10
    begun = time.monotonic()
    with Wire("http://no-such-host.invalid/qbwc") as wire:
        wire.wait(30)
    assert time.monotonic() - begun < 25, "a name that nobody knows does not come right by waiting"
