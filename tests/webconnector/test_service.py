from __future__ import annotations

import logging
from typing import Any

import pytest

from qbferry.errors import AnswerError, BusyError, DatabaseError, ProtocolError, TicketError
from qbferry.transfer.grant import Grant
from qbferry.webconnector.operations import OPERATIONS
from qbferry.webconnector.service import Reply, Service

from .recorder import Recorder
from .wire import HEAD, TAIL, TICKET, envelope


@pytest.fixture
def exchange() -> Recorder:
    return Recorder()


@pytest.fixture
def service(exchange: Recorder) -> Service:
    return Service(exchange, version="0.1.0")


def answered(service: Service, body: bytes) -> Reply:
    """Answer a call from an address of the documentation's."""
    reply = service.answer(body, address="192.0.2.7")
    assert isinstance(reply, Reply)
    return reply


def result(service: Service, operation: str, **parameters: str) -> str:
    """Return what stands inside the response element."""
    answer = answered(service, envelope(operation, **parameters))
    text = answer.body.decode()
    start = f'{HEAD}<{operation}Response xmlns="http://developer.intuit.com/">'
    end = f"</{operation}Response>{TAIL}"
    assert answer.status == 200, text
    assert text.startswith(start)
    assert text.endswith(end)
    return text.removeprefix(start).removesuffix(end)


def test_the_server_says_its_version(service: Service) -> None:
    assert result(service, "serverVersion") == "<serverVersionResult>0.1.0</serverVersionResult>"


def test_a_good_client_goes_on_with_an_empty_answer(service: Service, exchange: Recorder) -> None:
    assert result(service, "clientVersion", strVersion="2.3.0.215") == "<clientVersionResult />"
    assert exchange.calls == [("client_version", "2.3.0.215")]


def test_an_old_client_is_warned(service: Service) -> None:
    assert result(service, "clientVersion", strVersion="2.1.0.30").startswith("<clientVersionResult>W:")


def test_the_exchange_may_have_its_own_say_on_a_good_client(service: Service, exchange: Recorder) -> None:
    exchange.advice = "W:The server is closed tonight."
    text = result(service, "clientVersion", strVersion="2.3.0.215")
    assert text == "<clientVersionResult>W:The server is closed tonight.</clientVersionResult>"


@pytest.mark.parametrize(
    ("grant", "members"),
    [
        (Grant(TICKET, ""), [TICKET, ""]),
        (Grant(TICKET, r"C:\A & B.QBW"), [TICKET, r"C:\A &amp; B.QBW"]),
        (Grant(TICKET, "none"), [TICKET, "none"]),
        (Grant("", "nvu"), ["", "nvu"]),
        (Grant(TICKET, "busy", postpone=60), [TICKET, "busy", "60"]),
        (Grant(TICKET, "", minimum=900), [TICKET, "", "", "900"]),
        (Grant(TICKET, "none", postpone=0, minimum=900), [TICKET, "none", "0", "900"]),
    ],
)
def test_a_grant_becomes_two_to_four_members(
    service: Service, exchange: Recorder, grant: Grant, members: list[str]
) -> None:
    exchange.grant = grant
    strings = "".join(f"<string>{member}</string>" for member in members)
    text = result(service, "authenticate", strUserName="psa", strPassword="secret")
    assert text == f"<authenticateResult>{strings}</authenticateResult>"
    assert exchange.calls == [("sign_in", "psa", "secret", "192.0.2.7")]


def test_a_message_is_asked_for_with_what_quickbooks_said_of_itself(
    service: Service, exchange: Recorder
) -> None:
    text = result(
        service,
        "sendRequestXML",
        ticket=TICKET,
        strHCPResponse="<QBXML>host</QBXML>",
        strCompanyFileName=r"C:\Test.QBW",
        qbXMLCountry="US",
        qbXMLMajorVers=" 16 ",
        qbXMLMinorVers="0",
    )
    assert text == "<sendRequestXMLResult>&lt;QBXML/&gt;</sendRequestXMLResult>"
    assert exchange.calls == [("send_request", TICKET, "<QBXML>host</QBXML>", r"C:\Test.QBW", "US", 16, 0)]


