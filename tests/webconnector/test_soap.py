from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from qbferry.errors import ProtocolError
from qbferry.webconnector import soap

from .wire import HEAD, TAIL, TICKET, envelope, enveloped

if TYPE_CHECKING:
    from collections.abc import Callable


CALLS = [
    ("serverVersion", {}),
    ("clientVersion", {"strVersion": "2.3.0.215"}),
    ("authenticate", {"strUserName": "psa", "strPassword": "secret & <more>"}),
    (
        "sendRequestXML",
        {
            "ticket": TICKET,
            "strHCPResponse": '<?xml version="1.0" ?>\n<QBXML>\n<HostQueryRs requestID="0"/>\n</QBXML>\n',
            "strCompanyFileName": r"C:\Users\Public\Company Files\Test.QBW",
            "qbXMLCountry": "US",
            "qbXMLMajorVers": "16",
            "qbXMLMinorVers": "0",
        },
    ),
    ("receiveResponseXML", {"ticket": TICKET, "response": "<QBXML/>", "hresult": "", "message": ""}),
    (
        "connectionError",
        {"ticket": TICKET, "hresult": "0x80040408", "message": "Could not start QuickBooks."},
    ),
    ("getLastError", {"ticket": TICKET}),
    ("closeConnection", {"ticket": TICKET}),
    ("getInteractiveURL", {"wcTicket": TICKET, "sessionID": "1"}),
    ("interactiveRejected", {"wcTicket": TICKET, "reason": "no"}),
    ("interactiveDone", {"wcTicket": TICKET}),
]


def refusal(body: bytes, action: str | None = None) -> str:
    with pytest.raises(ProtocolError) as caught:
        soap.parse(body, action)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    return sentence


def effort(work: Callable[[], object]) -> float:
    """The processor's time a piece of work takes: compared, never judged by a clock on the wall."""
    started = time.process_time()
    work()
    return time.process_time() - started


@pytest.mark.parametrize(("operation", "parameters"), CALLS)
def test_a_call_is_read_as_the_web_connector_writes_it(operation: str, parameters: dict[str, str]) -> None:
    action = f'"http://developer.intuit.com/{operation}"'
    assert soap.parse(envelope(operation, **parameters), action) == soap.Call(operation, parameters)


@pytest.mark.parametrize(
    "action",
    [
        None,
        "",
        '""',
        '"http://developer.intuit.com/serverVersion"',
        "http://developer.intuit.com/serverVersion",
    ],
)
def test_the_soap_action_may_be_quoted_or_not_or_missing(action: str | None) -> None:
    assert soap.parse(envelope("serverVersion"), action).operation == "serverVersion"


@pytest.mark.parametrize("prefix", ["", "q1:"])
def test_prefixes_headers_comments_and_white_space_do_not_matter(prefix: str) -> None:
    name = prefix.rstrip(":")
    declared = f'xmlns{":" if name else ""}{name}="http://developer.intuit.com/"'
    body = f"""<!-- a --><E:Envelope xmlns:E="http://schemas.xmlsoap.org/soap/envelope/">
      <E:Header><trace xmlns="urn:proxy">1</trace></E:Header>
      <E:Body>
        <{prefix}closeConnection {declared}>
          <{prefix}ticket>one<!-- and -->two<?pi?></{prefix}ticket>
        </{prefix}closeConnection>
      </E:Body>
    </E:Envelope>"""
    assert soap.parse(body.encode()).arguments == {"ticket": "onetwo"}


def test_escaped_text_and_cdata_read_the_same() -> None:
    qbxml = '<QBXML><Name>Smith & "Sons"</Name></QBXML>'
    start = '<receiveResponseXML xmlns="http://developer.intuit.com/"><ticket>t</ticket><response>'
    end = "</response><hresult /><message /></receiveResponseXML>"
    in_cdata = enveloped(f"{start}<![CDATA[{qbxml.replace('&', '&amp;')}]]>{end}")
    escaped = envelope(
        "receiveResponseXML", ticket="t", response=qbxml.replace("&", "&amp;"), hresult="", message=""
    )
    assert soap.parse(in_cdata) == soap.parse(escaped)
    assert soap.parse(in_cdata).arguments["response"] == qbxml.replace("&", "&amp;")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_encoding_that_is_declared_is_used(encoding: str) -> None:
    text = envelope("clientVersion", strVersion="2.3 é").decode()
    declared = text.replace('encoding="utf-8"', f'encoding="{encoding.removesuffix("-sig")}"')
    assert soap.parse(declared.encode(encoding)).arguments == {"strVersion": "2.3 é"}


def test_parameters_come_in_the_declared_order_whatever_the_order_on_the_wire() -> None:
    call = soap.parse(envelope("authenticate", strPassword="p", strUserName="u"))
    assert list(call.arguments.items()) == [("strUserName", "u"), ("strPassword", "p")]


