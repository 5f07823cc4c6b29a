from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qbferry.errors import AnswerError
from qbferry.model import OnError
from qbferry.qbxml import envelope, schema
from qbferry.qbxml.check import check_request
from qbferry.qbxml.response import Response, parse
from qbferry.qbxml.search import deletions, found, queries

if TYPE_CHECKING:
    from collections.abc import Callable

SINCE = "2026-06-30T12:00:00"
GUID = "{0000000A-0000-0000-0000-00000000000B}"
MARKED = f"<ExternalGUID>{GUID}</ExternalGUID>"
NAMED = f"<Name>A</Name>{MARKED}"
CONTENTS = [f"<TxnDate>2026-06-30</TxnDate>{MARKED}", MARKED, "<Name>A</Name>", NAMED]
ADDS = [name for name in schema.load().names if name.endswith("Add")]


def invoice(date: str = "<TxnDate>2026-06-30</TxnDate>") -> str:
    return f"<InvoiceAdd>{date}{MARKED}</InvoiceAdd>"


def lost(name: str, xml: str, marker: str, *answers: Response) -> Response | None:
    """The one answer that was lost, if the request was executed."""
    found_ = found(name, xml, marker, answers)
    assert len(found_) <= 1
    return found_[0] if found_ else None


def answer(name: str, content: str = "", code: int = 0) -> Response:
    response = f'<{name}Rs requestID="q" statusCode="{code}" statusMessage="Why">{content}</{name}Rs>'
    return parse(f"<QBXML><QBXMLMsgsRs>{response}</QBXMLMsgsRs></QBXML>").responses[0]


def test_a_transaction_is_looked_for_among_the_changes_and_on_its_day() -> None:
    (name, changed), (other, dated) = queries("InvoiceAdd", invoice(), SINCE)
    assert name == other == "InvoiceQuery"
    assert f"<FromModifiedDate>{SINCE}</FromModifiedDate>" in changed
    assert "<FromTxnDate>2026-06-30</FromTxnDate><ToTxnDate>2026-06-30</ToTxnDate>" in dated
    for tag in ("TxnID", "EditSequence", "RefNumber", "TimeCreated", "ExternalGUID"):
        assert f"<IncludeRetElement>{tag}</IncludeRetElement>" in changed
        assert f"<IncludeRetElement>{tag}</IncludeRetElement>" in dated


def test_without_a_day_it_is_looked_for_among_the_changes_alone() -> None:
    [(_, xml)] = queries("InvoiceAdd", invoice(date=""), SINCE)
    assert f"<FromModifiedDate>{SINCE}</FromModifiedDate>" in xml


def test_a_purchase_order_is_asked_for_with_its_lines() -> None:
    [(_, xml)] = queries("PurchaseOrderAdd", f"<PurchaseOrderAdd>{MARKED}</PurchaseOrderAdd>", SINCE)
    assert xml.endswith("<IncludeLineItems>true</IncludeLineItems>")
    assert "IncludeRetElement" not in xml


def test_a_list_entry_is_looked_for_among_the_changes_and_by_its_full_name() -> None:
    parent = "<ParentRef><FullName>A &amp; B</FullName></ParentRef>"
    xml = f"<CustomerAdd><Name>Job</Name>{parent}</CustomerAdd>"
    by_name = ("CustomerQuery", "<FullName>A &amp; B:Job</FullName>")
    assert queries("CustomerAdd", xml, SINCE) == (by_name,), "without a marker only by its name"
    marked = xml.replace("</CustomerAdd>", f"{MARKED}</CustomerAdd>")
    (name, changed), second = queries("CustomerAdd", marked, SINCE)
    assert (name, second) == ("CustomerQuery", by_name)
    assert changed.startswith(f"<ActiveStatus>All</ActiveStatus><FromModifiedDate>{SINCE}</FromModifiedDate>")


def test_a_deletion_is_looked_for_by_its_txn_id() -> None:
    xml = "<TxnDelType>TimeTracking</TxnDelType><TxnID>A1-2</TxnID>"
    assert queries("TxnDel", xml, SINCE) == (("TimeTrackingQuery", "<TxnID>A1-2</TxnID>"),)


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
    assert queries(name, xml, SINCE) == ()


@pytest.mark.parametrize("name", ADDS)
@pytest.mark.parametrize("content", CONTENTS)
def test_every_query_passes_the_check(name: str, content: str) -> None:
    for query in queries(name, f"<{name}>{content}</{name}>", SINCE):
        assert check_request(*query) == []


def test_every_query_is_as_intuit_describes_it(validate_xsd: Callable[[str], list[str]]) -> None:
    asked = {
        query
        for name in ADDS
        for content in CONTENTS
        for query in queries(name, f"<{name}>{content}</{name}>", SINCE)
    }
    assert len(asked) > len(ADDS)
    for name, xml in {*asked, deletions(["Invoice", "Bill"], SINCE), deletions(["Check"])}:
        text = envelope.message([(name, "q", xml)], version="13.0", on_error=OnError.CONTINUE)
        assert validate_xsd(text) == []


