"""The Web Connector drives a server over real HTTP, call by call as the real one (facts A2, A3)."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.errors import InputError
from qbferry.simulator import Fault, Faults, Registration, RunEnd, WebConnector

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.simulator import CompanyFile, RunReport

REFERENCE = os.environ.get("QBFERRY_QBXML_XSD")


@pytest.fixture
def run(server: Any, company: CompanyFile) -> Callable[..., RunReport]:
    def run(*faults: Fault, **options: Any) -> RunReport:
        connector = WebConnector(
            server.url, "acme", "secret", company, faults=Faults(faults), noop_wait=0, timeout=60, **options
        )
        return connector.run()

    return run


def test_a_run_goes_from_server_version_to_close_connection(
    server: Any, run: Callable[..., RunReport], quickbooks: Any, company: CompanyFile
) -> None:
    server.script["sendRequestXML"] = [quickbooks.message(quickbooks.invoice()) for _ in range(2)]
    server.script["receiveResponseXML"] = ["50", "100"]
    server.script["closeConnection"] = ["Finished"]
    report = run()
    assert server.operations == [
        *("serverVersion", "clientVersion", "authenticate"),
        *("sendRequestXML", "receiveResponseXML") * 2,
        "closeConnection",
    ]
    assert (report.outcome, report.percents, report.status) == (RunEnd.FINISHED, [50, 100], "Finished")
    assert report.message_sets == 2
    assert [call.operation for call in report.calls] == server.operations
    assert len(company.transactions("Invoice")) == 2
    assert {parameters.get("ticket") for _, parameters in server.calls[3:]} == {"ticket"}


def test_the_first_request_brings_host_company_and_preferences(
    server: Any, run: Callable[..., RunReport], quickbooks: Any, company: CompanyFile
) -> None:
    server.script["sendRequestXML"] = [quickbooks.message("<ClassQueryRq/>")]
    server.script["receiveResponseXML"] = ["10", "100"]
    run()
    first, later = (parameters for operation, parameters in server.calls if operation == "sendRequestXML")
    assert first["strHCPResponse"].startswith(
        '<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs>\n<HostQueryRs requestID="0"'
    )
    assert '<PreferencesQueryRs requestID="2" statusCode="0"' in first["strHCPResponse"]
    assert later["strHCPResponse"] == ""
    assert list(first) == [
        *(
            "ticket",
            "strHCPResponse",
            "strCompanyFileName",
            "qbXMLCountry",
            "qbXMLMajorVers",
            "qbXMLMinorVers",
        )
    ]
    assert first["strCompanyFileName"] == company.setting("file")
    assert (first["qbXMLCountry"], first["qbXMLMajorVers"], first["qbXMLMinorVers"]) == ("US", "13", "0")


QWC = """<?xml version="1.0"?>
<QBWCXML><AppName>qbferry</AppName><AppID></AppID><AppURL>{url}</AppURL><UserName>acme</UserName>
<OwnerID>{{11111111-1111-1111-1111-111111111111}}</OwnerID><FileID>{{22222222-2222-2222-2222-22222222222{n}}}</FileID>
</QBWCXML>"""


def test_a_qwc_file_ties_the_company_file_to_its_application(
    server: Any, run: Callable[..., RunReport], company: CompanyFile, tmp_path: Path
) -> None:
    for number in (1, 2):
        qwc = tmp_path / "acme.qwc"
        qwc.write_text(QWC.format(url=server.url, n=number), encoding="utf-8")
        run(registration=Registration.read(qwc))
    hellos = [
        parameters["strHCPResponse"]
        for operation, parameters in server.calls
        if operation == "sendRequestXML"
    ]
    for hello in hellos:
        assert "<DataExtName>FileID</DataExtName>" in hello
        assert "<DataExtValue>{22222222-2222-2222-2222-222222222221}</DataExtValue>" in hello


@pytest.mark.parametrize(
    ("text", "words"), [("<QBWCXML/>", "lacks AppURL, UserName, OwnerID, FileID"), ("", "is no .qwc file")]
)
def test_what_is_no_qwc_file_is_refused(tmp_path: Path, text: str, words: str) -> None:
    qwc = tmp_path / "acme.qwc"
    qwc.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        Registration.read(qwc)
    with pytest.raises(InputError, match="cannot be read"):
        Registration.read(tmp_path / "none.qwc")


def test_it_speaks_like_the_dot_net_client(server: Any, run: Callable[..., RunReport]) -> None:
    run()
    headers, _ = server.requests[2]
    assert headers["SOAPAction"] == '"http://developer.intuit.com/authenticate"'
    assert headers["Content-Type"] == "text/xml; charset=utf-8"
    assert headers["Expect"] == "100-continue"
    assert headers["Connection"] == "Keep-Alive"
    assert "MSIE 6.0; MS Web Services Client Protocol" in headers["User-Agent"]
    assert len(server.connections) == 1


def test_without_keep_alive_each_call_has_its_connection(server: Any, run: Callable[..., RunReport]) -> None:
    run(keep_alive=False)
    assert len(server.connections) == len(server.calls)
    assert {headers["Connection"] for headers, _ in server.requests} == {"Close"}


@pytest.mark.skipif(not REFERENCE, reason="QBFERRY_QBXML_XSD names no folder beside the recorded messages")
def test_the_messages_are_byte_for_byte_the_recorded_ones(server: Any, company: CompanyFile) -> None:
    wire = Path(str(REFERENCE)).parent / "wire"
    if not wire.is_dir():
        pytest.skip("the recorded messages are not beside the schemas")
    ticket = "15c9ce29-3e1c-4c2f-9d1b-000000000001"
    server.script["authenticate"] = [[ticket, ""]]
    server.script["sendRequestXML"] = ["no xml"]
    server.script["receiveResponseXML"] = ["-1"]
    server.script["getLastError"] = ["what happened"]
    WebConnector(server.url, "psa", "secret", company).run()
    sent = {operation: body for (operation, _), (_, body) in zip(server.calls, server.requests, strict=True)}
    for operation, name in {
        "serverVersion": "serverVersion",
        "clientVersion": "clientVersion",
        "authenticate": "authenticate",
        "receiveResponseXML": "receiveResponseXML_error",
        "getLastError": "getLastError",
        "closeConnection": "closeConnection",
    }.items():
        assert sent[operation] == (wire / f"request_{name}.xml").read_bytes().strip(), operation


@pytest.mark.parametrize(
    ("members", "outcome", "closes"),
    [
        (["t", "none"], RunEnd.NONE, True),
        (["t", "NONE"], RunEnd.NONE, True),
        (["", "nvu"], RunEnd.NVU, False),
        (["t", "busy"], RunEnd.BUSY, True),
        (["t", "busy", "60"], RunEnd.POSTPONED, True),
        (["t", "", "60"], RunEnd.POSTPONED, True),
    ],
)
def test_authenticate_may_end_the_run(
    server: Any, run: Callable[..., RunReport], members: list[str], outcome: RunEnd, closes: bool
) -> None:
    server.script["authenticate"] = [members]
    report = run()
    assert report.outcome is outcome
    assert server.operations[3:] == (["closeConnection"] if closes else [])
    assert report.outcome.normal == (outcome in {RunEnd.NONE, RunEnd.POSTPONED})


def test_intervals_count_only_with_auto_run(server: Any, run: Callable[..., RunReport]) -> None:
    server.script["authenticate"] = [["t", "", "", "300"]]
    assert run().minimum_interval == 300
    server.script["authenticate"] = [["t", "", "60", "300"]]
    server.script["sendRequestXML"] = ["NoOp"]
    report = run(auto_run=False)
    assert (report.outcome, report.postponed, report.minimum_interval) == (RunEnd.FINISHED, None, None)


def test_no_op_waits_and_asks_again(server: Any, run: Callable[..., RunReport], quickbooks: Any) -> None:
    server.script["sendRequestXML"] = ["NoOp", "", quickbooks.message("<ClassQueryRq/>")]
    server.script["getLastError"] = ["NoOp"]
    report = run()
    assert report.outcome is RunEnd.FINISHED
    assert server.operations.count("getLastError") == 2
    assert server.operations.count("sendRequestXML") == 3


def test_an_empty_request_with_a_text_shows_it_and_ends(server: Any, run: Callable[..., RunReport]) -> None:
    server.script["getLastError"] = ["The books are closed for the night."]
    server.script["receiveResponseXML"] = ["50"]
    report = run()
    assert (report.outcome, report.last_error) == (RunEnd.ERROR, "The books are closed for the night.")
    assert server.operations[-2:] == ["getLastError", "closeConnection"]


def test_an_empty_request_at_first_fails_and_nobody_learns_why(
    server: Any, run: Callable[..., RunReport]
) -> None:
    server.script["sendRequestXML"] = [""]
    server.script["getLastError"] = ["The books are closed for the night."]
    report = run()
    assert report.outcome is RunEnd.ERROR
    assert report.last_error == "QBWC1041: Object reference not set to an instance of an object."
    assert server.operations[-1] == "sendRequestXML"


def test_a_negative_percentage_asks_for_the_error(
    server: Any, run: Callable[..., RunReport], quickbooks: Any
) -> None:
    server.script["sendRequestXML"] = [quickbooks.message("<ClassQueryRq/>")]
    server.script["receiveResponseXML"] = ["-7"]
    server.script["getLastError"] = ["Wrong company file."]
    report = run()
    assert (report.outcome, report.percents, report.last_error) == (
        RunEnd.ERROR,
        [-7],
        "Wrong company file.",
    )
    assert server.operations[-3:] == ["receiveResponseXML", "getLastError", "closeConnection"]


def test_a_message_quickbooks_cannot_read_comes_back_as_an_hresult(
    server: Any, run: Callable[..., RunReport], quickbooks: Any
) -> None:
    server.script["sendRequestXML"] = [
        quickbooks.message("<Nonsense/>"),
        quickbooks.message("<ClassQueryRq/>"),
    ]
    server.script["receiveResponseXML"] = ["50", "100"]
    assert run().outcome is RunEnd.FINISHED
    answer = next(parameters for operation, parameters in server.calls if operation == "receiveResponseXML")
    assert answer["response"] == ""
    assert answer["hresult"] == "0x80040400"
    assert answer["message"] == "QuickBooks found an error when parsing the provided XML text stream."


@pytest.mark.parametrize(
    ("answer", "outcome", "words"),
    [
        ("", RunEnd.FINISHED, ""),
        ("W:Please get 2.4", RunEnd.FINISHED, "Please get 2.4"),
        ("E:Too old", RunEnd.ERROR, "Too old"),
        ("O:2.4", RunEnd.ERROR, "version 2.4"),
        ("fine", RunEnd.ERROR, "QBWC1046"),
    ],
)
def test_client_version_is_heeded(
    server: Any, run: Callable[..., RunReport], answer: str, outcome: RunEnd, words: str
) -> None:
    server.script["clientVersion"] = [answer]
    report = run()
    assert report.outcome is outcome
    assert any(words in message for message in report.messages)


class TestOpeningQuickBooks:
    MODAL = Fault(at="open", do="hresult", hresult="0x80040414", times=2)

    def test_each_connection_is_tried_twice(self, server: Any, run: Callable[..., RunReport]) -> None:
        once = Fault(at="open", do="hresult", hresult="0x80040408")
        assert run(once).outcome is RunEnd.FINISHED
        assert "connectionError" not in server.operations

    def test_done_ends_the_run(self, server: Any, run: Callable[..., RunReport]) -> None:
        report = run(self.MODAL)
        assert report.outcome is RunEnd.ERROR
        assert "modal dialog box" in report.last_error
        assert server.operations[3:] == ["connectionError", "closeConnection"]
        assert server.calls[3][1]["hresult"] == "0x80040414"

    def test_an_empty_answer_tries_the_open_file(self, server: Any, run: Callable[..., RunReport]) -> None:
        server.script["connectionError"] = [""]
        assert run(self.MODAL).outcome is RunEnd.FINISHED

    def test_another_company_file_than_the_open_one_is_an_error(
        self, server: Any, run: Callable[..., RunReport], company: CompanyFile
    ) -> None:
        server.script["authenticate"] = [["ticket", r"C:\other.QBW"]]
        server.script["connectionError"] = [company.setting("file").upper()]
        assert run().outcome is RunEnd.FINISHED
        assert server.calls[3][1]["hresult"] == "0x8004040A"

    def test_a_server_that_never_gives_up_is_left(self, server: Any, run: Callable[..., RunReport]) -> None:
        server.script["authenticate"] = [["ticket", r"C:\other.QBW"]]
        server.script["connectionError"] = [r"C:\other.QBW"]
        assert run().outcome is RunEnd.ERROR
        assert server.operations.count("connectionError") == 3


FAULT = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>'
    "<faultcode>soap:Server</faultcode><faultstring>The ticket is unknown.</faultstring>"
    "</soap:Fault></soap:Body></soap:Envelope>"
)
ANSWER = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    '<authenticateResponse xmlns="http://developer.intuit.com/"><authenticateResult>{}</authenticateResult>'
    "</authenticateResponse></s:Body></s:Envelope>"
)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((500, "text/xml; charset=utf-8", FAULT.encode()), "a SOAP fault: The ticket is unknown."),
        ((200, "text/xml", FAULT.encode()), "a SOAP fault: The ticket is unknown."),
        ((500, "text/html", b"<h1>Sorry</h1>"), "HTTP 500"),
        ((404, "text/plain", b"not here"), "HTTP 404"),
        ((200, "text/html", b"<html/>"), "text/html, not text/xml"),
        ((200, "text/xml", b"<unfinished"), "not well-formed"),
        ((200, "text/xml", b"<a/>"), "no SOAP 1.1 envelope"),
        ((200, "text/xml", ANSWER.format("<string>t</string>").encode()), "two strings"),
        (
            (200, "text/xml", ANSWER.format("<text>t</text><text/>").encode()),
            "where {http://developer.intuit.com/}string",
        ),
        (
            (
                200,
                "text/xml",
                ANSWER.replace("developer.intuit.com/", "developer.intuit.com").format("").encode(),
            ),
            "where {http://developer.intuit.com/}authenticateResponse belongs",
        ),
    ],
)
def test_a_broken_answer_ends_the_run_with_a_sentence(
    server: Any, run: Callable[..., RunReport], answer: Any, words: str
) -> None:
    server.script["authenticate"] = [answer]
    report = run()
    assert report.outcome is RunEnd.ERROR
    assert report.last_error.startswith("QBWC1012: authenticate ended in ")
    assert words in report.last_error


@pytest.mark.parametrize("answer", ["", "half", "1.5"])
def test_a_percentage_must_be_a_number(
    server: Any, run: Callable[..., RunReport], quickbooks: Any, answer: str
) -> None:
    server.script["sendRequestXML"] = [quickbooks.message("<ClassQueryRq/>")]
    server.script["receiveResponseXML"] = [answer]
    report = run()
    assert report.outcome is RunEnd.ERROR
    assert "QBWC1042" in report.last_error


def test_a_server_that_is_not_there(company: CompanyFile) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/qbwc"
        report = WebConnector(url, "acme", "secret", company, timeout=2).run()
    assert report.outcome is RunEnd.ERROR
    assert url in report.last_error


def test_markup_and_letters_survive_the_way(
    server: Any, run: Callable[..., RunReport], quickbooks: Any, company: CompanyFile
) -> None:
    line = "<Desc>5 &lt; 6 &amp; &quot;caf&#233;&quot;</Desc><Amount>10.00</Amount>"
    server.script["sendRequestXML"] = [quickbooks.message(quickbooks.invoice("birch &amp; sons", line=line))]
    run()
    (invoice,) = company.transactions("Invoice")
    assert invoice["entity"] == "Birch & Sons"
    assert invoice["lines"][0]["Desc"] == '5 < 6 & "café"'
    answer = next(parameters for operation, parameters in server.calls if operation == "receiveResponseXML")
    assert '<Desc>5 &lt; 6 &amp; "caf&#233;"</Desc>' in answer["response"]
