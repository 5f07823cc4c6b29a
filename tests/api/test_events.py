"""Events over HTTP: pages behind a cursor, and a stream that is taken up where it broke off."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.desk.tokens import Scope

from .conftest import problem

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from .conftest import Place


def page(client: httpx.Client, **asked: Any) -> dict[str, Any]:
    reply = client.get("/events", params=asked)
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def stream(client: httpx.Client, count: int, last: str | None = None) -> list[dict[str, Any]]:
    """So many events, as they come."""
    head = {"Accept": "text/event-stream"} | ({"Last-Event-ID": last} if last else {})
    found: list[dict[str, Any]] = []
    event: dict[str, str] = {}
    with client.stream("GET", "/events", headers=head) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        for line in reply.iter_lines():
            name, _, value = line.partition(": ")
            if line:
                event[name] = value
            elif "data" in event:
                told = json.loads(event["data"])
                assert (event["id"], event["event"]) == (told["id"], told["type"])
                found.append(told)
                event = {}
            if len(found) == count:
                return found
    return found


def test_pages_and_the_stream_tell_the_same_in_the_same_order(
    place: Place, erp: httpx.Client, invoice: Callable[..., dict[str, Any]]
) -> None:
    place.put("invoice", invoice("A"), invoice("B"), ready=True)
    place.run()
    whole = page(erp)
    assert [(one["type"], one["data"]["id"]) for one in whole["events"]] == [
        ("record.ready", "A"),
        ("record.ready", "B"),
        ("record.sent", "A"),
        ("record.sent", "B"),
    ]
    assert not whole["more"]
    walked: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        part = page(erp, limit=1, **after)
        walked += part["events"]
        after = {"after": part["next"]}
        if not part["more"]:
            break
    assert walked == whole["events"]
    assert page(erp, **after)["events"] == []
    assert page(erp, **after)["next"] == after["after"]
    assert stream(erp, 4) == walked
    assert stream(erp, 2, walked[1]["id"]) == walked[2:]


def test_the_stream_tells_what_happens_meanwhile(
    place: Place, erp: httpx.Client, invoice: Callable[..., dict[str, Any]]
) -> None:
    place.put("invoice", invoice("A"), ready=True)
    head = {"Accept": "text/event-stream"}
    heard = []
    with erp.stream("GET", "/events", headers=head) as reply:
        for line in reply.iter_lines():
            if line.startswith("event: "):
                heard.append(line)
                if heard == ["event: record.ready"]:
                    place.run()
                elif heard[-1] == "event: record.sent":
                    break
    assert heard == ["event: record.ready", "event: record.sent"]


def test_it_needs_a_scope_of_its_own(place: Place) -> None:
    problem(place.client(Scope.READ).get("/events"), 403, "scope")
    problem(place.client(token="").get("/events"), 401, "token")
    assert place.client(Scope.EVENTS, name="listener").get("/events").status_code == 200


@pytest.mark.parametrize("head", [{}, {"Accept": "text/event-stream"}])
def test_what_is_no_event_is_a_problem(erp: httpx.Client, head: dict[str, str]) -> None:
    told = problem(erp.get("/events", params={"after": "7"}, headers=head), 422, "input")
    assert "id of an event" in told["detail"]
    problem(erp.get("/events", params={"limit": 0}, headers=head), 422, "input")


def test_it_is_described(erp: httpx.Client) -> None:
    told = erp.get("/openapi.json").json()["paths"]["/events"]["get"]
    assert {"application/json", "text/event-stream"} <= told["responses"]["200"]["content"].keys()
    assert {"after", "limit"} <= {one["name"] for one in told["parameters"]}


def test_what_the_page_asks_for_is_answered_as_it_says(
    place: Place, erp: httpx.Client, invoice: Callable[..., dict[str, Any]]
) -> None:
    place.put("invoice", invoice("A"), invoice("B"), ready=True)
    page = (Path(__file__).parents[2] / "docs/events.md").read_text("utf-8")
    first = erp.get("/events", params={"limit": 1}).json()
    asked = re.findall(r"```http\n(.*?)```", page, re.DOTALL)
    assert len(asked) == 2
    for text in asked:
        line, *head = text.replace("evt_NzQzLjAuMTI", first["next"]).splitlines()
        path = line.removeprefix("GET /api/v1")
        named = dict(one.split(": ") for one in head if not one.startswith("Authorization"))
        with erp.stream("GET", path, headers=named) as reply:
            assert reply.status_code == 200
            if named:
                assert next(reply.iter_lines()) == "retry: 1000"
                continue
            told = json.loads(reply.read())
        assert [one["data"]["id"] for one in told["events"]] == ["B"]
        shown = next(one for one in re.findall(r"```json\n(.*?)```", page, re.DOTALL) if '"next"' in one)
        assert told.keys() == json.loads(shown).keys()
