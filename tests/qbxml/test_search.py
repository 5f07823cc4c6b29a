from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from qbferry.errors import AnswerError
from qbferry.model import OnError
from qbferry.qbxml import envelope, schema
from qbferry.qbxml.check import check_request
from qbferry.qbxml.response import Response, parse
from qbferry.qbxml.search import found, search_request

if TYPE_CHECKING:
    from collections.abc import Callable

COMPOSED = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
GUID = "{0000000A-0000-0000-0000-00000000000B}"
MARKED = f"<ExternalGUID>{GUID}</ExternalGUID>"
ADDS = [name for name in schema.load().names if name.endswith("Add")]


def invoice(date: str = "<TxnDate>2026-06-30</TxnDate>") -> str:
    return f"<InvoiceAdd>{date}{MARKED}</InvoiceAdd>"


def answer(name: str, content: str = "", code: int = 0) -> Response:
    response = f'<{name}Rs requestID="q" statusCode="{code}" statusMessage="Why">{content}</{name}Rs>'
    return parse(f"<QBXML><QBXMLMsgsRs>{response}</QBXMLMsgsRs></QBXML>").responses[0]


def test_a_transaction_is_looked_for_on_its_day() -> None:
    query = search_request("InvoiceAdd", invoice(), COMPOSED)
    assert query is not None
    name, xml = query
    assert name == "InvoiceQuery"
    assert "<FromTxnDate>2026-06-30</FromTxnDate><ToTxnDate>2026-06-30</ToTxnDate>" in xml
    for tag in ("TxnID", "EditSequence", "RefNumber", "TimeCreated", "ExternalGUID"):
        assert f"<IncludeRetElement>{tag}</IncludeRetElement>" in xml


def test_without_a_day_it_is_looked_for_among_the_changes_since_the_day_before() -> None:
    query = search_request("InvoiceAdd", invoice(date=""), COMPOSED)
    assert query is not None
    assert "<FromModifiedDate>2026-06-30T12:00:00</FromModifiedDate>" in query[1]


def test_a_purchase_order_is_asked_for_with_its_lines() -> None:
    query = search_request("PurchaseOrderAdd", f"<PurchaseOrderAdd>{MARKED}</PurchaseOrderAdd>", COMPOSED)
    assert query is not None
    assert query[1].endswith("<IncludeLineItems>true</IncludeLineItems>")
    assert "IncludeRetElement" not in query[1]


def test_a_list_entry_is_looked_for_by_its_full_name() -> None:
    parent = "<ParentRef><FullName>A &amp; B</FullName></ParentRef>"
    xml = f"<CustomerAdd><Name>Job</Name>{parent}</CustomerAdd>"
    assert search_request("CustomerAdd", xml, COMPOSED) == (
        "CustomerQuery",
        "<FullName>A &amp; B:Job</FullName>",
    )


def test_a_deletion_is_looked_for_by_its_txn_id() -> None:
    xml = "<TxnDelType>TimeTracking</TxnDelType><TxnID>A1-2</TxnID>"
    assert search_request("TxnDel", xml, COMPOSED) == ("TimeTrackingQuery", "<TxnID>A1-2</TxnID>")


@pytest.mark.parametrize(
    ("name", "xml"),
    [
        ("InvoiceAdd", "<InvoiceAdd><TxnDate>2026-06-30</TxnDate></InvoiceAdd>"),
        ("InvoiceMod", f"<InvoiceMod>{MARKED}</InvoiceMod>"),
        ("DataExtAdd", "<DataExtAdd><DataExtName>a</DataExtName></DataExtAdd>"),
        ("CustomerAdd", "<CustomerAdd><Name>A</Name><ParentRef><ListID>1</ListID></ParentRef></CustomerAdd>"),
        ("TxnDel", "<TxnDelType>Nothing</TxnDelType><TxnID>1</TxnID>"),
        ("CustomerQuery", ""),
    ],
)
def test_what_leaves_no_mark_cannot_be_looked_for(name: str, xml: str) -> None:
    assert search_request(name, xml, COMPOSED) is None


