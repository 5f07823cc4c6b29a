from __future__ import annotations

import logging
from importlib.metadata import version

import pytest

from .recorder import Recorder
from .wire import XML, app, ask, envelope, enveloped


@pytest.fixture
def exchange() -> Recorder:
    return Recorder()


def test_a_call_is_answered_as_text_xml(exchange: Recorder) -> None:
    reply = ask(app(exchange), headers=XML, body=envelope("serverVersion"))
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/xml; charset=utf-8"
    assert reply.headers["content-length"] == str(len(reply.body))
    assert f"<serverVersionResult>{version('qbferry')}</serverVersionResult>" in reply.text


def test_a_call_may_come_in_pieces(exchange: Recorder) -> None:
    body = envelope("closeConnection", ticket="t")
    pieces = [body[at : at + 7] for at in range(0, len(body), 7)]
    assert ask(app(exchange), headers=XML, body=[b"", *pieces, b""]).status == 200
    assert exchange.calls == [("close", "t")]


def test_the_soap_action_header_is_checked(exchange: Recorder) -> None:
    headers = XML | {"soapaction": '"http://developer.intuit.com/getLastError"'}
    reply = ask(app(exchange), headers=headers, body=envelope("closeConnection", ticket="t"))
    assert reply.status == 400
    assert "but the body calls closeConnection" in reply.text
    assert exchange.calls == []


@pytest.mark.parametrize("content_type", ["text/xml", "TEXT/XML;charset=UTF-8", "text/xml ; charset=utf-8"])
def test_text_xml_is_taken_in_every_spelling(exchange: Recorder, content_type: str) -> None:
    body = envelope("serverVersion")
    assert ask(app(exchange), headers={"content-type": content_type}, body=body).status == 200


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        (
            {"content-type": "application/soap+xml; charset=utf-8"},
            'The Content-Type is "application/soap+xml"; send SOAP 1.1 as text/xml. That is SOAP 1.2.',
        ),
        (
            {"content-type": "application/json"},
            'The Content-Type is "application/json"; send SOAP 1.1 as text/xml.',
        ),
        ({}, "The Content-Type is missing; send SOAP 1.1 as text/xml."),
    ],
)
def test_another_content_type_is_refused(exchange: Recorder, headers: dict[str, str], sentence: str) -> None:
    reply = ask(app(exchange), headers=headers, body=envelope("serverVersion"))
    assert reply.status == 400
    assert f"<faultstring>{sentence}</faultstring>" in reply.text


@pytest.mark.parametrize("length", ["101", "9" * 30, "9" * 5_000])
def test_a_body_announced_too_large_is_not_asked_for(exchange: Recorder, length: str) -> None:
    headers = XML | {"content-length": length, "expect": "100-continue"}
    reply = ask(app(exchange, max_body=100), headers=headers, body=b"x" * 101)
    assert reply.status == 400
    assert "The request is larger than the 100 bytes this server takes" in reply.text
    assert reply.headers["connection"] == "close"
    assert reply.asked == 0


def test_a_body_of_the_wrong_type_is_not_asked_for(exchange: Recorder) -> None:
    reply = ask(app(exchange), headers={"expect": "100-continue"}, body=b"{}")
    assert (reply.status, reply.asked) == (400, 0)


@pytest.mark.parametrize("headers", [XML, XML | {"content-length": "40000"}, {}])
def test_a_body_that_comes_unasked_is_dropped_up_to_ten_times_the_limit(
    exchange: Recorder, headers: dict[str, str]
) -> None:
    reply = ask(app(exchange, max_body=100), headers=headers, body=[b"x" * 40] * 1_000)
    assert reply.status == 400
    assert reply.asked == 26


def test_a_body_of_exactly_the_limit_is_taken(exchange: Recorder) -> None:
    body = envelope("serverVersion")
    headers = XML | {"content-length": str(len(body))}
    assert ask(app(exchange, max_body=len(body)), headers=headers, body=body).status == 200
    assert ask(app(exchange, max_body=len(body) - 1), headers=headers, body=body).status == 400


def test_a_client_that_hangs_up_gets_nothing(exchange: Recorder) -> None:
    reply = ask(app(exchange), headers=XML, body=[b"<soap"], hang_up=True)
    assert (reply.status, reply.body) == (0, b"")
    assert exchange.calls == []


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/qbwc", "GET, HEAD, POST"),
        ("/support", "GET, HEAD"),
        ("/healthz", "GET, HEAD"),
        ("/readyz", "GET, HEAD"),
        ("/qbwc/", "GET, HEAD, POST"),
    ],
)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "BREW"])
def test_another_method_is_refused(exchange: Recorder, path: str, allowed: str, method: str) -> None:
    reply = ask(app(exchange), method, path)
    assert reply.status == 405
    assert reply.headers["allow"] == allowed
    assert reply.text == f"This address does not answer {method}; use {allowed}.\n"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_browser_is_told_what_the_address_is(exchange: Recorder, method: str) -> None:
    reply = ask(app(exchange), method)
    assert reply.status == 200
    assert reply.headers["content-type"].startswith("text/html")
    assert "This address is for the QuickBooks Web Connector" in reply.text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_support_page_answers_200(exchange: Recorder, method: str) -> None:
    reply = ask(app(exchange), method, "/support")
    assert reply.status == 200
    assert "When an update does not run" in reply.text


