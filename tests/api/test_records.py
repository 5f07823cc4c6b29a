"""Lists of records with every filter of the search page, and one record whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qbferry.demo.script import first_act

from .conftest import problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    import httpx

    from .conftest import Place


def ids(reply: httpx.Response) -> list[str]:
    assert reply.status_code == 200, reply.text
    return sorted(one["id"] for one in reply.json()["records"])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["INV-1", "INV-2", "INV-3", "LOST", "VOID"]),
        ({"batch": "2026-10"}, ["INV-1", "INV-2", "INV-3"]),
        ({"number": "INV-2"}, ["INV-2"]),
        ({"party": "nobody"}, ["LOST"]),
        ({"status": "Pending"}, []),
        (
            {"status": "not transferred,pending", "amount_from": "0.01"},
            ["INV-1", "INV-2", "INV-3", "LOST", "VOID"],
        ),
        ({"never": "true", "date_to": "2000-01-01"}, []),
        ({"transferred_from": "2026-01-01"}, []),
        ({"in_doubt": "true"}, []),
    ],
)
def test_a_list_has_what_fits_all_filters(
    invoices: Place, erp: httpx.Client, asked: dict[str, str], found: list[str]
) -> None:
    assert ids(erp.get("/records/invoice", params=asked)) == found


def test_cursors_lead_through_the_whole_list_and_back(invoices: Place, erp: httpx.Client) -> None:
    seen, cursor, previous = [], "", None
    while cursor is not None:
        page = erp.get("/records/invoice", params={"size": 2, "sort": "arrival", "cursor": cursor}).json()
        seen += [one["id"] for one in page["records"]]
        assert page["total"] == 5
        cursor, previous = page["next"], page["previous"]
    assert seen == ["INV-1", "INV-2", "INV-3", "VOID", "LOST"]
    back = erp.get("/records/invoice", params={"size": 2, "sort": "arrival", "cursor": previous}).json()
    assert [one["id"] for one in back["records"]] == ["INV-3", "VOID"]


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"statu": "Pending"}, "statu"),
        ({"size": "0"}, "size"),
        ({"sort": "color"}, "sort"),
        ({"amount_from": "much"}, "amount_from"),
        ({"party": "\x00"}, "party"),
    ],
)
def test_what_is_no_filter_is_refused_by_its_name(
    erp: httpx.Client, asked: dict[str, str], parameter: str
) -> None:
    told = problem(erp.get("/records/invoice", params=asked), 422, "input")
    assert [one["parameter"] for one in told["errors"]] == [parameter]
    assert parameter in told["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"date_from": "2026-02-30"}, "2026-02-30 is no date"),
        ({"transferred_to": "9999-12-31"}, "9999-12-31 is no date"),
        ({"transferred_from": "0001-01-01"}, "0001-01-01 is no date"),
        ({"status": "lost"}, "There is no transfer status lost"),
        ({"cursor": "abc"}, "The place in the list cannot be read"),
    ],
)
def test_what_cannot_be_read_is_told_in_the_words_of_the_search_page(
    erp: httpx.Client, monkeypatch: pytest.MonkeyPatch, asked: dict[str, str], sentence: str
) -> None:
    assert sentence in problem(erp.get("/records/invoice", params=asked), 422, "input")["detail"]


def test_a_connector_is_named_or_the_default_one(invoices: Place, erp: httpx.Client) -> None:
    assert ids(erp.get("/records/invoice", params={"connector": "office", "number": "VOID"})) == ["VOID"]
    problem(erp.get("/records/invoice", params={"connector": "branch"}), 404, "not-found")


def test_one_record_has_its_document_and_an_etag(
    invoices: Place, erp: httpx.Client, invoice: Callable[..., dict[str, Any]]
) -> None:
    reply = erp.get("/records/invoice/INV-1")
    found = reply.json()
    given = invoice("INV-1", batch="2026-10")
    assert found["document"]["lines"][0].items() >= given.pop("lines")[0].items()
    assert found["document"].items() >= given.items()
    assert (found["id"], found["batch"], found["transfer_status"]) == ("INV-1", "2026-10", "Not Transferred")
    assert reply.headers["etag"].startswith(f'"{found["version"]}.')
    assert "history" not in found


BESIDE = [[], ["history"], ["preview"], ["references"], ["history", "preview", "references"]]


@pytest.mark.parametrize("beside", BESIDE)
def test_what_a_program_has_already_is_not_sent_again(
    invoices: Place, erp: httpx.Client, beside: list[str]
) -> None:
    def ask(*had: str) -> httpx.Response:
        head = {"If-None-Match": ", ".join(had)} if had else {}
        return erp.get("/records/invoice/INV-1", params={"include": beside}, headers=head)

    tag = ask().headers["etag"]
    for had in ([tag], ['"1000"', tag], [f"W/{tag}"], ["*"]):
        again = ask(*had)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert ask('"1000"').status_code == 200
    erp.post("/records/invoice/INV-1", json={"act": "ready"}).raise_for_status()
    later = ask(tag)
    assert (later.status_code, later.json()["transfer_status"]) == (200, "Pending")
    assert later.headers["etag"] != tag


def test_the_etag_tells_answers_apart_that_hold_more_or_less(invoices: Place, erp: httpx.Client) -> None:
    replies = [erp.get("/records/invoice/INV-1", params={"include": beside}) for beside in BESIDE]
    assert len({reply.headers["etag"] for reply in replies}) == len(BESIDE)


def test_what_is_beside_a_record_may_change_without_it(invoices: Place, erp: httpx.Client) -> None:
    def ask(beside: str, had: httpx.Response | None = None) -> httpx.Response:
        head = {"If-None-Match": had.headers["etag"]} if had else {}
        return erp.get("/records/invoice/INV-1", params={"include": beside}, headers=head)

    before = {beside: ask(beside) for beside in ("history", "references")}
    erp.post("/records/invoice/INV-2", json={"act": "ready"}).raise_for_status()
    invoices.run()
    told = ask("references", before["references"])
    assert told.status_code == 200
    assert told.json()["version"] == before["references"].json()["version"]
    assert told.json()["references"] != before["references"].json()["references"]
    assert ask("history", before["history"]).status_code == 304


def test_a_record_that_is_not_there_is_the_same_as_none_a_program_has(
    invoices: Place, erp: httpx.Client
) -> None:
    problem(erp.get("/records/invoice/NONE", headers={"If-None-Match": "*"}), 404, "not-found")


def test_one_record_has_its_history_preview_and_references_where_asked(
    place: Place, erp: httpx.Client
) -> None:
    report = next(part.document for part in first_act() if part.entity == "expense_report")
    place.put("expense_report", report, ready=True)
    everything = {"include": ["history", "preview", "references"]}
    found = erp.get(f"/records/expense_report/{report['id']}", params=everything).json()
    assert [one["kind"] for one in found["history"]] == ["Ready"]
    assert found["preview"].keys() == {"qbxml", "problem"}
    assert found["references"][0]["name"]


@pytest.mark.parametrize("name", ["NONE", "%00", "a%0Ab", "a%2Fb", ".."])
def test_a_record_that_is_not_there_is_not_found(invoices: Place, erp: httpx.Client, name: str) -> None:
    problem(erp.get(f"/records/invoice/{name}"), 404, "not-found")


def test_an_id_may_have_a_slash(
    place: Place, erp: httpx.Client, invoice: Callable[..., dict[str, Any]]
) -> None:
    place.put("invoice", invoice("2026/10 é"))
    assert erp.get("/records/invoice/2026%2F10%20%C3%A9").json()["id"] == "2026/10 é"
