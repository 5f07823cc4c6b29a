from __future__ import annotations

import logging
from importlib.metadata import version

import pytest

from .recorder import Recorder
from .wire import XML, app, ask, envelope


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
    assert reply.status == 415
    assert f"<faultstring>{sentence}</faultstring>" in reply.text


@pytest.mark.parametrize("length", ["101", "9" * 30, "9" * 5_000])
def test_a_body_announced_too_large_is_not_asked_for(exchange: Recorder, length: str) -> None:
    headers = XML | {"content-length": length, "expect": "100-continue"}
    reply = ask(app(exchange, max_body=100), headers=headers, body=b"x" * 101)
    assert reply.status == 413
    assert "The request is larger than the 100 bytes this server takes" in reply.text
    assert reply.headers["connection"] == "close"
    assert reply.asked == 0


def test_a_body_of_the_wrong_type_is_not_asked_for(exchange: Recorder) -> None:
    reply = ask(app(exchange), headers={"expect": "100-continue"}, body=b"{}")
    assert (reply.status, reply.asked) == (415, 0)


@pytest.mark.parametrize("headers", [XML, XML | {"content-length": "40000"}, {}])
def test_a_body_that_comes_unasked_is_dropped_up_to_ten_times_the_limit(
    exchange: Recorder, headers: dict[str, str]
) -> None:
    reply = ask(app(exchange, max_body=100), headers=headers, body=[b"x" * 40] * 1_000)
    assert reply.status == (413 if headers else 415)
    assert reply.asked == 26


def test_a_body_of_exactly_the_limit_is_taken(exchange: Recorder) -> None:
    body = envelope("serverVersion")
    headers = XML | {"content-length": str(len(body))}
    assert ask(app(exchange, max_body=len(body)), headers=headers, body=body).status == 200
    assert ask(app(exchange, max_body=len(body) - 1), headers=headers, body=body).status == 413


def test_a_client_that_hangs_up_gets_nothing(exchange: Recorder) -> None:
    reply = ask(app(exchange), headers=XML, body=[b"<soap"], hang_up=True)
    assert (reply.status, reply.body) == (0, b"")
    assert exchange.calls == []


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/qbwc", "GET, HEAD, POST"), ("/support", "GET, HEAD"), ("/healthz", "GET, HEAD")],
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


def test_health_is_asked_every_time(exchange: Recorder) -> None:
    answers = iter([True, False])
    application = app(exchange, healthy=lambda: next(answers))
    assert ask(application, "GET", "/healthz").text == "ok\n"
    reply = ask(application, "GET", "/healthz")
    assert (reply.status, reply.text) == (503, "The server has trouble; its log says why.\n")


def test_a_health_check_that_raises_is_a_no(exchange: Recorder, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> bool:
        raise OSError("database is gone")

    assert ask(app(exchange, healthy=broken), "GET", "/healthz").status == 503
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


@pytest.mark.parametrize("query", [b"wsdl", b"WSDL", b"wsdl=", b"singleWsdl"])
@pytest.mark.parametrize(
    ("host", "public_url", "address"),
    [
        ("books.test:8443", "", "http://books.test:8443/qbwc"),
        ("books.test", "https://books.test", "https://books.test/qbwc"),
        ("BOOKS.test", "https://books.test/psa/", "https://books.test/psa/qbwc"),
        ("127.0.0.1:8000", "https://books.test", "http://127.0.0.1:8000/qbwc"),
        ("[::1]:8000", "https://books.test", "http://[::1]:8000/qbwc"),
        ('"><script>', "https://books.test", "https://books.test/qbwc"),
        ('"><script>', "", "http://127.0.0.1:8000/qbwc"),
        ("", "", "http://127.0.0.1:8000/qbwc"),
    ],
)
def test_the_description_gives_an_address_that_works(
    exchange: Recorder, query: bytes, host: str, public_url: str, address: str
) -> None:
    reply = ask(app(exchange, public_url=public_url), "GET", query=query, headers={"host": host})
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/xml; charset=utf-8"
    assert f'<soap:address location="{address}"/>' in reply.text
