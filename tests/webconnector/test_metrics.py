"""What Prometheus is told, and who may ask."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from qbferry.errors import DatabaseError
from qbferry.transfer.grant import Grant
from qbferry.webconnector.metrics import Reading

from .recorder import Recorder
from .wire import XML, app, ask, envelope

if TYPE_CHECKING:
    from starlette.types import ASGIApp

parser = pytest.importorskip("prometheus_client.parser")
HERE = str(os.getpid())
BEARER = {"authorization": "Bearer a long token"}


def told(application: ASGIApp) -> dict[tuple[str, ...], float]:
    """Every sample, by its name and its labels' values but for the process, which is this one."""
    reply = ask(application, "GET", "/metrics")
    assert reply.status == 200
    found = {}
    for family in parser.text_string_to_metric_families(reply.text):
        for sample in family.samples:
            assert sample.labels.pop("process", HERE) == HERE
            found[sample.name, *sample.labels.values()] = sample.value
    return found


def test_calls_are_counted_by_operation_and_outcome() -> None:
    exchange = Recorder()
    application = app(exchange)
    for _ in range(3):
        ask(application, headers=XML, body=envelope("closeConnection", ticket="t"))
    ask(application, headers=XML, body=b"hello")
    ask(application, headers={"content-type": "text/html"}, body=b"hello")
    exchange.error = DatabaseError("The database is locked.")
    ask(application, headers=XML, body=envelope("closeConnection", ticket="t"))
    exchange.error = KeyError("x")
    ask(application, headers=XML, body=envelope("getLastError", ticket="t"))
    exchange.error, exchange.grant = None, Grant("", "nvu")
    ask(application, headers=XML, body=envelope("authenticate", strUserName="u", strPassword="p"))
    found = told(application)
    calls = {labels[1:]: count for labels, count in found.items() if labels[0] == "qbferry_calls_total"}
    assert calls == {
        ("closeConnection", "answered"): 3,
        ("closeConnection", "trouble"): 1,
        ("getLastError", "bug"): 1,
        ("authenticate", "refused"): 1,
        ("a call", "refused"): 2,
    }
    assert found["qbferry_call_seconds_count", "closeConnection"] == 4
    assert found["qbferry_call_seconds_bucket", "+Inf", "closeConnection"] == 4
    assert 0 < found["qbferry_call_seconds_sum", "closeConnection"] < 4


def test_readings_are_told_as_they_are_at_that_moment() -> None:
    names = iter(["a", 'b "\n'])
    application = app(
        Recorder(),
        readings=lambda: [
            Reading("records", "Records.", ("connector",), [((next(names),), 7)]),
            Reading("events", "Events.", ("event",), [(("run.ended",), 2)], counts=True),
        ],
    )
    assert told(application)["qbferry_records", "a"] == 7
    assert told(application)["qbferry_records", 'b "\n'] == 7


def test_trouble_with_a_reading_is_said() -> None:
    def broken() -> list[Reading]:
        raise OSError("disk full")

    assert ask(app(Recorder(), readings=broken), "GET", "/metrics").status == 503


@pytest.mark.parametrize(
    ("client", "headers", "token", "status"),
    [
        ("127.0.0.1", {}, "", 200),
        ("::1", {}, "", 200),
        ("192.0.2.1", {}, "", 403),
        ("a name", {}, "", 403),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, "", 403),
        ("127.0.0.1", {"forwarded": "for=127.0.0.1"}, "", 403),
        ("192.0.2.1", BEARER, "a long token", 200),
        ("127.0.0.1", BEARER | {"x-forwarded-for": "192.0.2.1"}, "a long token", 200),
        ("192.0.2.1", {"authorization": "Bearer another"}, "a long token", 403),
        ("192.0.2.1", {"authorization": "Bearer \xe9"}, "a long token", 403),
        ("192.0.2.1", {"authorization": "Bearer "}, "", 403),
        ("192.0.2.1", {"authorization": "Bearer"}, "a long token", 403),
        ("192.0.2.1", {"authorization": "Basic a long token"}, "a long token", 403),
    ],
)
def test_only_this_machine_and_the_token_may_ask(
    client: str, headers: dict[str, str], token: str, status: int
) -> None:
    application = app(Recorder(), metrics_token=token)
    reply = ask(application, "GET", "/metrics", headers=headers, client=client)
    assert reply.status == status
    assert reply.headers["x-content-type-options"] == "nosniff"
    if status == 403:
        assert "qbferry_" not in reply.text
