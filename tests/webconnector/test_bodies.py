"""What a call may take: bytes, time, and its share of what is held at once."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from qbferry.transfer.tickets import UNKNOWN
from qbferry.webconnector import Limits
from qbferry.webconnector.bodies import BUSY, SMALL

from .recorder import Recorder
from .wire import TICKET, XML, app, ask, envelope, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp

LARGE = "x" * 200_000
LIMITS = Limits(body=1_000_000, body_seconds=0.5)


@pytest.fixture
def exchange() -> Recorder:
    return Recorder()


def pieces(body: bytes, size: int = 10_000) -> Iterator[bytes]:
    return (body[at : at + size] for at in range(0, len(body), size))


def answer(ticket: str = TICKET) -> bytes:
    return envelope("receiveResponseXML", ticket=ticket, response=LARGE, hresult="", message="")


def first(ticket: str = TICKET) -> bytes:
    return envelope(
        "sendRequestXML",
        ticket=ticket,
        strHCPResponse=LARGE,
        strCompanyFileName="",
        qbXMLCountry="US",
        qbXMLMajorVers="16",
        qbXMLMinorVers="0",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize("body", [answer(), first()])
def test_calls_of_a_run_may_be_large(exchange: Recorder, body: bytes, encoding: str) -> None:
    written = body.decode().replace("utf-8", encoding).encode(encoding)
    reply = ask(app(exchange, limits=LIMITS), headers={"content-type": "text/xml"}, body=pieces(written))
    assert reply.status == 200
    assert LARGE in exchange.calls[0]


def test_only_the_first_large_call_of_a_run_asks_whether_its_ticket_counts(exchange: Recorder) -> None:
    application = app(exchange, limits=LIMITS)
    for _ in range(3):
        assert ask(application, headers=XML, body=pieces(answer())).status == 200
        assert ask(application, headers=XML, body=envelope("closeConnection", ticket=TICKET)).status == 200
    assert exchange.asked == [TICKET]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (answer("another"), UNKNOWN),
        (first("another"), UNKNOWN),
        (answer(""), "begin with their ticket"),
        (envelope("receiveResponseXML", response=LARGE, ticket=TICKET), "begin with their ticket"),
        (envelope("authenticate", strUserName="u", strPassword=LARGE), "begin with their ticket"),
        (envelope("closeConnection", ticket=TICKET, more=LARGE), "begin with their ticket"),
        (envelope("connectionError", ticket=TICKET, hresult=LARGE, message=""), "begin with their ticket"),
        (b"<" * 200_000, "begin with their ticket"),
        (b"<ticket" * 30_000, "begin with their ticket"),
    ],
)
def test_nothing_else_may_be_large(exchange: Recorder, body: bytes, sentence: str) -> None:
    reply = ask(app(exchange, limits=LIMITS), headers=XML, body=pieces(body))
    assert reply.status == 400
    assert sentence in reply.text
    assert reply.headers["connection"] == "close"
    assert exchange.calls == []


def test_a_small_call_may_have_just_so_many_bytes(exchange: Recorder) -> None:
    body = envelope("closeConnection", ticket="t")
    filled = body + b" " * (SMALL - len(body))
    assert ask(app(exchange, limits=LIMITS), headers=XML, body=pieces(filled)).status == 200
    assert ask(app(exchange, limits=LIMITS), headers=XML, body=pieces(filled + b" ")).status == 400


def test_trouble_with_the_ticket_is_trouble_of_the_server(exchange: Recorder) -> None:
    exchange.broken = OSError("disk full")
    reply = ask(app(exchange, limits=LIMITS), headers=XML, body=pieces(answer()))
    assert reply.status == 500
    assert "The server has trouble" in reply.text


class Slow:
    """Half a body, on a real connection that stays open."""

    def __init__(self, port: int, beginning: bytes, length: int) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=60)
        head = f"POST /qbwc HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n"
        head += "Connection: close\r\n\r\n"
        self.connection.sendall(head.encode() + beginning)

    def __enter__(self) -> Slow:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def reply(self) -> str:
        text = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := self.connection.recv(65_536):
                text += piece
        return text.decode()


@pytest.fixture
def application(exchange: Recorder) -> ASGIApp:
    return app(exchange, limits=LIMITS)


def test_a_body_that_does_not_come_is_given_up(application: ASGIApp) -> None:
    with serving(application, "bounded") as port, Slow(port, b"<soap", 1_000) as slow:
        begun = time.monotonic()
        text = slow.reply()
        assert 0.4 < time.monotonic() - begun < 5
    assert text.startswith("HTTP/1.1 400 ")
    assert "The request was not there after 0.5 seconds" in text
    assert "connection: close" in text.lower()


def test_a_body_that_trickles_is_given_up_as_well(application: ASGIApp) -> None:
    with serving(application, "bounded") as port, Slow(port, b"<soap", 1_000) as slow:
        for _ in range(20):
            time.sleep(0.05)
            with contextlib.suppress(OSError):
                slow.connection.sendall(b" ")
        assert "was not there after" in slow.reply()


def test_a_large_body_of_a_run_gets_its_time_anew(application: ASGIApp, exchange: Recorder) -> None:
    body = answer()
    with serving(application, "bounded") as port, Slow(port, body[:1_000], len(body)) as slow:
        time.sleep(0.3)
        slow.connection.sendall(body[1_000:150_000])
        time.sleep(0.35)
        slow.connection.sendall(body[150_000:])
        assert slow.reply().startswith("HTTP/1.1 200 ")


def test_no_more_is_held_at_once_than_is_allowed(exchange: Recorder) -> None:
    limits = Limits(body=1_000_000, held=250_000)
    small = envelope("serverVersion")
    with serving(app(exchange, limits=limits), "bounded") as port:
        with Slow(port, answer()[:150_000], 200_500), Slow(port, answer()[:90_000], 200_500):
            time.sleep(0.3)
            with Slow(port, answer(), len(answer())) as third:
                text = third.reply()
                assert text.startswith("HTTP/1.1 500 ")
                assert BUSY in text
            with Slow(port, small, len(small)) as another:
                assert another.reply().startswith("HTTP/1.1 200 ")
        deadline = time.monotonic() + 5  # what the two held is free again
        while time.monotonic() < deadline:
            body = answer()
            with Slow(port, body, len(body)) as fourth:
                if fourth.reply().startswith("HTTP/1.1 200 "):
                    return
        pytest.fail("nothing was released")


def test_no_more_calls_are_taken_at_once_than_are_allowed(
    exchange: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, leave = threading.Event(), threading.Event()

    def wait(ticket: str) -> str:
        entered.set()
        assert leave.wait(10)
        return "OK"

    monkeypatch.setattr(exchange, "close", wait)
    body = envelope("closeConnection", ticket="t")
    with serving(app(exchange, limits=Limits(calls=1)), "bounded") as port:
        with Slow(port, body, len(body)) as one:
            assert entered.wait(10)
            with Slow(port, body, len(body)) as two:
                text = two.reply()
                assert text.startswith("HTTP/1.1 500 ")
                assert BUSY in text
            leave.set()
            assert one.reply().startswith("HTTP/1.1 200 ")
        with Slow(port, body, len(body)) as three:
            assert three.reply().startswith("HTTP/1.1 200 ")
