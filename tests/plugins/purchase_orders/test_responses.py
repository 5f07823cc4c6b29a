"""QuickBooks' answers in plain words, and what they leave on the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry import Rejected, Request, Sent
from qbferry.qbxml.response import parse
from qbferry_purchase_orders.responses import learn

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry import Response
    from qbferry_purchase_orders.models import PurchaseOrder

    Row = Callable[..., PurchaseOrder]


def answer(name: str, code: int, message: str = "words of QuickBooks", inner: str = "") -> Response:
    severity = "Error" if code >= 1000 else "Warn"
    text = (
        f'<QBXML><QBXMLMsgsRs><{name}Rs statusCode="{code}" statusSeverity="{severity}" '
        f'statusMessage="{message}">{inner}</{name}Rs></QBXMLMsgsRs></QBXML>'
    )
    return parse(text).responses[0]


def request(name: str, key: str) -> Request:
    return Request(key=key, name=name, fields={})


RECEIPT = request("ItemReceiptAdd", "receipt:1")


@pytest.mark.parametrize("code", [570, 3180])
def test_a_receipt_that_could_not_be_linked_is_told_plainly(record: Row, code: int) -> None:
    row = record(done={"receipt:1": None}, seen={"at": "2026-11-02T00:00:00Z"})
    result = learn(row, RECEIPT, answer("ItemReceiptAdd", code))
    assert isinstance(result, Rejected)
    assert "its order 7 is closed, or fully received by hand" in result.reason
    assert f"QuickBooks said: words of QuickBooks ({code})" in result.reason
    assert row.seen is None, "QuickBooks is asked again before the next try"


def test_a_warning_that_saved_nothing_is_no_receipt(record: Row) -> None:
    row = record(done={"receipt:1": None})
    learn(row, RECEIPT, answer("ItemReceiptAdd", 570))
    assert row.done == {}


def test_a_receipt_that_was_saved_with_a_warning_is_there(record: Row) -> None:
    row = record(done={"receipt:1": "D1-1"})
    saved = answer("ItemReceiptAdd", 570, inner="<ItemReceiptRet><TxnID>D1-1</TxnID></ItemReceiptRet>")
    assert learn(row, RECEIPT, saved) is None
    assert row.done == {"receipt:1": "D1-1"}


def test_a_lock_is_left_to_the_framework(record: Row) -> None:
    locked = answer("ItemReceiptAdd", 3180, "It has been modified by another user.")
    assert learn(record(), RECEIPT, locked) is None


@pytest.mark.parametrize(("name", "key"), [("VendorAdd", "vendor"), ("ItemInventoryAdd", "item:1")])
def test_a_name_that_is_in_use_counts_as_there(record: Row, name: str, key: str) -> None:
    assert isinstance(learn(record(), request(name, key), answer(name, 3100)), Sent)
    assert learn(record(), request(name, key), answer(name, 0)) == Sent()
    assert learn(record(), request(name, key), answer(name, 3090)) is None


@pytest.mark.parametrize("code", [1, 500])
def test_an_order_that_is_gone_is_rejected_with_the_way_out(record: Row, line: Any, code: int) -> None:
    row = record({"lines": [line(received="1")]})
    result = learn(row, request("PurchaseOrderQuery", "look"), answer("PurchaseOrderQuery", code))
    assert isinstance(result, Rejected)
    assert "was deleted in QuickBooks" in result.reason


def test_a_question_quickbooks_refuses_is_left_to_the_framework(record: Row) -> None:
    refused = answer("PurchaseOrderQuery", 3260)
    assert learn(record(), request("PurchaseOrderQuery", "look"), refused) is None


def test_an_order_without_its_lines_is_still_an_order(record: Row) -> None:
    row = record(in_quickbooks=False, order_txn_id=None, line_ids={})
    inner = "<PurchaseOrderRet><TxnID>C5-1</TxnID><RefNumber>8</RefNumber></PurchaseOrderRet>"
    assert (
        learn(row, request("PurchaseOrderAdd", "order"), answer("PurchaseOrderAdd", 0, inner=inner)) is None
    )
    assert (row.in_quickbooks, row.order_txn_id, row.external_po_number, row.line_ids) == (
        True,
        "C5-1",
        "8",
        {},
    )
