"""When an order's turn comes again, and how long QuickBooks' word about it is acted on."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.simulator import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Office

    Make = Callable[..., dict[str, Any]]


def test_under_stop_an_order_goes_on_at_once_before_those_behind_it(
    office: Office, order: Make, line: Make
) -> None:
    office.world.settings.on_error = "stop"
    names = ["PO-5", "PO-6", "PO-7"]
    office.bring(*(order(id=name) for name in names), ready=True)
    office.world.run()
    office.bring(*(order(id=name, lines=[line(received="2")]) for name in names))
    messages: list[str] = []
    assert office.world.run(watch=messages.append)[-1] == 100
    writing = "".join(message for message in messages if "newMessageSetID" in message)
    asked = re.findall("<(PurchaseOrderQuery|ItemReceiptAdd)Rq", writing)
    assert asked == ["PurchaseOrderQuery", "ItemReceiptAdd"] * 3
    assert [receipt["LinkedTxn"][0]["TxnID"] for receipt in office.receipts()] == [
        office.state(name).order_txn_id for name in names
    ]


@pytest.mark.parametrize(("minutes", "asked"), [(9, False), (11, True)])
def test_a_run_that_broke_off_before_a_receipt_asks_again_what_was_said_long_ago(
    office: Office, order: Make, line: Make, minutes: int, asked: bool
) -> None:
    office.bring(order(), ready=True)
    office.world.run()
    office.bring(order(lines=[line(received="1")]))
    ticket, quickbooks = office.world.begin(), Session(office.world.company)
    while office.state().seen is None:
        office.world.receive(ticket, quickbooks.process(office.world.send(ticket)))
    office.world.exchange.close(ticket)
    seen = office.state().seen
    assert seen is not None
    office.as_if({"seen": seen.model_copy(update={"at": seen.at - timedelta(minutes=minutes)})})
    messages: list[str] = []
    office.world.run(watch=messages.append)
    writing = [message for message in messages if "newMessageSetID" in message]
    assert ("<PurchaseOrderQueryRq" in writing[0]) == asked
    assert len(office.receipts()) == 1