@pytest.mark.parametrize("name", ADDS)
@pytest.mark.parametrize("content", [f"<TxnDate>2026-06-30</TxnDate>{MARKED}", MARKED, "<Name>A</Name>"])
def test_every_query_passes_the_check(name: str, content: str) -> None:
    query = search_request(name, f"<{name}>{content}</{name}>", COMPOSED)
    assert query is None or check_request(*query) == []


def test_every_query_is_as_intuit_describes_it(validate_xsd: Callable[[str], list[str]]) -> None:
    contents = [f"<TxnDate>2026-06-30</TxnDate>{MARKED}", MARKED, "<Name>A</Name>"]
    queries = {
        query
        for name in ADDS
        for content in contents
        if (query := search_request(name, f"<{name}>{content}</{name}>", COMPOSED))
    }
    assert len(queries) > len(ADDS)
    for name, xml in queries:
        text = envelope.message([(name, "q", xml)], version="13.0", on_error=OnError.CONTINUE)
        assert validate_xsd(text) == []


@pytest.mark.parametrize("marker", [GUID, GUID.strip("{}"), GUID.lower()])
def test_an_object_with_the_marker_is_the_answer_that_was_lost(marker: str) -> None:
    other = "<InvoiceRet><TxnID>1-1</TxnID></InvoiceRet>"
    ours = f"<InvoiceRet><TxnID>2-1</TxnID><RefNumber>7</RefNumber>{MARKED}</InvoiceRet>"
    lost = found("InvoiceAdd", invoice(), marker, answer("InvoiceQuery", other + ours))
    assert lost is not None
    assert (lost.name, lost.status_code, lost.is_error) == ("InvoiceAdd", 0, False)
    assert [ret.text("TxnID") for ret in lost.objects] == ["2-1"]
    assert lost.text("InvoiceRet/RefNumber") == "7"


@pytest.mark.parametrize("code", [0, 1, 500])
def test_without_the_marker_it_was_not_executed(code: int) -> None:
    other = "<InvoiceRet><TxnID>1-1</TxnID></InvoiceRet>"
    assert found("InvoiceAdd", invoice(), GUID, answer("InvoiceQuery", other, code)) is None


def test_a_list_entry_is_known_by_its_name() -> None:
    xml = "<VendorAdd><Name>Smith, Ann</Name></VendorAdd>"
    there = answer("VendorQuery", "<VendorRet><ListID>8-1</ListID><Name>SMITH, ANN</Name></VendorRet>")
    lost = found("VendorAdd", xml, GUID, there)
    assert lost is not None
    assert lost.text("VendorRet/ListID") == "8-1"
    assert found("VendorAdd", xml, GUID, answer("VendorQuery", code=500)) is None


def test_what_is_gone_was_deleted() -> None:
    xml = "<TxnDelType>Bill</TxnDelType><TxnID>A1-2</TxnID>"
    deleted = found("TxnDel", xml, GUID, answer("BillQuery", code=500))
    assert deleted is not None
    assert (deleted.name, deleted.text("TxnID")) == ("TxnDel", "A1-2")
    assert found("TxnDel", xml, GUID, answer("BillQuery", "<BillRet><TxnID>A1-2</TxnID></BillRet>")) is None


def test_what_says_void_was_voided() -> None:
    xml = "<TxnVoidType>Bill</TxnVoidType><TxnID>A1-2</TxnID>"
    ret = "<BillRet><TxnID>A1-2</TxnID><Memo>{}</Memo></BillRet>"
    assert found("TxnVoid", xml, GUID, answer("BillQuery", ret.format("VOID: taxi")))
    assert found("TxnVoid", xml, GUID, answer("BillQuery", ret.format("taxi"))) is None


@pytest.mark.parametrize("name", ["InvoiceAdd", "TxnDel"])
def test_a_search_that_fails_says_nothing_about_the_request(name: str) -> None:
    with pytest.raises(AnswerError, match="could not say"):
        found(name, invoice(), GUID, answer("InvoiceQuery", code=3260))
