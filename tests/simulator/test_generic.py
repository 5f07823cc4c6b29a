"""Kinds that no module describes: kept as sent, and found, changed and deleted as QuickBooks does."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from qbferry.qbxml import schema
from qbferry.qbxml.schema import Element
from qbferry.simulator import generic, lists
from qbferry.simulator.transactions import KINDS

from .office import VALUES, body, define, furnish, in_order, text

SUBJECTS = [
    name[:-3]
    for name in schema.load().names
    if name.endswith("Add") and name[:-3] not in KINDS and name[:-3] not in lists.LISTS
    if generic.holds(name[:-3])
]


def add(subject: str) -> str:
    inner = text(body(schema.load().request(f"{subject}Add").children[:1]))
    return f"<{subject}AddRq>{inner}</{subject}AddRq>"


@pytest.fixture
def office(quickbooks: Any) -> Any:
    """A company in which every list has an entry named One."""
    furnish(quickbooks.company)
    assert status(quickbooks.ask(define("Invoice")))[0] == "0"
    assert status(quickbooks.ask(quickbooks.invoice()))[0] == "0"
    return quickbooks


def status(answer: etree._Element) -> tuple[str, str]:
    return str(answer.attrib["statusCode"]), str(answer.attrib["statusMessage"])


def added(office: Any, subject: str) -> etree._Element:
    (invoice,) = office.company.transactions("Invoice")
    answer = office.ask(add(subject).replace(f">{VALUES['IDTYPE']}<", f">{invoice['TxnID']}<"))
    assert status(answer)[0] == "0", status(answer)
    assert in_order(answer, schema.load().response(f"{subject}Add").children) == []
    ret: etree._Element = answer[0]
    assert ret.tag == f"{subject}Ret"
    return ret


@pytest.mark.parametrize("subject", SUBJECTS)
def test_what_is_added_is_answered_in_order_found_again_and_deleted(office: Any, subject: str) -> None:
    ret = added(office, subject)
    sent = etree.fromstring(add(subject))
    identity = generic.holds(subject)
    there = {(node.tag, node.text) for node in ret.iter()}
    names = {str(node.tag) for node in ret.iter()}
    for node in sent.iter("Memo", "ExternalGUID", "TxnDate", "Name"):
        assert (node.tag, node.text) in there or node.tag not in names
    known = ret.findtext(str(identity))
    query = f"<{subject}QueryRq><{identity}>{known}</{identity}></{subject}QueryRq>"
    found = office.ask(query)
    assert [node.findtext(str(identity)) for node in found] == [known]
    if subject in _deletable(identity):
        verb = "TxnDel" if identity == "TxnID" else "ListDel"
        deletion = f"<{verb}Rq><{verb}Type>{subject}</{verb}Type><{identity}>{known}</{identity}></{verb}Rq>"
        assert status(office.ask(deletion))[0] == "0"
        assert status(office.ask(query))[0] == "500"
        assert status(office.ask(deletion))[0] == "3120"


def _deletable(identity: str | None) -> tuple[str, ...]:
    verb = "TxnDel" if identity == "TxnID" else "ListDel"
    (kind,) = (one for one in schema.load().request(verb).children if isinstance(one, Element) and one.enum)
    return kind.enum


RECEIPT = (
    "<SalesReceiptAddRq><SalesReceiptAdd><CustomerRef><FullName>{customer}</FullName></CustomerRef>"
    "<TxnDate>{day}</TxnDate><Memo>Counter</Memo>"
    "<SalesReceiptLineAdd><ItemRef><FullName>Labor</FullName></ItemRef><Quantity>3</Quantity><Rate>10.50</Rate>"
    "</SalesReceiptLineAdd><SalesReceiptLineAdd><Desc>Trip</Desc><Amount>8.00</Amount></SalesReceiptLineAdd>"
    "</SalesReceiptAdd></SalesReceiptAddRq>"
)


def receipt(quickbooks: Any, day: str = "2026-10-31", customer: str = "Acme Corp") -> etree._Element:
    answer: etree._Element = quickbooks.ask(RECEIPT.format(customer=customer, day=day))
    return answer


def test_a_receipt_has_its_number_its_lines_and_their_sum(quickbooks: Any) -> None:
    ret = receipt(quickbooks)[0]
    lines = ret.findall("SalesReceiptLineRet")
    assert [line.findtext("Amount") for line in lines] == ["31.50", "8.00"]
    assert len({line.findtext("TxnLineID") for line in lines}) == 2
    assert (ret.findtext("TotalAmount"), ret.findtext("RefNumber")) == ("39.50", "1")
    assert ret.findtext("CustomerRef/ListID")
    assert receipt(quickbooks)[0].findtext("RefNumber") == "2"


def test_it_is_found_by_date_by_number_and_by_whom_it_is_for(quickbooks: Any) -> None:
    receipt(quickbooks, "2026-10-01")
    receipt(quickbooks, "2026-11-15")

    def found(inner: str) -> list[str | None]:
        answer = quickbooks.ask(f"<SalesReceiptQueryRq>{inner}</SalesReceiptQueryRq>")
        return [ret.findtext("RefNumber") for ret in answer]

    since = "<TxnDateRangeFilter><FromTxnDate>2026-11-01</FromTxnDate></TxnDateRangeFilter>"
    assert found(since) == ["2"]
    assert found("<RefNumber>1</RefNumber>") == ["1"]
    assert found("<EntityFilter><FullName>Acme Corp</FullName></EntityFilter>") == ["1", "2"]
    assert found("<EntityFilter><FullName>Cedar Clinic</FullName></EntityFilter>") == []
    whole = quickbooks.ask("<SalesReceiptQueryRq><RefNumber>1</RefNumber></SalesReceiptQueryRq>")
    assert whole[0].find("SalesReceiptLineRet") is None, "lines come if they are asked for"


def test_a_change_keeps_what_it_does_not_name(quickbooks: Any) -> None:
    ret = receipt(quickbooks)[0]
    line = ret.findtext("SalesReceiptLineRet/TxnLineID")
    change = (
        "<SalesReceiptModRq><SalesReceiptMod><TxnID>{}</TxnID><EditSequence>{}</EditSequence><Memo>Later</Memo>"
        "<SalesReceiptLineMod><TxnLineID>{}</TxnLineID><Amount>5.00</Amount></SalesReceiptLineMod>"
        "</SalesReceiptMod></SalesReceiptModRq>"
    ).format(ret.findtext("TxnID"), ret.findtext("EditSequence"), line)
    after = quickbooks.ask(change)[0]
    assert (after.findtext("Memo"), after.findtext("TxnDate")) == ("Later", "2026-10-31")
    (kept,) = after.findall("SalesReceiptLineRet")
    assert (kept.findtext("TxnLineID"), kept.findtext("Amount")) == (line, "5.00")
    assert kept.findtext("ItemRef/FullName") == "Labor"
    assert after.findtext("TotalAmount") == "5.00"
    assert status(quickbooks.ask(change))[0] == "3200", "it was changed since it was read"


def test_what_names_nothing_or_is_of_a_closed_period_is_refused(quickbooks: Any) -> None:
    code, said = status(receipt(quickbooks, customer="Nobody"))
    assert (code, '"Nobody"' in said) == ("3140", True)
    assert status(receipt(quickbooks, "2020-12-31"))[0] == "3171"
    assert status(quickbooks.ask("<SalesReceiptQueryRq/>"))[0] == "1"


def test_what_is_applied_to_no_transaction_is_refused(office: Any) -> None:
    assert status(office.ask(add("BillPaymentCheck")))[0] == "3120"


def test_a_list_entry_is_renamed_and_takes_no_other_s_name(quickbooks: Any) -> None:
    van, car = (
        quickbooks.ask(f"<VehicleAddRq><VehicleAdd><Name>{name}</Name></VehicleAdd></VehicleAddRq>")[0]
        for name in ("Van", "Car")
    )

    def rename(ret: etree._Element, name: str) -> etree._Element:
        changed: etree._Element = quickbooks.ask(
            f"<VehicleModRq><VehicleMod><ListID>{ret.findtext('ListID')}</ListID>"
            f"<EditSequence>{ret.findtext('EditSequence')}</EditSequence><Name>{name}</Name></VehicleMod></VehicleModRq>"
        )
        return changed

    assert status(rename(van, "Car"))[0] == "3100"
    assert rename(van, "Truck")[0].findtext("Name") == "Truck"
    assert status(rename(van, "Lorry"))[0] == "3200"
    mileage = (
        "<VehicleMileageAddRq><VehicleMileageAdd><VehicleRef><FullName>{}</FullName></VehicleRef>"
        "<TripStartDate>2026-10-01</TripStartDate><TripEndDate>2026-10-02</TripEndDate><TotalMiles>12</TotalMiles>"
        "</VehicleMileageAdd></VehicleMileageAddRq>"
    )
    assert status(quickbooks.ask(mileage.format("Van")))[0] == "3140"
    made = quickbooks.ask(mileage.format("Truck"))[0]
    assert made.findtext("VehicleRef/ListID") == van.findtext("ListID")
    assert made.findtext("TotalMiles") == "12"
    assert rename(car, "Coupe")[0].findtext("Name") == "Coupe"


def test_what_has_no_name_may_be_there_twice(quickbooks: Any) -> None:
    to_do = "<ToDoAddRq><ToDoAdd><Notes>Call: Ann</Notes></ToDoAdd></ToDoAddRq>"
    first, second = (quickbooks.ask(to_do)[0] for _ in range(2))
    assert first.findtext("ListID") != second.findtext("ListID")
    assert second.findtext("Notes") == "Call: Ann"


def test_a_seed_may_have_any_kind(seeded: Any) -> None:
    quickbooks = seeded(
        '[lists]\nVehicle = ["Van"]\nAccount = [{ Name = "Checking", AccountType = "Bank" }, '
        '{ Name = "Savings", AccountType = "Bank" }]\n[[transactions.Transfer]]\nTxnDate = "2026-10-31"\n'
        'TransferFromAccountRef = "Checking"\nTransferToAccountRef = "Savings"\nAmount = "5.00"\n'
    )
    assert [entry["Name"] for entry in quickbooks.company.entries("Vehicle")] == ["Van"]
    (moved,) = quickbooks.company.transactions("Transfer")
    assert (moved["date"], moved["Amount"]) == ("2026-10-31", "5.00")
