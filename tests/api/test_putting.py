"""Records come in by PUT: with the rules and sentences of import, all or none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.api import putting
from qbferry.desk.tokens import Scope

from .conftest import problem

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from qbferry.simulator.report import CallReport

    from .conftest import Place

    Make = Callable[..., dict[str, Any]]

LINES = {"Content-Type": "application/x-ndjson"}


def lines(*documents: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in documents)


def report(reply: httpx.Response) -> dict[str, Any]:
    """What became of records, without what is empty."""
    assert reply.status_code == 200, reply.text
    return {name: value for name, value in reply.json().items() if value}


def status(erp: httpx.Client, name: str) -> str:
    found = erp.get(f"/records/invoice/{name}").json()
    return str(found["transfer_status"])


def test_an_array_comes_in_and_what_changes_is_changed(erp: httpx.Client, invoice: Make) -> None:
    first = erp.put("/records/invoice", json=[invoice("A"), invoice("B")])
    assert report(first) == {"created": 2, "connectors": {"office": 2}}
    again = erp.put("/records/invoice", json=[invoice("A"), invoice("B", memo="late"), invoice("C")])
    assert report(again) == {"created": 1, "changed": 1, "unchanged": 1, "connectors": {"office": 3}}
    found = erp.get("/records/invoice/B").json()
    assert (found["document"]["memo"], found["source"]) == ("late", "api")
    assert report(erp.put("/records/invoice", json=[])) == {}


def test_json_lines_come_in_and_are_ready_at_once(place: Place, erp: httpx.Client, invoice: Make) -> None:
    body = lines(invoice("A"), invoice("VOID", status="voided"))
    told = report(erp.put("/records/invoice", params={"ready": True}, content=body, headers=LINES))
    assert (told["created"], told["ready"]) == (2, 1)
    assert [one["id"] for one in told["not_ready"]] == ["VOID"]
    assert status(erp, "A") == "Pending"
    history = erp.get("/records/invoice/A", params={"include": "history"}).json()["history"]
    assert [one["actor"] for one in history] == ["erp (API)"]
    place.run()
    assert status(erp, "A") == "Transferred"


def test_a_dry_run_says_the_same_and_changes_nothing(erp: httpx.Client, invoice: Make) -> None:
    asked = {"dry_run": True, "ready": True}
    told = report(erp.put("/records/invoice", params=asked, json=[invoice("A")]))
    assert told == {"created": 1, "ready": 1, "connectors": {"office": 1}}
    assert erp.get("/records/invoice").json()["total"] == 0


def test_faults_are_told_with_their_places_and_nothing_is_taken_in(erp: httpx.Client, invoice: Make) -> None:
    wrong = invoice("B", lines=[{"id": "1", "item": "Labor", "amount": "a lot"}])
    told = problem(erp.put("/records/invoice", json=[invoice("A"), wrong, 17]), 422, "input")
    assert told["detail"] == "Nothing was imported, because of 2 faults."
    amount, whole = told["errors"]
    assert amount.pop("detail").startswith("record 2, field lines[1].amount: is no number")
    assert amount == {"pointer": "#/1/lines/0/amount", "field": "lines[1].amount", "id": "B"}
    assert whole.pop("detail").startswith("record 3: must be an object")
    assert whole == {"pointer": "#/2"}

    body = lines(invoice("A")) + b"\n" + lines(wrong, invoice("A"))
    told = problem(erp.put("/records/invoice", content=body, headers=LINES), 422, "input")
    amount, twice = told["errors"]
    assert amount.pop("detail").startswith("line 3, field lines[1].amount: is no number")
    assert amount == {"line": 3, "pointer": "#/lines/0/amount", "field": "lines[1].amount", "id": "B"}
    assert twice == {
        "detail": "line 4, field id: A is in line 1 already",
        "line": 4,
        "pointer": "#/id",
        "field": "id",
        "id": "A",
    }
    assert erp.get("/records/invoice").json()["total"] == 0


def test_of_many_faults_twenty_are_told_and_the_rest_is_counted(erp: httpx.Client, invoice: Make) -> None:
    many = [invoice(str(number), total="x") for number in range(25)]
    told = problem(erp.put("/records/invoice", json=many), 422, "input")
    assert [one["pointer"] for one in told["errors"][:20]] == [f"#/{number}/total" for number in range(20)]
    assert told["errors"][20:] == [{"detail": "and 5 more faults"}]


@pytest.mark.parametrize(
    ("head", "body", "status", "sort", "sentence"),
    [
        ({}, b"[]", 415, "media-type", "There is no Content-Type; send application/json or"),
        ({"Content-Type": "text/csv"}, b"id", 415, "media-type", "The Content-Type is 'text/csv'"),
        (LINES | {"Content-Encoding": "gzip"}, b"", 415, "media-type", "send the body as it is"),
        ({"Content-Type": "application/json"}, b' {"id": "A"}', 400, "malformed", "no JSON array"),
        ({"Content-Type": "application/json; charset=utf-8"}, b"", 400, "malformed", "no JSON array"),
        (LINES, b"\xef\xbb\xbf\n [{}]", 400, "malformed", "send it as application/json"),
        ({"Content-Type": "application/json"}, b"[{]", 422, "input", "because of 1 fault"),
        (LINES, b"\x1f\x8b\x08", 422, "input", "compressed with gzip"),
    ],
)
def test_a_body_that_is_something_else_is_refused(
    erp: httpx.Client, head: dict[str, str], body: bytes, status: int, sort: str, sentence: str
) -> None:
    told = problem(erp.put("/records/invoice", content=body, headers=head), status, sort)
    assert sentence in told["detail"]


def test_a_line_that_is_longer_than_memory_should_bear_is_refused(
    orchard: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(putting, "LONGEST", 1000)
    body = b'{"id": "P-1"}\n{"id": "P-2", "color": "' + b"r" * 1000 + b'"}\n'
    told = problem(orchard.client().put("/records/pear", content=body, headers=LINES), 422, "input")
    assert told["detail"] == "Nothing was imported. Line 2 has more than 1,000 bytes."


def test_it_needs_a_scope_and_what_is_named_must_be_there(place: Place, erp: httpx.Client) -> None:
    problem(place.client(Scope.READ, name="board").put("/records/invoice", json=[]), 403, "scope")
    problem(place.client(token="").put("/records/invoice", json=[]), 401, "token")
    problem(erp.put("/records/pear", json=[]), 404, "not-found")
    problem(erp.put("/records/invoice", params={"connector": "branch"}, json=[]), 404, "not-found")
    told = problem(erp.put("/records/invoice", params={"redy": "true"}, json=[]), 422, "input")
    assert [one["parameter"] for one in told["errors"]] == ["redy"]


def test_a_record_that_is_with_quickbooks_cannot_be_changed_now(
    place: Place, erp: httpx.Client, invoice: Make
) -> None:
    erp.put("/records/invoice", params={"ready": True}, json=[invoice("A")])
    replies: list[httpx.Response] = []

    def hear(call: CallReport) -> None:
        if call.operation == "sendRequestXML" and "InvoiceAdd" in call.result:
            replies.append(erp.put("/records/invoice", json=[invoice("A", memo="late")]))

    place.run(hear)
    [reply] = replies
    assert "with QuickBooks at this moment" in problem(reply, 409, "conflict")["detail"]
    assert erp.get("/records/invoice/A").json()["document"]["memo"] is None


def test_records_of_a_plugin_of_somebody_elses_come_in_as_it_declares_them(orchard: Place) -> None:
    erp = orchard.client()
    told = erp.get("/openapi.json").json()
    body = told["paths"]["/records/pear"]["put"]["requestBody"]["content"]
    assert body["application/x-ndjson"]["schema"] == {"$ref": "#/components/schemas/PearInput"}
    assert told["components"]["schemas"]["PearInput"]["properties"]["color"]["default"] == "green"
    assert report(erp.put("/records/pear", json=[{"id": "P-1", "color": "red"}]))["created"] == 1
    assert erp.get("/records/pear/P-1").json()["document"]["color"] == "red"
    told = problem(erp.put("/records/pear", json=[{"id": "P-2", "colour": "red"}]), 422, "input")
    assert told["errors"][0]["pointer"] == "#/0/colour"