def test_a_server_lives_whatever_its_database_does(exchange: Recorder) -> None:
    assert ask(app(exchange, healthy=lambda: False), "GET", "/healthz").text == "ok\n"


def test_readiness_is_asked_every_time(exchange: Recorder) -> None:
    answers = iter([True, False])
    application = app(exchange, healthy=lambda: next(answers))
    assert ask(application, "GET", "/readyz").text == "ok\n"
    reply = ask(application, "GET", "/readyz")
    assert (reply.status, reply.text) == (503, "The server has trouble; its log says why.\n")


def test_a_health_check_that_raises_is_a_no(exchange: Recorder, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> bool:
        raise OSError("database is gone")

    assert ask(app(exchange, healthy=broken), "GET", "/readyz").status == 503
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


@pytest.mark.parametrize("query", [b"wsdl", b"WSDL", b"wsdl=", b"singleWsdl"])
@pytest.mark.parametrize(
    ("host", "public_url", "address"),
    [
        ("books.test", "https://books.test", "https://books.test/qbwc"),
        ("BOOKS.test", "https://books.test/psa/", "https://books.test/psa/qbwc"),
        ("books.test:8443", "https://books.test", "http://books.test:8443/qbwc"),
        ("inside.test:8000", "https://books.test", "http://inside.test:8000/qbwc"),
        ("[::1]:8000", "https://books.test", "http://[::1]:8000/qbwc"),
        ("evil.test", "https://books.test", "https://books.test/qbwc"),
        ("books.test.evil.test", "https://books.test", "https://books.test/qbwc"),
        ("books.test@evil.test", "https://books.test", "https://books.test/qbwc"),
        ('"><script>', "https://books.test", "https://books.test/qbwc"),
        ("", "https://books.test", "https://books.test/qbwc"),
    ],
)
@pytest.mark.parametrize("path", ["/qbwc", "/qbwc/"])
def test_the_description_gives_an_address_of_ours(
    exchange: Recorder, path: str, query: bytes, host: str, public_url: str, address: str
) -> None:
    application = app(exchange, public_url=public_url, hosts=["Inside.test", "[::1]"])
    reply = ask(application, "GET", path, query=query, headers={"host": host})
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/xml; charset=utf-8"
    assert f'<soap:address location="{address}"/>' in reply.text


@pytest.mark.parametrize("path", ["/qbwc/", "/support/", "/healthz/", "/nothing", "//evil.test"])
def test_nobody_is_sent_elsewhere(exchange: Recorder, path: str) -> None:
    reply = ask(app(exchange), "GET", path, headers={"host": "evil.test"})
    assert reply.status == (200 if path == "/qbwc/" else 404)
    assert "location" not in reply.headers
    assert "evil.test" not in reply.text


def test_the_address_with_a_slash_is_the_same(exchange: Recorder) -> None:
    reply = ask(app(exchange), path="/qbwc/", headers=XML, body=envelope("closeConnection", ticket="t"))
    assert (reply.status, exchange.calls) == (200, [("close", "t")])


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        (method, path, b"")
        for method in ("GET", "PUT")
        for path in ("/qbwc", "/support", "/healthz", "/readyz", "/no")
    ]
    + [("GET", "/qbwc", b"wsdl")],
)
def test_every_page_has_headers_that_keep_a_browser_from_harm(
    exchange: Recorder, method: str, path: str, query: bytes
) -> None:
    headers = ask(app(exchange), method, path, query=query).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("charset", ["windows-1252", '"windows-1252"', "'Windows-1252' ; x=y"])
def test_a_charset_that_is_given_only_in_the_header_is_used(exchange: Recorder, charset: str) -> None:
    content = (
        '<closeConnection xmlns="http://developer.intuit.com/"><ticket>\u20ac</ticket></closeConnection>'
    )
    body = enveloped(content).decode().partition("?>")[2].encode("windows-1252")
    reply = ask(app(exchange), headers={"content-type": f"text/xml; charset={charset}"}, body=body)
    assert (reply.status, exchange.calls) == (200, [("close", "\u20ac")])


def test_an_undeclared_prefix_is_the_callers_fault(
    exchange: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    for body in (b"<soap:Envelope/>", enveloped("<q1:closeConnection/>")):
        reply = ask(app(exchange), headers=XML, body=body)
        assert reply.status == 400
        assert "is not well-formed XML: Namespace prefix" in reply.text
    assert all(record.exc_info is None for record in caplog.records)