def test_a_parameter_that_is_not_declared_is_passed_over() -> None:
    assert soap.parse(envelope("serverVersion", strVersion="2.3")).arguments == {}


@pytest.mark.parametrize(
    "number", ["0", "13", " 13\n", "-1", "+2147483647", "-2147483648", "00000000000000016"]
)
def test_an_int_is_any_int_of_32_bits(number: str) -> None:
    parameters = dict(CALLS[3][1], qbXMLMajorVers=number)
    assert int(soap.parse(envelope("sendRequestXML", **parameters)).arguments["qbXMLMajorVers"]) == int(
        number
    )


@pytest.mark.parametrize(
    "number", ["", "x", "1.0", "2147483648", "-2147483649", "9" * 5_000, "\u0661", "1 2"]
)
def test_what_is_no_int_is_refused(number: str) -> None:
    parameters = dict(CALLS[3][1], qbXMLMajorVers=number)
    assert refusal(envelope("sendRequestXML", **parameters)) == (
        "The parameter qbXMLMajorVers of sendRequestXML is no whole number of 32 bits; send one, such as 13."
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"hello",
        b"\x00\xff",
        b"<a>",
        b"<a/><b/>",
        b"<a>&nothing;</a>",
        b"\xef\xbb\xbf",
        HEAD.encode(),
    ],
)
def test_what_is_not_xml_is_refused(body: bytes) -> None:
    assert refusal(body).startswith("The request is not well-formed XML: ")


def test_an_unknown_encoding_is_refused() -> None:
    body = envelope("serverVersion").replace(b"utf-8", b"klingon")
    assert "klingon" in refusal(body)


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE soap:Envelope>",
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE x [<!ENTITY password SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY % all SYSTEM "http://127.0.0.1:9/all.dtd"> %all;]>',
    ],
)
def test_a_document_type_is_refused(doctype: str) -> None:
    body = envelope("serverVersion").decode().replace("?>", f"?>{doctype}", 1)
    expected = (
        "The request has a DOCTYPE; document types and entity declarations are not accepted, leave it out."
    )
    assert refusal(body.encode()) == expected
    assert refusal(body.replace("utf-8", "utf-16").encode("utf-16")) == expected


@pytest.mark.parametrize("use", ["<ticket>&j;</ticket>", '<ticket a="&j;">t</ticket>'])
def test_a_billion_laughs_is_refused_at_once(use: str) -> None:
    laughs = "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in itertools.pairwise("abcdefghij")
    )
    doctype = f'<!DOCTYPE x [<!ENTITY a "ha ha ha ha">{laughs}]>'
    content = f'<closeConnection xmlns="http://developer.intuit.com/">{use}</closeConnection>'
    body = enveloped(content).replace(b"?>", b"?>" + doctype.encode(), 1)
    assert effort(lambda: refusal(body)) < effort(lambda: etree.fromstring(enveloped("<a/>" * 100_000)))
    assert "DOCTYPE" in refusal(body)


@pytest.mark.parametrize("element", ["<a>", "<a/>", "<a></a>"])
def test_a_body_of_nothing_but_elements_is_refused(element: str) -> None:
    assert "more elements" in refusal(enveloped(element * 20_000))


def test_a_text_beyond_the_parsers_limit_is_refused() -> None:
    assert "too long" in refusal(envelope("closeConnection", ticket="x" * 10_000_001))


@pytest.mark.parametrize(
    ("namespace", "version"),
    [("http://www.w3.org/2003/05/soap-envelope", "SOAP 1.2"), ("urn:x", "unknown"), ("", "none")],
)
def test_another_envelope_is_refused(namespace: str, version: str) -> None:
    body = f'<Envelope xmlns="{namespace}"><Body/></Envelope>'
    sentence = refusal(body.encode())
    assert f'"Envelope" {f"in the namespace {namespace}" if namespace else "without a namespace"}' in sentence
    assert sentence.endswith("send a SOAP 1.1 Envelope, namespace http://schemas.xmlsoap.org/soap/envelope/.")


def test_an_envelope_without_a_body_is_refused() -> None:
    body = b'<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"/>'
    assert "has 0 Body elements" in refusal(body)


@pytest.mark.parametrize(("content", "count"), [("", 0), ('<a xmlns="u"/><b xmlns="u"/>', 2)])
def test_a_body_holds_exactly_one_call(content: str, count: int) -> None:
    assert refusal(enveloped(content)) == (
        f"The SOAP Body holds {count} elements; it must hold one, the operation called."
    )


