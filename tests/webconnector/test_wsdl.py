"""The service description, proven by a client that was built from nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
import zeep
import zeep.exceptions
import zeep.transports
from lxml import etree

from qbferry.errors import TicketError
from qbferry.transfer.grant import Grant
from qbferry.webconnector.operations import OPERATIONS
from qbferry.webconnector.wsdl import wsdl

from .recorder import Recorder
from .wire import app, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

SOAP = "{http://schemas.xmlsoap.org/wsdl/soap/}"


@pytest.fixture
def exchange() -> Recorder:
    return Recorder()


@pytest.fixture
def client(exchange: Recorder) -> Iterator[Any]:
    # A public URL that is not this server's address must not send the client elsewhere.
    with (
        serving(app(exchange, public_url="https://books.example.com", hosts=["127.0.0.1"])) as port,
        requests.Session() as session,
    ):
        session.trust_env = False
        transport = zeep.transports.Transport(session=session, timeout=60, operation_timeout=60)
        yield zeep.Client(f"http://127.0.0.1:{port}/qbwc?wsdl", transport=transport)


def test_every_operation_is_described_as_document_literal() -> None:
    root = etree.fromstring(wsdl("https://books.example.com/qbwc?a&b"))
    actions = [element.get("soapAction") for element in root.iter(f"{SOAP}operation")]
    assert actions == [f"http://developer.intuit.com/{name}" for name in OPERATIONS]
    assert {element.get("style") for element in root.iter(f"{SOAP}operation", f"{SOAP}binding")} == {
        "document"
    }
    assert {element.get("use") for element in root.iter(f"{SOAP}body")} == {"literal"}
    (address,) = root.iter(f"{SOAP}address")
    assert address.get("location") == "https://books.example.com/qbwc?a&b"


def test_the_client_knows_every_operation_and_its_parameters(client: Any) -> None:
    operations = client.service._binding._operations
    assert list(operations) == list(OPERATIONS)
    for name, operation in OPERATIONS.items():
        declared = operations[name].input.body.type.elements
        assert [parameter for parameter, _ in declared] == list(operation.parameters)


def test_a_whole_run_through_the_client(client: Any, exchange: Recorder) -> None:
    service = client.service
    exchange.message = '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML>A & B</QBXML>'
    exchange.grant = Grant("ticket", "", postpone=60, minimum=900)
    company = r"C:\Test.QBW"
    response = "<QBXML>\n<Name>Smith &amp; Sons</Name>\n</QBXML>"
    assert service.serverVersion()
    assert service.clientVersion(strVersion="2.3.0.215") is None
    assert service.clientVersion(strVersion="1.0").startswith("E:")
    assert service.authenticate(strUserName="psa", strPassword="sécret & <more>") == [
        "ticket",
        None,
        "60",
        "900",
    ]
    assert service.sendRequestXML("ticket", "<hcp/>", company, "US", 16, 0) == exchange.message
    assert service.receiveResponseXML("ticket", response, "", "") == 50
    assert service.receiveResponseXML("ticket", None, "0x80040400", "parse") == 50
    assert service.connectionError("ticket", "0x80040408", "Could not start QuickBooks.") == "done"
    assert service.getLastError("ticket") == "NoOp"
    assert service.closeConnection("ticket") == "OK"
    assert service.getInteractiveURL("ticket", "1") == "Interactive mode is not offered."
    assert service.interactiveRejected("ticket", "no") == "Interactive mode is not offered."
    assert service.interactiveDone("ticket") == "Interactive mode is not offered."
    assert exchange.calls == [
        ("client_version", "2.3.0.215"),
        ("sign_in", "psa", "sécret & <more>", "127.0.0.1"),
        ("send_request", "ticket", "<hcp/>", company, "US", 16, 0),
        ("receive_response", "ticket", response, "", ""),
        ("receive_response", "ticket", "", "0x80040400", "parse"),
        ("connection_error", "ticket", "0x80040408", "Could not start QuickBooks."),
        ("last_error", "ticket"),
        ("close", "ticket"),
    ]


def test_the_client_raises_the_sentence_of_a_fault(client: Any, exchange: Recorder) -> None:
    exchange.error = TicketError("The ticket belongs to no run; start the update again.")
    with pytest.raises(zeep.exceptions.Fault) as caught:
        client.service.closeConnection("t")
    assert caught.value.message == "The ticket belongs to no run; start the update again."
    assert caught.value.code == "soap:Client"


def test_the_client_raises_trouble_of_the_server_too(client: Any, exchange: Recorder) -> None:
    exchange.error = OSError("disk full")
    with pytest.raises(zeep.exceptions.Fault, match="The server has trouble") as caught:
        client.service.closeConnection("t")
    assert caught.value.code == "soap:Server"
