"""A purchase order's life, with the simulated QuickBooks: sent, received, deleted, sent again."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.simulator import Session
from qbferry.simulator.lists import ITEMS
from qbferry.simulator.status import Status
from qbferry_purchase_orders.state import OrderState

if TYPE_CHECKING:
    from collections.abc import Callable

    from .conftest import Office

    Make = Callable[..., dict[str, Any]]


def test_an_order_arrives_and_its_number_comes_back(office: Office, order: Make, line: Make) -> None:
    office.bring(order(lines=[line(1), line(2, product="Firewall")]), ready=True)
    office.world.run()
    assert office.record().transfer_status == "Transferred"
    [there] = office.orders()
    record, state = office.record(), office.state()
    assert state.external_po_number == record.ref_number == there["RefNumber"]
    assert state.order_txn_id == record.txn_id == there["TxnID"]
    assert state.order_edit_sequence == record.edit_sequence == there["EditSequence"]
    assert state.line_ids == {
        "1": there["PurchaseOrderLineRet"][0]["TxnLineID"],
        "2": there["PurchaseOrderLineRet"][1]["TxnLineID"],
    }
    assert record.first_transfer_date == record.transfer_date


def test_what_is_received_is_received_in_quickbooks_until_the_order_is_full(
    office: Office, order: Make, line: Make
) -> None:
    office.bring(order(), ready=True)
    office.world.run()
    first = office.record().transfer_date

    report = office.bring(order(lines=[line(received="0.5")]))
    record = office.record()
    assert report.pending_again == ["PO-5"]
    assert (record.transfer_status, record.needs_resync) == ("Pending", True)
    assert record.transfer_date == record.first_transfer_date == first

    office.world.run()
    record = office.record()
    assert (record.transfer_status, record.needs_resync, record.reason) == ("Transferred", False, None)
    assert record.first_transfer_date == first
    assert record.transfer_date is not None
    assert first is not None
    assert record.transfer_date > first
    assert office.state().received == {"1": Decimal("0.5")}
    [there] = office.orders()
    assert there["PurchaseOrderLineRet"][0]["ReceivedQuantity"] == "0.5"
    assert there["IsFullyReceived"] == "false"
    assert (record.txn_id, record.ref_number) == (there["TxnID"], there["RefNumber"])

    office.bring(order(lines=[line(received="2")]))
    office.world.run()
    [there] = office.orders()
    assert there["IsFullyReceived"] == "true"
    assert [row["ItemLineRet"][0]["Quantity"] for row in office.receipts()] == ["0.5", "1.5"]
    assert [entry.request for entry in office.world.history("PO-5") if entry.kind == "Sent"] == [
        "PurchaseOrderAdd",
        "ItemReceiptAdd",
        "ItemReceiptAdd",
    ]


def test_the_same_product_on_several_lines_is_received_line_by_line(
    office: Office, order: Make, line: Make
) -> None:
    office.bring(order(lines=[line(1), line(2, quantity="5")]), ready=True)
    office.world.run()
    office.bring(order(lines=[line(1, received="1"), line(2, quantity="5", received="4")]))
    office.world.run()
    [there] = office.orders()
    assert [each["ReceivedQuantity"] for each in there["PurchaseOrderLineRet"]] == ["1", "4"]
    assert len(office.receipts()) == 1


def test_an_order_that_arrives_partly_received_is_received_in_the_same_run(
    office: Office, order: Make, line: Make
) -> None:
    office.bring(order(lines=[line(received="1")]), ready=True)
    office.world.run()
    [there] = office.orders()
    assert there["PurchaseOrderLineRet"][0]["ReceivedQuantity"] == "1"
    assert office.record().transfer_status == "Transferred"
    assert not office.record().needs_resync


def test_goods_received_by_hand_in_quickbooks_stop_that_order_alone(
    office: Office, order: Make, line: Make
) -> None:
    office.bring(order(), order(id="PO-6"), ready=True)
    office.world.run()
    state = office.state()
    receive_by_hand(office, state.order_txn_id, state.line_ids["1"])
    office.bring(order(lines=[line(received="2")]), order(id="PO-6", lines=[line(received="2")]))
    office.world.run()
    record = office.record()
    assert record.transfer_status == "Pending/Failed"
    assert record.reason is not None
    assert (
        "Line 1 of purchase order PO-5 (Switch 24p): 1 received in QuickBooks, of which 1 by hand."
        in record.reason
    )
    assert record.needs_resync
    assert office.record("PO-6").transfer_status == "Transferred"
    assert office.state("PO-6").receipts == 1


def test_an_order_closed_in_quickbooks_is_not_received_on_until_it_is_opened(
    office: Office, order: Make, line: Make
) -> None:
    office.bring(order(), ready=True)
    office.world.run()
    close_by_hand(office, office.state().order_txn_id, closed=True)
    office.bring(order(lines=[line(received="1")]))
    office.world.run()
    assert "is closed in QuickBooks" in (office.record().reason or "")
    assert office.receipts() == []
    close_by_hand(office, office.state().order_txn_id, closed=False)
    office.world.run()
    assert office.record().transfer_status == "Transferred"


def test_an_order_deleted_in_quickbooks_says_how_to_send_it_again(
    office: Office, order: Make, line: Make
) -> None:
    office.bring(order(), ready=True)
    office.world.run()
    delete_by_hand(office, "PurchaseOrder", office.state().order_txn_id)
    office.bring(order(lines=[line(received="1")]))
    office.world.run()
    reason = office.record().reason or ""
    assert "was deleted in QuickBooks" in reason
    assert "qbferry clear-external-number purchase_order PO-5" in reason


def test_more_than_ordered_is_told_and_sends_nothing(office: Office, order: Make, line: Make) -> None:
    office.bring(order(), ready=True)
    office.world.run()
    office.bring(order(lines=[line(received="3")]))
    office.world.run()
    assert office.record().transfer_status == "Pending/Failed"
    assert "3 received, but only 2 ordered" in (office.record().reason or "")
    office.bring(order(lines=[line(received="2")]))
    office.world.run()
    assert office.record().transfer_status == "Transferred"
    assert [row["ItemLineRet"][0]["Quantity"] for row in office.receipts()] == ["2"]


def test_a_canceled_order_is_deleted_in_quickbooks_in_the_next_run(office: Office, order: Make) -> None:
    office.bring(order(), ready=True)
    office.world.run()
    report = office.bring(order(status="Canceled"))
    assert report.pending_again == ["PO-5"]
    assert office.record().transfer_status == "Pending"
    office.world.run()
    record = office.record()
    assert office.orders() == []
    assert record.transfer_status == "Not Transferred"
    assert (office.state(), record.ref_number, record.txn_id) == (OrderState(), None, None)
    assert (record.transfer_date, record.first_transfer_date) == (None, None)
    last = office.world.history("PO-5")[-1]
    assert (last.request, last.kind) == ("TxnDel", "Sent")
    assert office.ready().reason == (
        "Purchase order PO-5 is canceled; canceled purchase orders are not transferred."
    )


def test_a_deleted_order_that_is_ordered_after_all_becomes_a_new_one(office: Office, order: Make) -> None:
    office.bring(order(), ready=True)
    office.world.run()
    office.bring(order(status="Canceled"))
    office.world.run()
    office.bring(order(status="Submitted"), ready=True)
    office.world.run()
    assert len(office.orders()) == 1
    assert office.record().transfer_status == "Transferred"


def test_a_canceled_order_with_receipts_stays_with_the_reason(
    office: Office, order: Make, line: Make
) -> None:
    office.bring(order(lines=[line(received="1")]), ready=True)
    office.world.run()
    office.bring(order(status="Canceled", lines=[line(received="1")]))
    office.world.run()
    record = office.record()
    assert record.transfer_status == "Pending/Failed"
    assert "is canceled, but goods were received on it in QuickBooks" in (record.reason or "")
    assert len(office.orders()) == 1
    [receipt] = office.receipts()
    delete_by_hand(office, "ItemReceipt", receipt["TxnID"])
    office.world.run()
    assert office.orders() == []
    assert office.record().transfer_status == "Not Transferred"


def test_a_canceled_order_that_was_deleted_by_hand_is_let_go_of(office: Office, order: Make) -> None:
    office.bring(order(), ready=True)
    office.world.run()
    delete_by_hand(office, "PurchaseOrder", office.state().order_txn_id)
    office.bring(order(status="Canceled"))
    office.world.run()
    assert office.record().transfer_status == "Not Transferred"
    assert office.world.history("PO-5")[-1].reason == "It was deleted in QuickBooks by hand already."


def test_an_order_canceled_before_its_transfer_never_goes(office: Office, order: Make) -> None:
    office.bring(order(), ready=True)
    report = office.bring(order(status="Canceled"))
    assert report.taken_out == ["PO-5"]
    assert office.record().transfer_status == "Not Transferred"
    assert office.record().queue_position is None
    assert office.bring(order(id="PO-6", status="cancelled"), ready=True).not_ready[0][0] == "PO-6"


class Refusing:
    """A QuickBooks that refuses the first order it is given."""

    def __init__(self) -> None:
        self._over = False

    def disturb(self, name: str) -> Status | None:
        if self._over or name != "PurchaseOrderAdd":
            return None
        self._over = True
        return Status(3260, "Error", "Insufficient permission level to perform this action.")


def test_under_stop_a_refused_order_keeps_the_later_ones_pending(office: Office, order: Make) -> None:
    office.world.settings.on_error = "stop"
    office.bring(order(), order(id="PO-6"), ready=True)
    office.world.run(Session(office.world.company, interference=Refusing()))
    assert office.world.statuses("purchase_order") == {"PO-5": "Pending/Failed", "PO-6": "Pending"}


@pytest.mark.parametrize("ordered", [False, True], ids=["a new order", "another resync"])
def test_under_stop_an_order_received_by_hand_keeps_the_later_ones_pending(
    office: Office, order: Make, line: Make, ordered: bool
) -> None:
    office.world.settings.on_error = "stop"
    office.bring(order(), *([order(id="PO-6")] if ordered else []), ready=True)
    office.world.run()
    state = office.state()
    receive_by_hand(office, state.order_txn_id, state.line_ids["1"])
    office.bring(order(lines=[line(received="2")]))
    office.bring(order(id="PO-6", lines=[line(received="1")] if ordered else [line()]), ready=not ordered)
    office.world.run()
    assert office.world.statuses("purchase_order") == {"PO-5": "Pending/Failed", "PO-6": "Pending"}


def receive_by_hand(office: Office, txn_id: str | None, line_id: str) -> None:
    office.by_hand(
        "<ItemReceiptAddRq><ItemReceiptAdd><VendorRef><FullName>Ingram Micro</FullName></VendorRef>"
        f"<ItemLineAdd><Quantity>1</Quantity><LinkToTxn><TxnID>{txn_id}</TxnID><TxnLineID>{line_id}</TxnLineID></LinkToTxn>"
        "</ItemLineAdd></ItemReceiptAdd></ItemReceiptAddRq>"
    )


def close_by_hand(office: Office, txn_id: str | None, *, closed: bool) -> None:
    [there] = office.orders()
    word = str(closed).lower()
    lines = "".join(
        f"<PurchaseOrderLineMod><TxnLineID>{each['TxnLineID']}</TxnLineID>"
        f"<IsManuallyClosed>{word}</IsManuallyClosed></PurchaseOrderLineMod>"
        for each in there["PurchaseOrderLineRet"]
    )
    office.by_hand(
        f"<PurchaseOrderModRq><PurchaseOrderMod><TxnID>{txn_id}</TxnID>"
        f"<EditSequence>{there['EditSequence']}</EditSequence>"
        f"<IsManuallyClosed>{word}</IsManuallyClosed>{lines}</PurchaseOrderMod></PurchaseOrderModRq>"
    )


def delete_by_hand(office: Office, kind: str, txn_id: str | None) -> None:
    office.by_hand(f"<TxnDelRq><TxnDelType>{kind}</TxnDelType><TxnID>{txn_id}</TxnID></TxnDelRq>")


def test_an_item_of_each_kind_is_ordered_or_refused_before_it_is_sent(
    office: Office, order: Make, line: Make
) -> None:
    barred = {
        "ItemDiscount": "a discount",
        "ItemGroup": "a group of items",
        "ItemPayment": "a payment",
        "ItemSalesTax": "a sales tax",
        "ItemSalesTaxGroup": "a group of sales taxes",
    }
    company = office.world.company
    for kind in ITEMS:
        with company.write():
            company.add_entry(kind, "items", f"A {kind}", f"A {kind}", is_active=True, data={})
        office.bring(order(id=kind, lines=[line(product=f"A {kind}")]), ready=True)
    office.world.run()
    ordered = [each["PurchaseOrderLineRet"][0]["ItemRef"]["FullName"] for each in office.orders()]
    assert sorted(ordered) == sorted(f"A {kind}" for kind in ITEMS if kind not in barred)
    for kind in ITEMS:
        record = office.record(kind)
        if kind in barred:
            assert record.transfer_status == "Pending/Failed"
            assert f'The item "A {kind}" (line 1) is one which is {barred[kind]}' in (record.reason or "")
        else:
            assert (record.transfer_status, record.reason) == ("Transferred", None)