@pytest.mark.parametrize(
    ("element", "name"),
    [
        ('<dropTables xmlns="http://developer.intuit.com/"/>', '"dropTables" in the namespace'),
        ('<serverVersion xmlns="http://developer.intuit.com"/>', '"serverVersion" in the namespace'),
        ("<serverVersion/>", '"serverVersion" without a namespace'),
    ],
)
def test_an_operation_of_another_name_or_namespace_is_refused(element: str, name: str) -> None:
    sentence = refusal(enveloped(element))
    assert sentence.startswith(f"The service has no operation {name}")
    assert "sendRequestXML" in sentence


def test_a_name_in_a_fault_is_cut() -> None:
    assert len(refusal(enveloped(f'<{"a" * 50_000} xmlns="http://developer.intuit.com/"/>'))) < 1_000


@pytest.mark.parametrize(
    ("operation", "parameters", "name"),
    [
        (operation, parameters, name)
        for operation, parameters in CALLS
        for name in parameters
        if not name.endswith("Vers")
    ],
)
def test_a_parameter_that_is_absent_counts_as_empty(
    operation: str, parameters: dict[str, str], name: str
) -> None:
    others = {other: value for other, value in parameters.items() if other != name}
    assert soap.parse(envelope(operation, **others)).arguments == parameters | {name: ""}


@pytest.mark.parametrize("name", ["qbXMLMajorVers", "qbXMLMinorVers"])
def test_a_number_may_not_be_absent(name: str) -> None:
    parameters = dict(CALLS[3][1])
    del parameters[name]
    assert f"The parameter {name} of sendRequestXML is no whole number" in refusal(
        envelope("sendRequestXML", **parameters)
    )


def test_a_parameter_of_another_namespace_is_absent() -> None:
    content = (
        '<closeConnection xmlns="http://developer.intuit.com/"><ticket xmlns="">t</ticket></closeConnection>'
    )
    assert soap.parse(enveloped(content)).arguments == {"ticket": ""}


def test_a_repeated_parameter_is_refused() -> None:
    ticket = "<ticket>a</ticket><ticket>b</ticket>"
    content = f'<closeConnection xmlns="http://developer.intuit.com/">{ticket}</closeConnection>'
    assert (
        refusal(enveloped(content))
        == "closeConnection has its parameter ticket more than once; send it once."
    )


def test_elements_inside_a_parameter_are_refused() -> None:
    content = (
        '<closeConnection xmlns="http://developer.intuit.com/"><ticket>a<b/>c</ticket></closeConnection>'
    )
    assert refusal(enveloped(content)) == (
        "The parameter ticket of closeConnection has elements; send them as escaped text or CDATA."
    )


def test_a_soap_action_that_contradicts_the_body_is_refused() -> None:
    sentence = refusal(envelope("serverVersion"), '"http://developer.intuit.com/authenticate"')
    assert sentence == (
        'The SOAPAction header names "http://developer.intuit.com/authenticate", but the body calls '
        'serverVersion; send "http://developer.intuit.com/serverVersion".'
    )


@pytest.mark.parametrize(
    ("operation", "result", "element"),
    [
        ("serverVersion", "1.0.0", "<serverVersionResult>1.0.0</serverVersionResult>"),
        ("clientVersion", "", "<clientVersionResult />"),
        ("receiveResponseXML", 50, "<receiveResponseXMLResult>50</receiveResponseXMLResult>"),
        ("receiveResponseXML", 0, "<receiveResponseXMLResult>0</receiveResponseXMLResult>"),
        (
            "authenticate",
            [TICKET, ""],
            f"<authenticateResult><string>{TICKET}</string><string></string></authenticateResult>",
        ),
        (
            "sendRequestXML",
            '<?qbxml version="13.0"?>A &amp; B',
            '<sendRequestXMLResult>&lt;?qbxml version="13.0"?&gt;A &amp;amp; B</sendRequestXMLResult>',
        ),
    ],
)
def test_a_reply_has_the_shape_of_the_wire(
    operation: str, result: str | int | list[str], element: str
) -> None:
    assert soap.reply(operation, result).decode() == (
        f'{HEAD}<{operation}Response xmlns="http://developer.intuit.com/">{element}</{operation}Response>{TAIL}'
    )


def test_a_reply_holds_no_character_xml_cannot() -> None:
    text = soap.reply("getLastError", "a\x00b\ud800c\r\nd").decode()
    assert "<getLastErrorResult>a\ufffdb\ufffdc&#13;\nd</getLastErrorResult>" in text


def test_a_fault_is_one_of_soap_1_1() -> None:
    assert soap.fault("Client", "a < b").decode() == (
        f"{HEAD}<soap:Fault><faultcode>soap:Client</faultcode><faultstring>a &lt; b</faultstring><detail />"
        f"</soap:Fault>{TAIL}"
    )
