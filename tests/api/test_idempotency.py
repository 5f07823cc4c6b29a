"""Requests with an Idempotency-Key are done once, whatever is sent again, by whom and when."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.api import idempotency
from qbferry.desk import tokens

from . import orchard as pears
from .conftest import problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from .conftest import Place

KEY = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}
RED, BLUE = [{"id": "P-1", "color": "red"}], [{"id": "P-1", "color": "blue"}]


def color(client: httpx.Client) -> str:
    return str(client.get("/records/pear/P-1").json()["document"]["color"])


@pytest.fixture
def gate() -> Iterator[pears.Gate]:
    """Lets the first pear that is read wait."""
    made = pears.Gate()
    pears.READING.append(made)
    yield made
    made.opened.set()
    pears.READING.remove(made)


def test_the_same_request_is_answered_the_same_and_not_done_again(
    place: Place, erp: httpx.Client, invoice: Callable[..., dict[str, Any]]
) -> None:
    first = erp.put("/records/invoice", json=[invoice("A")], headers=KEY)
    assert first.json()["created"] == 1
    erp.put("/records/invoice", json=[invoice("A", memo="late")])
    again = erp.put("/records/invoice", json=[invoice("A")], headers=KEY)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["content-type"] == first.headers["content-type"]
    assert erp.get("/records/invoice/A").json()["document"]["memo"] == "late"


def test_of_many_that_come_at_once_one_is_done(place: Place, invoice: Callable[..., dict[str, Any]]) -> None:
    token = place.client().headers["authorization"].removeprefix("Bearer ")
    clients = [place.client(token=token) for _ in range(8)]
    with ThreadPoolExecutor(len(clients)) as threads:
        replies = list(
            threads.map(lambda one: one.put("/records/invoice", json=[invoice("A")], headers=KEY), clients)
        )
    done = [reply for reply in replies if reply.status_code == 200]
    assert {reply.json()["created"] for reply in done} == {1}
    for reply in replies:
        if reply not in done:
            problem(reply, 409, "in-progress")


@pytest.mark.parametrize(("address", "body"), [("/records/pear", BLUE), ("/records/pear?ready=true", RED)])
def test_a_key_stands_for_one_request(orchard: Place, address: str, body: list[dict[str, str]]) -> None:
    erp = orchard.client()
    assert erp.put("/records/pear", json=RED, headers=KEY).status_code == 200
    told = problem(erp.put(address, json=body, headers=KEY), 422, "key")
    assert "a key of its own" in told["detail"]
    assert color(erp) == "red"
    assert erp.put(address, json=body, headers={"Idempotency-Key": "other"}).status_code == 200


def test_each_program_has_keys_of_its_own_and_they_go_with_its_token(orchard: Place) -> None:
    erp, shop = orchard.client(), orchard.client(name="shop")
    assert erp.put("/records/pear", json=RED, headers=KEY).json()["created"] == 1
    assert shop.put("/records/pear", json=BLUE, headers=KEY).json()["changed"] == 1
    with orchard.app.database.write() as tx:
        tokens.revoke(tx, "shop")
    with orchard.app.database.read() as tx:
        assert len(tx.connection.exec_driver_sql("SELECT * FROM idempotency").all()) == 1


def test_nothing_is_remembered_of_what_did_nothing(orchard: Place) -> None:
    erp = orchard.client()
    problem(erp.put("/records/pear", json=[{"id": "P-1", "colour": "red"}], headers=KEY), 422, "input")
    assert erp.put("/records/pear?dry_run=true", json=BLUE, headers=KEY).json()["created"] == 1
    assert erp.put("/records/pear", json=RED, headers=KEY).json()["created"] == 1


def test_while_the_first_is_worked_on_the_second_has_to_wait(orchard: Place, gate: pears.Gate) -> None:
    erp, second = orchard.client(), orchard.client(name="other", token=None)
    second.headers = erp.headers
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(erp.put, "/records/pear", json=RED, headers=KEY)
        assert gate.reached.wait(60)
        reply = second.put("/records/pear", json=RED, headers=KEY)
        problem(reply, 409, "in-progress")
        assert int(reply.headers["retry-after"]) > 0
        problem(second.put("/records/pear", json=BLUE, headers=KEY), 422, "key")
        gate.opened.set()
        assert first.result().json()["created"] == 1
    assert second.put("/records/pear", json=RED, headers=KEY).content == first.result().content


def test_who_took_too_long_does_nothing_once_another_one_did_it(
    orchard: Place, gate: pears.Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "LEASE", timedelta(0))
    erp, second = orchard.client(), orchard.client(name="other")
    second.headers = erp.headers
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(erp.put, "/records/pear", json=RED, headers=KEY)
        assert gate.reached.wait(60)
        assert second.put("/records/pear", json=RED, headers=KEY).json()["created"] == 1
        second.put("/records/pear", json=BLUE)
        gate.opened.set()
        problem(first.result(), 409, "in-progress")
    assert color(second) == "blue"


@pytest.mark.parametrize("key", ["", "a b", "x" * 256])
def test_what_is_no_key_is_refused(orchard: Place, key: str) -> None:
    reply = orchard.client().put("/records/pear", json=RED, headers={"Idempotency-Key": key})
    assert problem(reply, 422, "input")["errors"][0]["parameter"] == "Idempotency-Key"
