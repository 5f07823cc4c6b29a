"""The simulated Autotask: fields, filters, pages, limits and errors as the real one has them."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from qbferry.simulator.autotask import AutotaskServer, Tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = Path(os.environ.get("QBFERRY_QBXML_XSD", "-")).parent / "autotask" / "samples"
ALL = [{"op": "exist", "field": "id"}]


@pytest.fixture
def tenant() -> Tenant:
    return Tenant()


@pytest.fixture
def server(tenant: Tenant) -> Iterator[AutotaskServer]:
    with AutotaskServer(tenant) as server:
        yield server


@pytest.fixture
def call(server: AutotaskServer) -> Iterator[httpx.Client]:
    headers = {"UserName": server.user, "Secret": server.secret, "ApiIntegrationCode": server.code}
    with httpx.Client(base_url=server.url + "V1.0/", headers=headers) as client:
        yield client


def found(call: httpx.Client, entity: str, *conditions: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    answer = call.post(f"{entity}/query", json={"filter": [*conditions] or ALL, **more})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def refused(answer: httpx.Response, status: int = 500) -> str:
    assert answer.status_code == status, answer.text
    body = answer.json()
    return str(body["errors"][0] if "errors" in body else body["Message"])


def test_the_zone_is_told_to_a_user_it_knows(server: AutotaskServer) -> None:
    url = f"{server.url}v1.0/zoneInformation"
    assert httpx.get(url, params={"user": server.user}).json()["url"] == server.url
    assert refused(httpx.get(url, params={"user": "x"})) == "Zone information could not be determined"


def test_every_call_brings_three_headers(server: AutotaskServer, call: httpx.Client) -> None:
    url = f"{server.url}V1.0/Invoices/query"
    assert httpx.post(url, json={"filter": ALL}).status_code == 401
    headers = {"UserName": server.user, "Secret": server.secret, "ApiIntegrationCode": "another"}
    assert refused(httpx.post(url, json={"filter": ALL}, headers=headers)) == "IntegrationCode is invalid."
    server.stale = True
    assert call.post("Invoices/query", json={"filter": ALL}).status_code == 401
    httpx.get(f"{server.url}v1.0/zoneInformation", params={"user": server.user})
    assert call.post("Invoices/query", json={"filter": ALL}).status_code == 200


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ({"op": "eq", "field": "invoiceNumber", "value": "A-1"}, [1]),
        ({"op": "noteq", "field": "INVOICENUMBER", "value": "A-1"}, [2, 3]),
        ({"op": "gt", "field": "invoiceTotal", "value": 10}, [2]),
        ({"op": "gte", "field": "invoiceTotal", "value": 10}, [1, 2]),
        ({"op": "lt", "field": "id", "value": 2}, [1]),
        ({"op": "lte", "field": "id", "value": 2}, [1, 2]),
        ({"op": "beginsWith", "field": "invoiceNumber", "value": "A"}, [1]),
        ({"op": "endsWith", "field": "invoiceNumber", "value": "1"}, [1]),
        ({"op": "contains", "field": "invoiceNumber", "value": "-"}, [1]),
        ({"op": "exist", "field": "invoiceNumber"}, [1, 3]),
        ({"op": "notExist", "field": "invoiceNumber"}, [2]),
        ({"op": "in", "field": "id", "value": [1, 3]}, [1, 3]),
        ({"op": "notIn", "field": "id", "value": [1, 3]}, [2]),
        ({"op": "eq", "field": "isVoided", "value": True}, [3]),
        ({"op": "gte", "field": "createDateTime", "value": "2026-10-02T00:00:00Z"}, [2, 3]),
        (
            {
                "op": "or",
                "items": [{"op": "eq", "field": "id", "value": 1}, {"op": "eq", "field": "id", "value": 2}],
            },
            [1, 2],
        ),
    ],
)
def test_a_query_finds_what_its_filter_says(
    tenant: Tenant, call: httpx.Client, condition: dict[str, Any], keys: list[int]
) -> None:
    for key, number, total in ((1, "A-1", 10), (2, None, 20), (3, "", 5)):
        day = date(2026, 10, key)
        tenant.add(
            "Invoices",
            id=key,
            invoiceNumber=number,
            invoiceTotal=total,
            isVoided=key == 3,
            createDateTime=day,
        )
    assert [row["id"] for row in found(call, "Invoices", condition)] == keys
    count = call.post("Invoices/query/count", json={"filter": [condition]}).json()
    assert count == {"queryCount": len(keys)}


def test_a_query_may_be_in_an_address_that_is_not_too_long(tenant: Tenant, call: httpx.Client) -> None:
    tenant.add("Invoices", id=1)
    search = json.dumps({"filter": ALL})
    assert call.get("Invoices/query", params={"search": search}).json()["items"][0]["id"] == 1
    assert refused(call.get("Invoices/query", params={"search": search + " " * 2048}), 404) == "Not Found"


def test_pages_are_followed_with_the_same_verb(tenant: Tenant, call: httpx.Client) -> None:
    tenant.page = 3
    for _ in range(7):
        tenant.add("Invoices", invoiceTotal=1)
    answer = call.post("Invoices/query", json={"filter": ALL}).json()
    seen = answer["items"]
    while url := answer["pageDetails"]["nextPageUrl"]:
        assert refused(call.get(url), 405) == "The requested resource does not support http method 'GET'."
        answer = call.post(url, json={"filter": ALL}).json()
        seen += answer["items"]
    assert len({row["id"] for row in seen}) == 7
    narrow = call.post("Invoices/query", json={"filter": ALL, "IncludeFields": ["invoiceTotal"]}).json()
    assert narrow["pageDetails"]["nextPageUrl"] is None, "without the id, the rest is lost"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"filter": [{"op": "eq", "field": "colour", "value": 1}]}, "Unable to find colour in the Invoice"),
        ({"filter": [{"op": "eq", "field": "dueDate", "value": "2026-10-01"}]}, "cannot be queried"),
        ({"filter": [{"op": "eq", "field": "id", "value": "New"}]}, "Conversion failed when converting"),
        ({"filter": [{"op": "eq", "field": "isVoided", "value": 1}]}, "Conversion failed when converting"),
        ({"filter": [{"op": "in", "field": "id", "value": [*range(501)]}]}, "limited to 500 or fewer"),
        ({"filter": ALL, "MaxRecords": 501}, "maxCountOfRecordsToReturn must be between 1 and 500"),
        ({}, "A filter must be given"),
    ],
)
def test_a_query_that_does_not_fit_is_a_500_with_a_text(
    call: httpx.Client, body: dict[str, Any], said: str
) -> None:
    assert said in refused(call.post("Invoices/query", json=body))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"invoiceNumber": "9" * 101}, "has more than 100 characters"),
        ({"paidDate": "soon"}, "The value of paidDate is no date"),
        ({"invoiceNumber": 7}, "The value of invoiceNumber is no string"),
        ({"colour": "red"}, "Unable to find colour"),
        ({"id": 9}, "No matching records found"),
    ],
)
def test_a_write_that_does_not_fit_changes_nothing(
    tenant: Tenant, call: httpx.Client, change: dict[str, Any], said: str
) -> None:
    tenant.add("Invoices", id=1, invoiceNumber="A")
    before = dict(tenant.rows["Invoices"][1])
    assert said in refused(call.patch("Invoices", json={"id": 1} | change))
    assert tenant.rows["Invoices"][1] == before


def test_a_write_changes_only_what_it_names_and_no_read_only_field(
    tenant: Tenant, call: httpx.Client
) -> None:
    key = tenant.add("ExpenseReports", name="October", status="Approved for Payment")
    change = {"id": key, "quickBooksReferenceNumber": "77", "status": 1}
    assert call.patch("ExpenseReports", json=change).json() == {"itemId": key}
    row = tenant.rows["ExpenseReports"][key]
    assert (row["quickBooksReferenceNumber"], row["name"]) == ("77", "October")
    assert row["status"] == tenant.number("ExpenseReports", "status", "Approved for Payment")
    tenant.read_only_is_refused = True
    assert "status is read only" in refused(call.patch("ExpenseReports", json=change))
    assert refused(call.patch("BillingCodes", json={"id": 1}), 405)


def test_picklists_have_other_numbers_in_each_tenant_and_are_told_as_texts(call: httpx.Client) -> None:
    fields = {
        one["name"]: one for one in call.get("PurchaseOrders/entityInformation/fields").json()["fields"]
    }
    values = {one["label"]: one["value"] for one in fields["status"]["picklistValues"]}
    assert list(values) == ["New", "Submitted", "Received Partial", "Received Full", "Canceled"]
    assert all(isinstance(value, str) for value in values.values())
    other = Tenant(seed=1).entities["purchaseorders"].field("status").labels
    assert other != {label: int(value) for label, value in values.items()}


def test_a_missing_row_is_answered_in_either_way(tenant: Tenant, call: httpx.Client) -> None:
    assert call.get("Invoices/7").json() == {"item": None}
    tenant.missing_is_404 = True
    assert refused(call.get("Invoices/7"), 404)


def test_calls_are_counted_and_end_at_the_threshold(tenant: Tenant, call: httpx.Client) -> None:
    tenant.threshold = 2
    assert call.get("ThresholdInformation").json()["currentTimeframeRequestCount"] == 1
    assert call.get("Invoices/7").status_code == 200
    assert "threshold" in refused(call.get("Invoices/7"), 429)


@pytest.mark.parametrize("status", [429, 500])
def test_a_fourth_call_at_once_to_one_entity_is_refused(
    tenant: Tenant, server: AutotaskServer, call: httpx.Client, status: int
) -> None:
    tenant.thread_status = status
    server.at_once["invoices"] = 3
    assert "thread threshold of 3 threads" in refused(call.get("Invoices/1"), status)
    assert call.get("Companies/1").status_code == 200


@pytest.mark.parametrize("fault", ["502", "html", "threads", "401"])
def test_a_call_fails_as_it_is_told_to_before_anything_is_done(
    tenant: Tenant, call: httpx.Client, fault: str
) -> None:
    tenant.add("Invoices", id=1)
    tenant.fault = lambda number, *_: fault if number == 1 else ""
    assert call.patch("Invoices", json={"id": 1, "invoiceNumber": "A"}).status_code >= 400
    assert tenant.wrote == {}
    assert call.patch("Invoices", json={"id": 1, "invoiceNumber": "A"}).status_code == 200


@pytest.mark.parametrize(("fault", "done"), [("reset", 0), ("lost", 1)])
def test_an_answer_may_be_lost_of_what_was_done_or_not(
    tenant: Tenant, call: httpx.Client, fault: str, done: int
) -> None:
    tenant.add("Invoices", id=1)
    tenant.fault = lambda number, *_: fault
    with pytest.raises(httpx.RemoteProtocolError):
        call.patch("Invoices", json={"id": 1, "invoiceNumber": "A"})
    assert tenant.wrote["Invoices 1 invoiceNumber"] == done


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
def test_answers_have_the_shape_of_the_real_ones(tenant: Tenant, call: httpx.Client) -> None:
    tenant.add("Invoices", id=1)
    page = json.loads((SAMPLES / "query_response_page1.json").read_text())
    mine = call.post("Invoices/query", json={"filter": ALL}).json()
    assert mine["pageDetails"].keys() == page["pageDetails"].keys()
    assert mine["items"][0].keys() == page["items"][0].keys()
    real = json.loads((SAMPLES / "ThresholdInformation.json").read_text())
    assert call.get("ThresholdInformation").json().keys() == real.keys()
