"""``qbferry qbxml``: what a request holds, before anybody writes a template."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    Run = Callable[..., Result]


def elements(qbferry: Run, *words: str) -> dict[str, Any]:
    shown = json.loads(qbferry("qbxml", "show", *words, "--json").stdout)
    return {line["name"]: line for line in shown["elements"]}


def test_a_request_is_shown_in_its_order_with_lengths_and_words(qbferry: Run) -> None:
    lines = qbferry("qbxml", "show", "ItemServiceAdd").stdout.splitlines()
    assert "US, CA, UK, AU" in lines[0]
    names = [line.split()[0] for line in lines[2:]]
    assert names.index("Name") < names.index("IsActive") < names.index("ExternalGUID")
    (name,) = [line for line in lines if line.split()[0] == "Name"]
    assert name.split()[1:] == ["1", "STRTYPE", "31"]
    (status,) = [
        line
        for line in qbferry("qbxml", "show", "TimeTrackingAdd").stdout.splitlines()
        if "Billable, " in line
    ]
    assert "Billable, NotBillable, HasBeenBilled" in status


def test_an_edition_shows_what_it_has(qbferry: Run) -> None:
    assert "ItemPurchaseTaxRef" not in elements(qbferry, "SalesTaxCodeAdd", "--edition", "us")
    assert elements(qbferry, "SalesTaxCodeAdd", "--edition", "AU")["Name"]["max_length"] == 6
    every = elements(qbferry, "SalesTaxCodeAdd")
    assert every["ItemPurchaseTaxRef"]["editions"] == ["CA", "UK", "AU"]
    assert (every["Name"]["max_length"], every["Name"]["lengths"]) == (3, {"AU": 6})


def test_an_answer_is_shown_too(qbferry: Run) -> None:
    assert "TxnNumber" in elements(qbferry, "InvoiceAddRs")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "InvoiceAd"), "knows no qbXML message named InvoiceAdRq; check the name's spelling"),
        (("show", "InvoiceAdd", "--edition", "FR"), "no edition FR of QuickBooks Desktop; there are US, CA"),
        (
            ("show", "ItemSitesQuery", "--edition", "CA"),
            "The CA edition of QuickBooks Desktop has no ItemSites",
        ),
    ],
)
def test_what_there_is_not_is_said(qbferry: Run, words: tuple[str, ...], said: str) -> None:
    assert said in qbferry("qbxml", *words, status=1).stderr


def test_requests_are_listed_by_a_part_of_their_name(qbferry: Run) -> None:
    found = {
        row["name"]: row["editions"] for row in json.loads(qbferry("qbxml", "list", "site", "--json").stdout)
    }
    assert found["ItemSitesQuery"] == ["US"]
    assert all("site" in name.lower() for name in found)
    assert len(json.loads(qbferry("qbxml", "list", "--json").stdout)) == 232
    assert "No request has parcel in its name." in qbferry("qbxml", "list", "parcel").stdout
