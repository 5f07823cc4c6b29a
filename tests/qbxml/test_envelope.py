from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.qbxml import envelope

if TYPE_CHECKING:
    from collections.abc import Callable

BODY = "<CustomerAdd><Name>A</Name></CustomerAdd>"


def test_a_message_has_its_declarations_and_its_requests_in_order() -> None:
    text = envelope.message(
        [("CustomerAdd", "1", BODY), ("HostQuery", "2", "")],
        version="13.0",
        on_error="continue",
        new_id="B2",
        old_id="A1",
    )
    assert text == (
        '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?><QBXML>'
        '<QBXMLMsgsRq onError="continueOnError" newMessageSetID="B2" oldMessageSetID="A1">'
        f'<CustomerAddRq requestID="1">{BODY}</CustomerAddRq><HostQueryRq requestID="2"></HostQueryRq>'
        "</QBXMLMsgsRq></QBXML>"
    )


def test_a_message_is_ascii_whatever_its_requests_hold() -> None:
    text = envelope.message([("A", '"<é>"', "<B>é</B>")], version="13.0", on_error="stop")
    assert text.isascii()
    assert 'requestID="&#34;&lt;&#233;&gt;&#34;"' in text
    assert "<B>&#233;</B>" in text


def test_a_message_can_be_taken_apart_again() -> None:
    sent = [("CustomerAdd", "x.1", BODY), ("HostQuery", "x.2", "")]
    text = envelope.message(sent, version="13.0", on_error="stop", new_id="A")
    assert envelope.requests(text) == sent


def test_iterator_attributes_go_to_their_request() -> None:
    text = envelope.message(
        [("CustomerQuery", "1", ""), ("VendorQuery", "2", "")],
        version="13.0",
        on_error="stop",
        attributes={"2": 'iterator="Start"'},
    )
    assert '<CustomerQueryRq requestID="1"><' in text
    assert '<VendorQueryRq requestID="2" iterator="Start"><' in text


def test_documents_are_as_intuit_describes_them(validate_xsd: Callable[[str], list[str]]) -> None:
    for text in (
        envelope.message([("CustomerAdd", "1", BODY)], version="13.0", on_error="stop", new_id="A"),
        envelope.status_check("A1", "13.0"),
        envelope.farewell("13.0", "A1", "B2"),
    ):
        assert validate_xsd(text) == []


def test_a_status_check_names_one_message_set_twice_and_asks_nothing() -> None:
    text = envelope.status_check("A1", "13.0")
    assert 'newMessageSetID="A1" oldMessageSetID="A1"></QBXMLMsgsRq>' in text
