"""QuickBooks' answers in plain words, and what they leave in the state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import Rejected, Request, Sent
from qbferry.qbxml.response import parse
from qbferry_purchase_orders.responses import learn
from qbferry_purchase_orders.state import OrderState, QuickBooksOrder

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry import Response

    Make = Callable[..., Any]
    Learn = Callable[..., tuple[OrderState, Any]]


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


@pytest.fixture
def learnt(document: Make, state: Make) -> Callable[..., tuple[OrderState, Any]]:
    """Has an answer read for an order QuickBooks has as number 7, of this shape and with this state."""

    def read(
        asked: Request, response: Response, changes: dict[str, Any] | None = None, **kept: Any
    ) -> tuple[OrderState, Any]:
        return learn(document(**(changes or {})), state(**kept), asked, response)

    return read


@pytest.mark.parametrize("code", [570, 3180])
def test_a_receipt_that_could_not_be_linked_is_told_plainly(learnt: Learn, code: int) -> None:
    seen = QuickBooksOrder(at=datetime.now(UTC))
    state, result = learnt(RECEIPT, answer("ItemReceiptAdd", code), seen=seen, sending={"1": 1})
    assert isinstance(result, Rejected)
    assert "its order 7 is closed, or fully received by hand" in result.reason
    assert f"QuickBooks said: words of QuickBooks ({code})" in result.reason
    assert (state.seen, state.sending) == (None, {}), "QuickBooks is asked again before the next try"


def test_of_values_that_break_a_rule_only_the_link_is_told_like_it(learnt: Learn) -> None:
    link = "The &quot;LinkToTxn&quot; field has an invalid value."
    _, result = learnt(RECEIPT, answer("ItemReceiptAdd", 3210, link), sending={"1": 1})
    assert "is closed, or fully received by hand" in result.reason
    _, result = learnt(RECEIPT, answer("ItemReceiptAdd", 3210, "The &quot;Quantity&quot; field is wrong."))
    assert result is None, "the framework says it"


def test_a_warning_that_saved_nothing_is_no_receipt(learnt: Learn) -> None:
    _, result = learnt(RECEIPT, answer("ItemReceiptAdd", 570))
    assert result.executed is False


@pytest.mark.parametrize("code", [0, 570])
def test_a_receipt_that_was_saved_is_there_and_the_record_stays_the_order(learnt: Learn, code: int) -> None:
    saved = answer("ItemReceiptAdd", code, inner="<ItemReceiptRet><TxnID>D1-1</TxnID></ItemReceiptRet>")
    state, result = learnt(RECEIPT, saved, sending={"1": 1})
    assert result == Sent(txn_id=None)
    assert state.sending == {"1": 1}


def test_a_lock_is_left_to_the_framework(learnt: Learn) -> None:
    locked = answer("ItemReceiptAdd", 3180, "It has been modified by another user.")
    _, result = learnt(RECEIPT, locked)
    assert result is None


@pytest.mark.parametrize("code", [1, 500])
def test_an_order_that_is_gone_is_rejected_with_the_way_out(learnt: Learn, line: Make, code: int) -> None:
    look, gone = request("PurchaseOrderQuery", "look"), answer("PurchaseOrderQuery", code)
    _, result = learnt(look, gone, {"lines": [line(received="1")]})
    assert isinstance(result, Rejected)
    assert "was deleted in QuickBooks" in result.reason


def test_a_question_quickbooks_refuses_is_left_to_the_framework(learnt: Learn) -> None:
    _, result = learnt(request("PurchaseOrderQuery", "look"), answer("PurchaseOrderQuery", 3260))
    assert result is None


def test_an_order_without_its_lines_is_still_an_order(learnt: Learn) -> None:
    inner = "<PurchaseOrderRet><TxnID>C5-1</TxnID><RefNumber>8</RefNumber></PurchaseOrderRet>"
    added = answer("PurchaseOrderAdd", 0, inner=inner)
    state, result = learnt(request("PurchaseOrderAdd", "order"), added, **dict(OrderState()))
    assert result is None
    assert state == OrderState(in_quickbooks=True, order_txn_id="C5-1", external_po_number="8")
