"""No input of any kind gives a 5xx, or an exception."""

from __future__ import annotations

import contextlib
import http.client
import string
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from qbferry.webconnector.operations import OPERATIONS

from .recorder import Recorder
from .wire import HEAD, TAIL, XML, app, ask, envelope, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

FAULT = "{http://schemas.xmlsoap.org/soap/envelope/}Fault"

names = st.sampled_from([*OPERATIONS, "Envelope", "ticket", "string", "x"])
pieces = st.sampled_from(
    [
        HEAD,
        TAIL,
        '<a xmlns="http://developer.intuit.com/">',
        "</a>",
        "<![CDATA[",
        "]]>",
        "<!DOCTYPE x [<!ENTITY e 'e'>]>",
        "&e;",
        "&#0;",
        "&#xd800;",
        "<?xml version='1.1'?>",
        "<?xml version='1.0' encoding='utf-16'?>",
        "xmlns:xsi=''",
        "xsi:nil='true'",
        "\x00",
        "\ufeff",
        "\U0001f600",
    ]
)
soup = st.lists(st.one_of(pieces, names, st.text(max_size=20)), max_size=12).map("".join)
calls = st.builds(
    lambda operation, values, kept: envelope(
        operation,
        **{
            name: value
            for name, value, keep in zip(OPERATIONS[operation].parameters, values, kept, strict=False)
            if keep
        },
    ),
    st.sampled_from(list(OPERATIONS)),
    st.lists(st.text(), min_size=6, max_size=6),
    st.lists(st.booleans(), min_size=6, max_size=6),
)


@st.composite
def broken_calls(draw: st.DrawFn) -> bytes:
    """Return a good call with a few bytes changed."""
    body = bytearray(draw(calls.filter(len)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(body) - 1))
        body[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(body)


bodies = st.one_of(
    st.binary(max_size=300),
    calls,
    broken_calls(),
    soup.map(lambda text: text.encode("utf-8", "surrogatepass")),
    soup.map(lambda text: f"{HEAD}{text}{TAIL}".encode("utf-8", "surrogatepass")),
)
header_names = st.sampled_from(
    [b"content-type", b"content-length", b"soapaction", b"host", b"expect", b"content-encoding", b"cookie"]
)


@given(body=bodies)
@settings(max_examples=400, deadline=None)
def test_any_body_is_answered_or_refused_with_a_fault(body: bytes) -> None:
    reply = ask(app(Recorder()), headers=XML, body=body)
    (content,) = etree.fromstring(reply.body)[0]
    if reply.status == 200:
        assert content.tag.endswith("Response")
    else:
        assert reply.status == 400
        assert content.tag == FAULT
        assert (content.findtext("faultstring") or "").endswith(".")


@given(
    method=st.one_of(
        st.sampled_from(["GET", "POST", "HEAD"]), st.text(string.ascii_letters, min_size=1, max_size=30)
    ),
    path=st.sampled_from(["/qbwc", "/support", "/healthz"]),
    query=st.one_of(st.just(b"wsdl"), st.binary(max_size=20)),
    headers=st.lists(st.tuples(header_names, st.binary(max_size=40)), max_size=5),
    body=st.binary(max_size=50),
)
@settings(max_examples=300, deadline=None)
def test_any_method_query_and_headers_give_no_server_error(
    method: str, path: str, query: bytes, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    reply = ask(app(Recorder()), method, path, query=query, headers=headers, body=body)
    assert 200 <= reply.status < 500
    assert reply.body
    if reply.headers["content-type"].startswith("text/xml"):
        etree.fromstring(reply.body)


@pytest.fixture(scope="module", params=["h11", "httptools", "bounded"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    with serving(app(Recorder()), request.param) as number:
        yield number


@given(
    body=bodies,
    action=st.text(
        st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=40
    ),
)
@settings(max_examples=100, deadline=None)
def test_any_body_over_a_real_connection_gives_no_server_error(port: int, body: bytes, action: str) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("POST", "/qbwc", body, {"Content-Type": "text/xml", "SOAPAction": action})
        assert connection.getresponse().status in {200, 400}
