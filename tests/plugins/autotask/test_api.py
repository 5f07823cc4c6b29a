"""The client: its zone and headers, pages, limits, refusals, and no write repeated blindly."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from qbferry import ConfigError
from qbferry_autotask.api import AutotaskError, RefusedError, where
from qbferry_autotask.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qbferry.simulator.autotask import AutotaskServer, Tenant
    from qbferry_autotask.api import Api

ALL = [where("gt", "id", 0)]


def paths(tenant: Tenant) -> list[str]:
    return [f"{verb} {path.rsplit('/', 1)[-1]}" for verb, path, _ in tenant.calls]


def test_the_zone_is_asked_for_once(tenant: Tenant, api: Api) -> None:
    for _ in range(3):
        list(api.rows("Invoices", ALL, ["id"]))
    assert paths(tenant) == ["GET zoneInformation", "GET ThresholdInformation", *["POST query"] * 3]


def test_all_pages_are_read_by_the_same_verb(tenant: Tenant, api: Api) -> None:
    tenant.page = 2
    keys = [tenant.add("Invoices", invoiceTotal=n + 0.1) for n in range(5)]
    rows = list(api.rows("Invoices", ALL, ["invoiceTotal"]))
    assert [row["id"] for row in rows] == keys
    assert rows[0]["invoiceTotal"] == Decimal("0.1"), "money is no float"
    assert paths(tenant)[-3:] == ["POST query", "POST next", "POST next"]


def test_more_values_than_a_filter_takes_are_asked_for_in_parts(tenant: Tenant, api: Api) -> None:
    for number in range(1001):
        tenant.add("Companies", id=number + 1, companyName=str(number))
    assert len(api.named("Companies", "id", range(1, 1002), ["companyName"])) == 1001
    assert [len(body["filter"][0]["value"]) for _, path, body in tenant.calls if path.endswith("query")] == [
        400,
        400,
        201,
    ]


def test_a_tenant_that_moved_is_found_again(server: AutotaskServer, tenant: Tenant, api: Api) -> None:
    list(api.rows("Invoices", ALL, []))
    server.stale = True
    list(api.rows("Invoices", ALL, []))
    assert paths(tenant)[-3:] == ["POST query", "GET zoneInformation", "POST query"]


@pytest.mark.parametrize("fault", ["502", "html", "reset", "lost", "threads"])
def test_a_read_that_fails_is_tried_again_after_a_while(
    tenant: Tenant, api: Api, pauses: list[float], fault: str
) -> None:
    tenant.fault = lambda number, *_: fault if 2 < number < 6 else ""
    assert list(api.rows("Invoices", ALL, [])) == []
    assert pauses == [1, 2, 4]


@pytest.mark.parametrize("fault", ["502", "html", "reset", "lost"])
def test_a_write_whose_answer_is_lost_is_not_repeated(
    tenant: Tenant, api: Api, pauses: list[float], fault: str
) -> None:
    key = tenant.add("Invoices")
    tenant.fault = lambda _, verb, __: fault if verb == "PATCH" else ""
    with pytest.raises(AutotaskError):
        api.write("Invoices", key, {"invoiceNumber": "7"})
    assert [path for path in paths(tenant) if path.startswith("PATCH")] == ["PATCH Invoices"]
    assert pauses == []


@pytest.mark.parametrize("status", [429, 500])
def test_a_write_that_was_not_begun_is_tried_again(tenant: Tenant, api: Api, status: int) -> None:
    tenant.thread_status = status
    key = tenant.add("Invoices")
    tried = iter(["threads", "threads"])
    tenant.fault = lambda _, verb, __: next(tried, "") if verb == "PATCH" else ""
    api.write("Invoices", key, {"invoiceNumber": "7"})
    assert tenant.wrote == {f"Invoices {key} invoiceNumber": 1}


def test_a_refusal_is_told_in_autotasks_words_and_not_tried_again(
    tenant: Tenant, api: Api, pauses: list[float]
) -> None:
    with pytest.raises(RefusedError, match="Autotask refuses: Unable to find colour in the Invoice Entity"):
        list(api.rows("Invoices", [where("eq", "colour", 1)], []))
    assert pauses == []


def test_who_is_not_known_is_told_what_to_correct(
    server: AutotaskServer, calling: Callable[..., Api]
) -> None:
    with pytest.raises(AutotaskError, match=r"API user x: Zone information could not .* Correct user"):
        list(calling(user="x").rows("Invoices", ALL, []))
    with pytest.raises(AutotaskError, match="does not know the API user or its password"):
        list(calling(secret="x").rows("Invoices", ALL, []))
    with pytest.raises(RefusedError, match="IntegrationCode is invalid"):
        list(calling(integration_code="x").rows("Invoices", ALL, []))


def test_reading_leaves_others_their_share_of_the_calls(tenant: Tenant, api: Api) -> None:
    tenant.used = 7_499
    with pytest.raises(AutotaskError, match="75% of the calls that Autotask allows all integrations"):
        list(api.rows("Invoices", ALL, []))
    key = tenant.add("Invoices")
    api.write("Invoices", key, {"invoiceNumber": "7"})
    tenant.used = 0
    assert list(api.rows("Invoices", ALL, [])), "it is asked again"


def test_calls_that_are_used_up_are_told(tenant: Tenant, calling: Callable[..., Api]) -> None:
    tenant.used = 10_000
    with pytest.raises(AutotaskError, match="The calls that Autotask allows an hour are used up"):
        list(calling().rows("Invoices", ALL, []))


def test_one_call_at_a_time_goes_to_an_entity(tenant: Tenant, server: AutotaskServer, api: Api) -> None:
    tenant.fault = lambda *_: "slow"
    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(lambda: list(api.rows("Invoices", ALL, []))) for _ in range(4)]:
            each.result()
    assert server.most_at_once["invoices"] == 1


def test_credentials_go_to_no_other_host(
    server: AutotaskServer, tenant: Tenant, calling: Callable[..., Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = server.url
    monkeypatch.setattr(server, "url", "https://elsewhere.example/atservicesrest/")
    with pytest.raises(AutotaskError, match=r"zone is said to be at elsewhere\.example, which is not"):
        list(calling(url=here).rows("Invoices", ALL, []))
    assert tenant.calls == [("GET", "/atservicesrest/v1.0/zoneInformation", None)]


def test_a_next_page_on_another_host_is_not_followed(
    server: AutotaskServer, tenant: Tenant, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(api.rows("Invoices", ALL, []))
    tenant.page = 1
    tenant.add("Invoices")
    tenant.add("Invoices")
    monkeypatch.setattr(server, "url", "http://elsewhere.example/")
    with pytest.raises(AutotaskError, match="a next page on another host"):
        list(api.rows("Invoices", ALL, []))


def test_nothing_secret_is_logged(
    server: AutotaskServer, tenant: Tenant, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tenant.fault = lambda number, *_: "reset" if number > 2 else ""
    with pytest.raises(AutotaskError) as error:
        list(api.rows("Invoices", ALL, []))
    told = caplog.text + str(error.value) + repr(Settings(secret=server.secret, user="x"))  # type: ignore[arg-type]
    assert server.secret not in told
    assert server.code not in told


def test_labels_are_resolved_by_name(tenant: Tenant, api: Api) -> None:
    number = tenant.number("PurchaseOrders", "status", "Canceled")
    assert api.number("PurchaseOrders", "status", "canceled") == number
    assert api.label("PurchaseOrders", "status", number) == "Canceled"
    with pytest.raises(RefusedError, match="has no entry Lost; if it was renamed"):
        api.number("PurchaseOrders", "status", "Lost")


def test_labels_may_be_renamed_or_translated(tenant: Tenant, calling: Callable[..., Api]) -> None:
    number = tenant.number("PurchaseOrders", "status", "Storniert")
    api = calling(labels={"Canceled": "Storniert"})
    assert api.number("PurchaseOrders", "status", "Canceled") == number
    assert api.label("PurchaseOrders", "status", number) == "Canceled"


def test_the_password_comes_from_a_file_or_the_environment(
    tmp_path: Path, table: Callable[..., dict[str, Any]]
) -> None:
    file = tmp_path / "secret"
    file.write_text("hush\n")
    given = table(secret_file=str(file))
    del given["secret"]
    assert Settings.model_validate(given).password == "hush"
    with pytest.raises(ValidationError, match="give secret or secret_file, not both"):
        Settings.model_validate(given | {"secret": "x"})
    with pytest.raises(ConfigError, match=r"lacks integration_code; .* QBFERRY_PLUGINS__AUTOTASK__INTEGR"):
        _ = Settings.model_validate(given | {"integration_code": ""}).password
    with pytest.raises(ConfigError, match="cannot be read"):
        _ = Settings.model_validate(given | {"secret_file": str(tmp_path / "none")}).password
