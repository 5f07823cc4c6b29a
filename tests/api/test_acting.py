"""What is done with records by programs: the acts of the pages, one at a time or a page of a search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry.desk import browsing
from qbferry.desk.drawer import Drawer
from qbferry.desk.tokens import Scope
from qbferry.model import TransferStatus

from .conftest import problem

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from .conftest import Place

    Make = Callable[..., dict[str, Any]]


def act(program: httpx.Client, name: str, what: str, **more: Any) -> dict[str, Any]:
    reply = program.post(f"/records/invoice/{name}", json={"act": what} | more)
    assert reply.status_code == 200, reply.text
    told: dict[str, Any] = reply.json()
    return told


def status(program: httpx.Client, name: str) -> str:
    return str(program.get(f"/records/invoice/{name}").json()["transfer_status"])


def test_one_is_set_ready_and_not_ready_again(invoices: Place, erp: httpx.Client) -> None:
    told = act(erp, "INV-1", "ready")
    assert (told["changed"], told["transfer_status"], told["reason"]) == (True, "Pending", "")
    assert status(erp, "INV-1") == "Pending"
    assert act(erp, "INV-1", "not-ready")["transfer_status"] == "Not Transferred"
    lines = erp.get("/records/invoice/INV-1", params={"include": "history"}).json()["history"]
    assert [line["actor"] for line in lines] == ["erp (API)", "erp (API)"]


def test_why_nothing_was_done_is_the_verdict(invoices: Place, erp: httpx.Client) -> None:
    told = act(erp, "VOID", "ready")
    assert (told["changed"], told["refused"]) == (False, True)
    assert "voided" in told["reason"]


def test_all_that_a_search_finds_are_set_ready_a_page_at_a_time(invoices: Place, erp: httpx.Client) -> None:
    told, cursor, pages = [], "", 0
    while True:
        where: dict[str, str | int] = {"size": 2, "cursor": cursor, "status": "Not Transferred"}
        reply = erp.post("/records/invoice", params=where, json={"act": "ready"})
        assert reply.status_code == 200, reply.text
        told += [(one["id"], one["changed"]) for one in reply.json()["verdicts"]]
        pages += 1
        if (cursor := reply.json()["next"]) is None:
            break
    assert told == [("INV-1", True), ("INV-2", True), ("INV-3", True), ("VOID", False), ("LOST", True)]
    assert pages == 3


def test_runs_wait_for_what_is_done_with_a_page_and_not_for_the_search(
    invoices: Place, erp: httpx.Client, heard: Any
) -> None:
    def all_found(asking: Callable[[], httpx.Response]) -> list[str]:
        with heard(invoices.app.database) as statements:
            asking().raise_for_status()
            return [text for text, _ in statements]

    found = all_found(lambda: erp.post("/records/invoice?status=Not Transferred", json={"act": "ready"}))
    places = [place for place, text in enumerate(found) if text in ("BEGIN IMMEDIATE", ";")]
    before, locked = found[: places[-1]], found[places[-1] :]
    searches = [text for text in before if "FROM record " in text.replace("\n", " ")]
    assert searches, "the records are looked for"
    assert not [text for text in before if "document" in text], "keys are enough"
    assert len([text for text in locked if "FROM record" in text]) == 2, "are they still meant; all of them"
    assert not [text for text in locked if "sum(" in text or "count(" in text]


def test_what_is_no_more_as_it_was_found_stays_as_it_is(
    invoices: Place, erp: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = browsing.keys

    def slow(*asked: Any) -> Any:
        found = look(*asked)
        act(erp, "INV-2", "ready")
        return found

    monkeypatch.setattr(browsing, "keys", slow)
    where = {"status": "Not Transferred", "party": "ACME", "batch": "2026-10"}
    told = erp.post("/records/invoice", params=where, json={"act": "ready"}).json()["verdicts"]
    assert [one["id"] for one in told] == ["INV-1", "INV-3"]


def test_what_quickbooks_has_goes_again_only_when_that_was_confirmed(
    invoices: Place, erp: httpx.Client
) -> None:
    act(erp, "INV-1", "ready")
    invoices.run()
    assert status(erp, "INV-1") == "Transferred"
    told = act(erp, "INV-1", "ready")
    assert not told["changed"]
    assert "confirmed" in told["reason"]
    assert act(erp, "INV-1", "ready", confirmed=True)["transfer_status"] == "Pending"


def test_nothing_is_done_with_one_that_was_written_since_it_was_seen(
    invoices: Place, erp: httpx.Client
) -> None:
    seen = erp.get("/records/invoice/INV-1").headers["ETag"]
    version = act(erp, "INV-1", "ready")["version"]
    late = erp.post("/records/invoice/INV-1", json={"act": "not-ready"}, headers={"If-Match": seen})
    assert "INV-1" in problem(late, 412, "changed")["detail"]
    assert status(erp, "INV-1") == "Pending"
    for fits in (f'"{version}"', f'"1000", "{version + 1}"', "*"):
        again = erp.post("/records/invoice/INV-1", json={"act": "not-ready"}, headers={"If-Match": fits})
        assert again.status_code == 200, again.text
    whole = erp.get("/records/invoice/INV-1", params={"include": ["history", "references"]}).headers["ETag"]
    weak = erp.post("/records/invoice/INV-1", json={"act": "ready"}, headers={"If-Match": f"W/{whole}"})
    problem(weak, 412, "changed")
    last = erp.post("/records/invoice/INV-1", json={"act": "ready"}, headers={"If-Match": whole})
    assert last.json()["changed"]


def test_an_act_with_a_key_is_done_once(invoices: Place, erp: httpx.Client) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = erp.post("/records/invoice/INV-1", json={"act": "ready"}, headers=key)
    again = erp.post("/records/invoice/INV-1", json={"act": "ready"}, headers=key)
    assert first.json()["changed"]
    assert again.content == first.content
    problem(erp.post("/records/invoice/INV-2", json={"act": "ready"}, headers=key), 422, "key")


def test_what_a_plugin_offers_is_done_with_what_is_filled_in(orchard: Place) -> None:
    program = orchard.client()
    orchard.put("pear", {"id": "P"})
    reply = program.post("/records/pear/P", json={"act": "paint", "fields": {"color": "red"}})
    assert reply.status_code == 200, reply.text
    found = program.get("/records/pear/P").json()
    assert (found["document"]["color"], found["version"]) == ("red", reply.json()["version"])
    wrong = program.post("/records/pear/P", json={"act": "paint", "fields": {"hue": "red"}})
    assert "color" in problem(wrong, 422, "input")["detail"]
    orchard.put("pear", {"id": "G"})
    empty = program.post("/records/pear/G", json={"act": "paint"})
    assert problem(empty, 422, "input")["detail"] == "Say which color."
    again = program.post("/records/pear/P", json={"act": "paint", "fields": {"color": "green"}})
    assert problem(again, 422, "input")["detail"] == "A red pear keeps its color."


def test_a_person_says_what_became_of_one_in_doubt(invoices: Place, erp: httpx.Client) -> None:
    for what, status in (("there", "Pending"), ("not-there", "Pending")):
        with invoices.app.database.write() as tx:
            opened = Drawer.open(tx, invoices.app.plugins, "invoice", None, "continue", lock=True)
            with opened as drawer:
                [row] = drawer.find(["INV-1"])
                row.in_doubt, row.doubtful, row.queue_position = True, {"invoice": "Invoice"}, None
                row.transfer_status = TransferStatus.FAILED
                drawer.touch(row)
        assert "decide first" in act(erp, "INV-1", "ready")["reason"]
        more = {"number": "1001"} if what == "there" else {}
        assert act(erp, "INV-1", what, **more)["transfer_status"] == status
    assert erp.get("/records/invoice/INV-1").json()["ref_number"] == "1001"


@pytest.mark.parametrize(
    ("name", "deed", "status", "sort"),
    [
        ("INV-9", {"act": "ready"}, 404, "not-found"),
        ("INV-1", {"act": "eat"}, 422, "input"),
        ("INV-1", {}, 422, "input"),
        ("INV-1", {"act": "ready", "gently": True}, 422, "input"),
        ("INV-1", {"act": "there"}, 422, "input"),
        ("INV-1", {"act": "ready", "fields": {"a": "b"}}, 422, "input"),
        ("INV-1", {"act": "ready", "txn_id": "4A-1"}, 422, "input"),
    ],
)
def test_what_cannot_be_asked_for_is_told(
    invoices: Place, erp: httpx.Client, name: str, deed: dict[str, Any], status: int, sort: str
) -> None:
    problem(erp.post(f"/records/invoice/{name}", json=deed), status, sort)


@pytest.mark.parametrize(
    ("body", "kind", "status", "sort"),
    [
        (b"{", "application/json", 400, "malformed"),
        (b"\xff", "application/json", 400, "malformed"),
        (b"[]", "application/json", 422, "input"),
        (b"act=ready", "application/x-www-form-urlencoded", 415, "media-type"),
        (b" " * 70_000, "application/json", 413, "too-large"),
    ],
)
def test_a_body_that_is_none_is_told(orchard: Place, body: bytes, kind: str, status: int, sort: str) -> None:
    orchard.put("pear", {"id": "P"})
    program = orchard.client()
    for where in ("/records/pear", "/records/pear/P"):
        problem(program.post(where, content=body, headers={"Content-Type": kind}), status, sort)
    nobody = orchard.client(token="qbf_wrong")
    problem(nobody.post("/records/pear/P", content=body, headers={"Content-Type": kind}), 401, "token")


def test_it_needs_a_scope_of_its_own(invoices: Place) -> None:
    reader = invoices.client(Scope.READ, Scope.WRITE, name="reader")
    problem(reader.post("/records/invoice/INV-1", json={"act": "ready"}), 403, "scope")
    problem(reader.post("/records/invoice", json={"act": "ready"}), 403, "scope")
    assert act(invoices.client(Scope.ACT, name="actor"), "INV-1", "ready")["changed"]
