"""Whole sessions over HTTP: with a SOAP client nobody here wrote, and with the simulated Web Connector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import zeep

from qbferry.simulator import RunEnd, Session

from .conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Served

    Make = Callable[..., dict[str, Any]]


def test_a_foreign_soap_client_carries_invoices_into_a_company_file(served: Served, invoice: Make) -> None:
    company = served.add_connector("main")
    served.take_in("invoice", *(invoice(number) for number in range(3)), invoice(9, organization="Nobody"))
    client = zeep.Client(f"{served.url}?wsdl").service
    assert client.serverVersion()
    assert not client.clientVersion("2.3.0.215")
    ticket, company_file = client.authenticate("main", PASSWORD)
    assert not company_file
    quickbooks = Session(company)
    percent = 0
    while percent < 100:
        message = client.sendRequestXML(ticket, "", r"C:\Books\Main.QBW", "US", 13, 0)
        percent = client.receiveResponseXML(ticket, quickbooks.process(message), "", "")
    assert "3 transferred, 1 failed" in client.closeConnection(ticket)
    assert "no error" in client.getLastError(ticket)
    records = served.records("invoice")
    assert [row["transfer_status"] for row in records.values()] == ["Transferred"] * 3 + ["Pending/Failed"]
    assert {row["txn_id"] for row in records.values()} - {None} == {
        row["TxnID"] for row in company.transactions("Invoice")
    }
    with pytest.raises(zeep.exceptions.Fault, match="ticket"):
        client.sendRequestXML(ticket, "", "", "US", 13, 0)


def test_nothing_due_wrong_password_and_unknown_operation(served: Served) -> None:
    company = served.add_connector("main")
    assert served.run("main", company).outcome is RunEnd.NONE
    assert served.run("nobody", company).outcome is RunEnd.NVU


@pytest.mark.parametrize("keep_alive", [True, False])
def test_the_simulated_web_connector_reads_company_and_path(
    served: Served, invoice: Make, *, keep_alive: bool
) -> None:
    company = served.add_connector("main")
    served.take_in("invoice", invoice(1))
    report = served.run("main", company, keep_alive=keep_alive)
    assert report.outcome is RunEnd.FINISHED
    assert report.percents[-1] == 100
    with served.app.database.read() as tx:
        row = tx.connectors.named("main")
    assert row.company_name == "Sample Services Inc."
    assert row.product == "QuickBooks Pro 2014 (24.0)"
    assert row.country == "US"
    assert row.company_file
    assert row.features["IsUsingClassTracking"] == "true"


def test_a_refusal_in_the_first_call_is_shown(served: Served, invoice: Make) -> None:
    company = served.add_connector("main")
    served.take_in("invoice", invoice(1))
    with company.write():
        company.put("host", {**company.get("host"), "SupportedQBXMLVersion": ["5.0", "8.0"]})
    report = served.run("main", company)
    assert report.outcome is RunEnd.ERROR
    assert "12.0 (QuickBooks 2013) or newer is needed" in report.last_error
    assert [call.operation for call in report.calls][-4:] == [
        "sendRequestXML",
        "receiveResponseXML",
        "getLastError",
        "closeConnection",
    ]
    assert report.percents == [-1]
    assert served.records("invoice")["INV-1"]["transfer_status"] == "Pending"


def test_two_connectors_with_the_same_records_do_not_touch_one_another(served: Served, invoice: Make) -> None:
    north, south = served.add_connector("north"), served.add_connector("south")
    served.take_in("invoice", invoice(1), invoice(2), connector="north")
    served.take_in("invoice", invoice(1, organization="Birch & Sons"), connector="south")
    client = zeep.Client(f"{served.url}?wsdl").service
    tickets = {name: client.authenticate(name, PASSWORD)[0] for name in ("north", "south")}
    sessions = {"north": Session(north), "south": Session(south)}
    messages = {
        name: _first_records(client, ticket, sessions[name], name) for name, ticket in tickets.items()
    }
    assert "Birch" in messages["south"]
    assert "Birch" not in messages["north"]
    answers = {name: sessions[name].process(messages[name]) for name in tickets}
    # The other's answer, brought with one's own ticket, belongs to nothing here.
    client.receiveResponseXML(tickets["south"], answers["north"], "", "")
    assert served.records("invoice", "north")["INV-1"]["transfer_status"] == "Pending"
    assert served.records("invoice", "south")["INV-1"]["transfer_status"] == "Pending"
    client.receiveResponseXML(tickets["north"], answers["north"], "", "")
    assert served.records("invoice", "north")["INV-1"]["transfer_status"] == "Transferred"
    client.receiveResponseXML(tickets["south"], answers["south"], "", "")
    assert served.records("invoice", "south")["INV-1"]["transfer_status"] == "Transferred"
    assert len(north.transactions("Invoice")) == 2
    assert [row["entity"] for row in south.transactions("Invoice")] == ["Birch & Sons"]


def _first_records(client: Any, ticket: str, quickbooks: Session, company_file: str) -> str:
    """The first message with records; the lists that are asked for before it are answered."""
    while True:
        message: str = client.sendRequestXML(ticket, "", company_file, "US", 13, 0)
        if "AddRq" in message:
            return message
        assert client.receiveResponseXML(ticket, quickbooks.process(message), "", "") < 100


def test_a_record_changed_after_its_transfer_is_marked_and_not_sent_again(
    served: Served, invoice: Make
) -> None:
    company = served.add_connector("main")
    served.take_in("invoice", invoice(1))
    served.run("main", company)
    report = served.take_in("invoice", invoice(1, purchase_order_number="PO-1"))
    assert report.changed_since_transfer == ["INV-1"]
    assert served.run("main", company).outcome is RunEnd.NONE
    assert served.records("invoice")["INV-1"]["changed_since_transfer"] is True
    assert len(company.transactions("Invoice")) == 1