@pytest.mark.parametrize(
    ("operation", "parameters", "call", "expected"),
    [
        (
            "receiveResponseXML",
            {"ticket": "t", "response": "<QBXML/>", "hresult": "", "message": ""},
            ("receive_response", "t", "<QBXML/>", "", ""),
            "50",
        ),
        (
            "receiveResponseXML",
            {"ticket": "t", "response": "", "hresult": "0x80040400", "message": "parse"},
            ("receive_response", "t", "", "0x80040400", "parse"),
            "50",
        ),
        (
            "connectionError",
            {"ticket": "t", "hresult": "0x80040408", "message": "Could not start QuickBooks."},
            ("connection_error", "t", "0x80040408", "Could not start QuickBooks."),
            "done",
        ),
        ("getLastError", {"ticket": "t"}, ("last_error", "t"), "NoOp"),
        ("closeConnection", {"ticket": "t"}, ("close", "t"), "OK"),
    ],
)
def test_the_calls_of_a_run_reach_the_exchange(
    service: Service,
    exchange: Recorder,
    operation: str,
    parameters: dict[str, str],
    call: tuple[Any, ...],
    expected: str,
) -> None:
    assert result(service, operation, **parameters) == f"<{operation}Result>{expected}</{operation}Result>"
    assert exchange.calls == [call]


@pytest.mark.parametrize("operation", ["getInteractiveURL", "interactiveRejected", "interactiveDone"])
def test_interactive_mode_is_not_offered(service: Service, exchange: Recorder, operation: str) -> None:
    parameters = dict.fromkeys(OPERATIONS[operation].parameters, "x")
    expected = f"<{operation}Result>Interactive mode is not offered.</{operation}Result>"
    assert result(service, operation, **parameters) == expected
    assert exchange.calls == []


@pytest.mark.parametrize(
    "error", [ProtocolError("The ticket is not a ticket."), TicketError("The ticket is not a ticket.")]
)
def test_a_refusal_of_the_exchange_is_a_fault_with_its_sentence(
    service: Service, exchange: Recorder, error: ProtocolError
) -> None:
    exchange.error = error
    answer = answered(service, envelope("closeConnection", ticket="t"))
    assert answer.status == 400
    assert b"<faultcode>soap:Client</faultcode>" in answer.body
    assert b"<faultstring>The ticket is not a ticket.</faultstring>" in answer.body


@pytest.mark.parametrize("error", [AnswerError("database at postgresql://u:pw@h"), OSError("disk full")])
def test_trouble_of_the_server_is_a_fault_that_keeps_it_to_itself(
    service: Service, exchange: Recorder, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    exchange.error = error
    answer = answered(service, envelope("closeConnection", ticket="t"))
    assert answer.status == 500
    assert b"<faultcode>soap:Server</faultcode>" in answer.body
    assert b"The server has trouble at the moment" in answer.body
    assert str(error).encode() not in answer.body
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert record.exc_info[1] is error


def test_a_database_that_is_locked_is_one_line_and_no_bug(
    service: Service, exchange: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    exchange.error = DatabaseError("The database is locked.")
    answer = answered(service, envelope("closeConnection", ticket="t"))
    assert answer.status == 500
    assert b"nothing was lost; run the update again in a few minutes." in answer.body
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info is None
    assert "The database is locked." in record.getMessage()


def test_a_server_without_room_says_so(service: Service, exchange: Recorder) -> None:
    exchange.error = BusyError("The server is busy.")
    answer = answered(service, envelope("closeConnection", ticket="t"))
    assert answer.status == 500
    assert b"<faultcode>soap:Server</faultcode><faultstring>The server is busy.</faultstring>" in answer.body


def test_passwords_tickets_and_documents_stay_out_of_the_log(
    service: Service, exchange: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answered(service, envelope("authenticate", strUserName="psa", strPassword="sesame"))
    answered(
        service, envelope("receiveResponseXML", ticket=TICKET, response="<QBXML/>", hresult="", message="")
    )
    answered(service, envelope("receiveResponse", ticket=TICKET, response="<QBXML/>", hresult=""))
    exchange.error = OSError("disk full")
    answered(service, envelope("authenticate", strUserName="psa", strPassword="sesame"))
    assert len(caplog.records) == 2
    for secret in ("sesame", TICKET, "QBXML/"):
        assert secret not in caplog.text


def test_a_caller_cannot_write_lines_of_the_log(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    body = '<Envelope xmlns="urn:x&#10;ERROR everything is lost"/>'
    answered(service, body.encode())
    (record,) = caplog.records
    assert "\n" not in record.getMessage()


def test_every_operation_is_served(service: Service) -> None:
    for name, operation in OPERATIONS.items():
        assert answered(service, envelope(name, **dict.fromkeys(operation.parameters, "7"))).status == 200
