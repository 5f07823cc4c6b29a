"""How much a program may send and how often it may ask; and that whatever goes wrong is told as a problem."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from qbferry.api.limits import Rates
from qbferry.desk.tokens import Scope

from .conftest import problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Place

PEAR = {"id": "P-1", "color": "red"}


def rate(text: str) -> tuple[int, int]:
    found = re.fullmatch(r'"token";r=([0-9]+);t=([0-9]+)', text)
    assert found, text
    return int(found[1]), int(found[2])


def test_a_minutes_requests_may_come_at_once_and_come_back_by_and_by() -> None:
    now = 1000.0
    rates = Rates(6, lambda: now)
    taken = [rates.take(1) for _ in range(7)]
    assert [(one.left, one.full, one.wait) for one in taken if one] == [
        *((5 - number, 10 * (number + 1), 0) for number in range(6)),
        (0, 60, 10),
    ]
    other = rates.take(2)
    assert other
    assert other.left == 5
    now += 9.5
    refused = rates.take(1)
    assert refused
    assert refused.wait == 1
    now += 0.5
    again = rates.take(1)
    assert again
    assert (again.left, again.wait) == (0, 0), "those that were refused do not count"
    assert Rates(0).take(1) is None


@pytest.mark.parametrize("settings", ["[api]\nrequests_per_minute = 3\n"])
def test_a_token_that_asks_too_often_is_told_when_to_come_again(orchard: Place) -> None:
    erp, shop = orchard.client(), orchard.client(Scope.EVENTS, name="shop")
    left = [rate(erp.get("/records/pear").headers["ratelimit"])[0] for _ in range(3)]
    assert left == [2, 1, 0]
    reply = erp.get("/records/pear")
    assert "erp may make 3 requests a minute" in problem(reply, 429, "rate")["detail"]
    assert 0 < int(reply.headers["retry-after"]) <= 20
    assert reply.headers["ratelimit-policy"] == '"token";q=3;w=60'
    refused = shop.get("/records/pear")
    problem(refused, 403, "scope")
    assert rate(refused.headers["ratelimit"])[0] == 2, "each token counts for itself"
    assert "ratelimit" not in orchard.client(token="").get("/records/pear").headers


def pieces(size: int) -> Iterator[bytes]:
    yield b"["
    for _ in range(size // 1000):
        yield b" " * 1000
    yield b"]"


@pytest.mark.parametrize("settings", ["[api]\nmax_body_bytes = 100_000\n"])
def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(orchard: Place) -> None:
    erp = orchard.client()
    head = {"Content-Type": "application/json"}
    assert erp.put("/records/pear", content=pieces(90_000), headers=head).status_code == 200
    for body in (b" " * 100_001, pieces(5_000_000)):
        told = problem(erp.put("/records/pear", content=body, headers=head), 413, "too-large")
        assert "100,000 bytes" in told["detail"]
    assert erp.put("/records/pear", json=[PEAR]).json()["created"] == 1


@pytest.mark.parametrize("settings", ["[server]\nbody_seconds = 0.2\n"])
def test_a_body_that_does_not_come_is_not_waited_for(orchard: Place) -> None:
    erp = orchard.client()
    with closing(orchard.connection()) as line:
        head = (
            "PUT /api/v1/records/pear HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Authorization: {erp.headers['authorization']}\r\nContent-Length: 100\r\n\r\n[".encode()
        )
        line.sendall(head)
        assert line.recv(65_536).startswith(b"HTTP/1.1 408 ")


def test_a_database_that_is_away_is_told_with_when_to_come_again(orchard: Place) -> None:
    erp = orchard.client()
    assert erp.put("/records/pear", json=[PEAR]).status_code == 200
    with closing(sqlite3.connect(orchard.settings.with_name("pears.sqlite3"))) as busy:
        busy.execute("BEGIN IMMEDIATE")
        for head in ({}, {"Idempotency-Key": "a"}):
            reply = erp.put("/records/pear", json=[PEAR | {"color": "blue"}], headers=head)
            assert "lock" not in problem(reply, 503, "database")["detail"], "what its driver says is logged"
            assert int(reply.headers["retry-after"]) > 0
    assert erp.get("/records/pear/P-1").json()["document"]["color"] == "red"


def test_a_fault_of_the_server_says_nothing_of_its_inside(orchard: Place) -> None:
    erp = orchard.client()
    erp.put("/records/pear", json=[PEAR])
    with orchard.app.database.write() as tx:
        tx.connection.exec_driver_sql("UPDATE document SET document = '{'")  # what nobody can have written
    reply = erp.get("/records/pear/P-1")
    problem(reply, 500, "internal")
    assert rate(reply.headers["ratelimit"])
    assert not re.search("Traceback|Error|qbferry/|\\.py|list", reply.text)
