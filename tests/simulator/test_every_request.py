"""Every request of qbXML 13.0 has an answer that QuickBooks could give: status, elements and their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qbferry.errors import NotFoundError
from qbferry.qbxml import schema
from qbferry.qbxml.schema import EDITIONS
from qbferry.simulator import CompanyFile
from qbferry.simulator.seed import Seed

from .office import Office, body, define, furnish, in_order, text

if TYPE_CHECKING:
    from lxml import etree

PREFERENCES = {
    "MultiCurrencyPreferences": {"IsMultiCurrencyOn": True},
    "MultiLocationInventoryPreferences": {"IsMultiLocationInventoryEnabled": True},
    "PurchasesAndVendorsPreferences": {"IsUsingInventory": True},
    "TimeTrackingPreferences": {"FirstDayOfWeek": "Monday"},
}
ACCOUNTS = {"Check": "Bank", "CreditCardCharge": "CreditCard", "CreditCardCredit": "CreditCard"}
VALUES = {
    "Currency": {"CurrencyCode": "CAD"},
    "Employee": {"FirstName": "Ann"},
    "InventoryAdjustment": {"ItemRef": "Part"},
    "PurchaseOrder": {"VendorRef": "One"},
    "SalesRep": {"Initial": "AB"},
    "SalesTaxCode": {"Name": "Tax"},
}
"""What a request must hold besides, or otherwise than by its schema alone."""

REFUSED = {
    "DataEventRecoveryInfoDel": "3120",  # nobody subscribed to events
    "PayrollLastPeriodQuery": "1030",  # no edition has it
}


def edition_of(name: str) -> str:
    """The first edition that has a request; US if none has."""
    absent = schema.everywhere().absent(f"{name}Rq")
    return next((each for each in EDITIONS if each not in absent), "US")


def request(name: str, edition: str, known: dict[str, str]) -> str:
    try:
        message = schema.load(edition).request(name)
    except NotFoundError:
        message = schema.everywhere().request(name)
    inner = text(body(message.children, known, lines=not name.endswith("Mod")))
    return f"<{name}Rq>{inner}</{name}Rq>"


def subject(name: str) -> str:
    return next((name.removesuffix(verb) for verb in ("Add", "Mod", "Query") if name.endswith(verb)), name)


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CompanyFile]:
    """Edition -> a company in which every list has an entry, and there are an invoice and a bill."""
    made: dict[str, CompanyFile] = {}
    for edition in EDITIONS:
        path = tmp_path_factory.mktemp("office") / "office.qbsim"
        company = CompanyFile.open(path, Seed(host={"Country": edition}, preferences=PREFERENCES))
        furnish(company)
        office = Office(company)
        assert succeeded(office.ask(define("Account")))
        for name in ("InvoiceAdd", "BillAdd"):
            assert succeeded(office.ask(request(name, edition, {})))
        made[edition] = company
    return made


def succeeded(answer: etree._Element) -> bool:
    return answer.attrib["statusCode"] == "0"


def arranged(office: Office, name: str, edition: str) -> dict[str, str]:
    """What a request names is put there: a change's or query's object, what is to be deleted or merged."""
    kind = subject(name)
    owed = "Bill" if kind.startswith("BillPayment") else "Invoice"
    (txn,) = office.company.transactions(owed)
    account = {"AccountRef": ACCOUNTS[kind]} if kind in ACCOUNTS else {}
    bank, _ = (each["ListID"] for each in office.company.entries("Account")[:2])
    types = {f"{name}Type": "Account" if name.startswith("List") else "Invoice"}
    values = {"TxnID": txn["TxnID"], "ListID": bank, **types, **VALUES.get(kind, {}), **account}
    if name == "DataExtDel":
        assert succeeded(office.ask(request("DataExtAdd", edition, values)))
    if name == "DataExtDefAdd":
        return {**values, "DataExtName": "another"}
    if name.endswith("Query"):
        del values["TxnID"], values["ListID"]
    if name == "ListMerge":
        values["EditSequence"] = office.company.entries("Account")[0]["EditSequence"]
    if not name.endswith("Add") and f"{kind}Add" in schema.load(edition).names and kind != "DataExtDef":
        made = office.ask(request(f"{kind}Add", edition, values | {"TxnID": txn["TxnID"]}))
        assert succeeded(made)
        if len(made) and name.endswith("Mod"):
            found = ((each, made[0].findtext(each)) for each in ("TxnID", "ListID", "EditSequence"))
            values |= {each: value for each, value in found if value}
    return values


@pytest.mark.parametrize("name", schema.everywhere().names)
def test_it_has_a_true_answer_of_the_right_shape(offices: dict[str, CompanyFile], name: str) -> None:
    edition = edition_of(name)
    office = Office(offices[edition].copy())
    values = arranged(office, name, edition)
    sent = request(name, edition, values)
    if name == "ListMerge":
        other = office.company.entries("Account")[1]
        end = f"<ListID>{other['ListID']}</ListID><EditSequence>{other['EditSequence']}</EditSequence>"
        sent = f"{sent.partition('<MergeTo>')[0]}<MergeTo>{end}</MergeTo></ListMergeRq>"
    answer = office.ask(sent)
    code = answer.attrib["statusCode"]
    expected = REFUSED.get(name, "0")
    if name.endswith("Query") and expected == "0" and f"{subject(name)}Add" not in schema.load(edition).names:
        assert code in {"0", "1"}
    else:
        assert code == expected, answer.attrib["statusMessage"]
    if name.endswith("Query") and code == "0":
        assert len(answer) or name == "CompanyActivityQuery", "what was found is there"
    assert in_order(answer, schema.everywhere().response(name).children) == []


def test_there_are_232_of_them() -> None:
    assert len(schema.everywhere().names) == 232


def test_what_only_another_edition_has_is_refused_as_such(offices: dict[str, CompanyFile]) -> None:
    answer = Office(offices["US"].copy()).ask("<SalesTaxReturnQueryRq/>")
    assert answer.attrib["statusCode"] == "1030"