@pytest.mark.parametrize("marker", [GUID, GUID.strip("{}"), GUID.lower()])
def test_an_object_with_the_marker_is_the_answer_that_was_lost(marker: str) -> None:
    other = "<InvoiceRet><TxnID>1-1</TxnID></InvoiceRet>"
    ours = f"<InvoiceRet><TxnID>2-1</TxnID><RefNumber>7</RefNumber>{MARKED}</InvoiceRet>"
    was = lost("InvoiceAdd", invoice(), marker, answer("InvoiceQuery", other + ours))
    assert was is not None
    assert (was.name, was.status_code, was.is_error) == ("InvoiceAdd", 0, False)
    assert [ret.text("TxnID") for ret in was.objects] == ["2-1"]
    assert was.text("InvoiceRet/RefNumber") == "7"


@pytest.mark.parametrize("code", [0, 1, 500])
def test_without_the_marker_it_was_not_executed(code: int) -> None:
    other = "<InvoiceRet><TxnID>1-1</TxnID></InvoiceRet>"
    assert lost("InvoiceAdd", invoice(), GUID, answer("InvoiceQuery", other, code)) is None


def test_a_list_entry_is_known_by_its_name() -> None:
    xml = "<VendorAdd><Name>Smith, Ann</Name></VendorAdd>"
    there = answer("VendorQuery", "<VendorRet><ListID>8-1</ListID><Name>SMITH, ANN</Name></VendorRet>")
    was = lost("VendorAdd", xml, GUID, there)
    assert was is not None
    assert was.text("VendorRet/ListID") == "8-1"
    assert lost("VendorAdd", xml, GUID, answer("VendorQuery", code=500)) is None


def test_what_is_gone_was_deleted() -> None:
    xml = "<TxnDelType>Bill</TxnDelType><TxnID>A1-2</TxnID>"
    deleted = lost("TxnDel", xml, GUID, answer("BillQuery", code=500))
    assert deleted is not None
    assert (deleted.name, deleted.text("TxnID")) == ("TxnDel", "A1-2")
    assert lost("TxnDel", xml, GUID, answer("BillQuery", "<BillRet><TxnID>A1-2</TxnID></BillRet>")) is None


def test_what_says_void_was_voided() -> None:
    xml = "<TxnVoidType>Bill</TxnVoidType><TxnID>A1-2</TxnID>"
    ret = "<BillRet><TxnID>A1-2</TxnID><Memo>{}</Memo></BillRet>"
    assert lost("TxnVoid", xml, GUID, answer("BillQuery", ret.format("VOID: taxi")))
    assert lost("TxnVoid", xml, GUID, answer("BillQuery", ret.format("taxi"))) is None


@pytest.mark.parametrize("name", ["InvoiceAdd", "TxnDel"])
def test_a_search_that_fails_says_nothing_about_the_request(name: str) -> None:
    with pytest.raises(AnswerError, match="could not say"):
        lost(name, invoice(), GUID, answer("InvoiceQuery", code=3260))


def test_what_carries_the_marker_is_ours_though_it_was_renamed() -> None:
    xml = f"<VendorAdd><Name>Smith, Ann</Name>{MARKED}</VendorAdd>"
    changed = f"<VendorRet><ListID>8-1</ListID><Name>Smith-Jones, Ann</Name>{MARKED}</VendorRet>"
    other = "<VendorRet><ListID>9-1</ListID><Name>Smith, Ann</Name></VendorRet>"
    was = lost("VendorAdd", xml, GUID, answer("VendorQuery", changed), answer("VendorQuery", other))
    assert was is not None
    assert was.text("VendorRet/ListID") == "8-1"
    was = lost("VendorAdd", xml, GUID, answer("VendorQuery", code=1), answer("VendorQuery", other))
    assert was is not None
    assert was.text("VendorRet/ListID") == "9-1", "else the name must do"


def test_what_is_there_twice_is_found_twice() -> None:
    rets = [f"<InvoiceRet><TxnID>{key}-1</TxnID>{MARKED}</InvoiceRet>" for key in (1, 2)]
    first, both = answer("InvoiceQuery", rets[0]), answer("InvoiceQuery", "".join(rets))
    twice = found("InvoiceAdd", invoice(), GUID, [first, both])
    assert [each.text("InvoiceRet/TxnID") for each in twice] == ["1-1", "2-1"]


def test_what_one_query_has_found_is_found_whatever_the_other_one_says() -> None:
    refused = answer("InvoiceQuery", code=3175)
    there = answer("InvoiceQuery", f"<InvoiceRet><TxnID>1-1</TxnID>{MARKED}</InvoiceRet>")
    assert lost("InvoiceAdd", invoice(), GUID, refused, there)
    with pytest.raises(AnswerError):
        lost("InvoiceAdd", invoice(), GUID, refused, answer("InvoiceQuery", code=1))
