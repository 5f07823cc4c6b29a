"""Lost answers, doubt, and once only: whatever happens, QuickBooks has the order and its receipts once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry.desk import doubt, mapping, numbers
from qbferry.plugin.manager import Plugins
from qbferry.simulator import HResultError, Session
from qbferry.simulator.status import Status, unsupported
from qbferry_purchase_orders.plugin import PurchaseOrders
from qbferry_purchase_orders.state import OrderState

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.desk.readiness import Verdict

    from .conftest import Office

    Make = Callable[..., dict[str, Any]]


class DiesBefore:
    """QuickBooks dies when it has executed the n-th request of a kind, and before the one behind it."""

    def __init__(self, request: str) -> None:
        self._request, self._armed, self._over = request, False, False

    def disturb(self, name: str) -> None:
        if self._armed and not self._over:
            self._over = True
            raise HResultError("0x80040402")
        self._armed = self._armed or name == self._request


def clear(office: Office, name: str = "PO-5") -> Verdict:
    with office.drawer() as drawer:
        [verdict] = numbers.clear(drawer, drawer.find([name]))
        return verdict


@pytest.mark.parametrize("remembers", [True, False], ids=["stored answer", "search by marker"])
@pytest.mark.parametrize("step", ["PurchaseOrderAdd", "ItemReceiptAdd", "TxnDel"])
def test_a_lost_answer_is_found_and_nothing_goes_twice(
    office: Office, order: Make, line: Make, step: str, remembers: bool
) -> None:
    office.bring(order(), ready=True)
    if step != "PurchaseOrderAdd":
        office.world.run()
        office.bring(order(status="Canceled") if step == "TxnDel" else order(lines=[line(received="1")]))
    ticket = office.world.begin()
    while True:
        message = office.world.send(ticket)
        answer = Session(office.world.company, "Web Connector" if remembers else "another").process(message)
        if f"<{step}Rq" in message:
            break
        office.world.receive(ticket, answer)
    office.world.restart()
    sent: list[str] = []
    office.world.run(Session(office.world.company, "Web Connector"), watch=sent.append)
    assert f"<{step}Rq" not in "".join(sent)
    record = office.record()
    assert record.transfer_status == ("Not Transferred" if step == "TxnDel" else "Transferred")
    assert len(office.orders()) == (step != "TxnDel")
    assert len(office.receipts()) == (step == "ItemReceiptAdd")
    if step == "ItemReceiptAdd":
        assert office.state().received == {"1": 1}
        assert not record.needs_resync
    if step == "PurchaseOrderAdd":
        assert office.state().line_ids
        assert office.state().external_po_number == record.ref_number


def test_quickbooks_that_died_behind_an_order_has_it_once(office: Office, order: Make) -> None:
    office.bring(order(), order(id="PO-6"), ready=True)
    office.world.run(Session(office.world.company, interference=DiesBefore("PurchaseOrderAdd")))
    while "Pending" in office.world.statuses("purchase_order").values():
        office.world.run()
    assert set(office.world.statuses("purchase_order").values()) == {"Transferred"}
    assert len(office.orders()) == 2


def test_goods_that_arrive_while_a_receipt_is_in_doubt_are_not_lost(
    office: Office, order: Make, line: Make
) -> None:
    office.bring(order(), ready=True)
    office.world.run()
    office.bring(order(lines=[line(received="1")]))
    office.world.run()
    office.as_if(  # as after a search that could not decide
        {"received": {}, "receipts": 0, "sending": {"1": "1"}},
        in_doubt=True,
        doubtful={"receipt:1": "receipt"},
    )
    office.bring(order(lines=[line(received="2")]))
    with office.drawer() as drawer:
        doubt.there(drawer, "PO-5")
    office.world.run()
    assert [row["ItemLineRet"][0]["Quantity"] for row in office.receipts()] == ["1", "1"]
    assert office.state().received == {"1": 2}
    assert office.record().transfer_status == "Transferred"


def test_an_order_a_person_found_is_received_on_by_its_txnid(office: Office, order: Make, line: Make) -> None:
    office.bring(order(), ready=True)
    office.world.run()
    txn_id, number = office.state().order_txn_id, office.state().external_po_number
    office.as_if(  # as if its answer had never arrived
        OrderState().model_dump(),
        **dict.fromkeys(("txn_id", "ref_number", "transfer_date", "first_transfer_date")),
        transfer_count=0,
        in_doubt=True,
        doubtful={"order": ""},
    )
    with office.drawer() as drawer:
        doubt.there(drawer, "PO-5", txn_id=txn_id, number=number)
    office.world.run()
    assert (office.state().order_txn_id, office.state().external_po_number) == (txn_id, number)
    office.bring(order(lines=[line(received="2")]))
    office.world.run()
    [there] = office.orders()
    assert there["IsFullyReceived"] == "true"


def test_an_order_goes_again_only_once_its_number_was_cleared(office: Office, order: Make) -> None:
    office.bring(order(), ready=True)
    office.world.run()
    number = office.state().external_po_number
    assert f"Purchase order PO-5 is in QuickBooks as number {number}." in office.ready().reason
    assert clear(office).changed
    assert (office.record().transfer_status, office.state()) == ("Not Transferred", OrderState())
    assert office.ready().changed
    office.world.run()
    assert len(office.orders()) == 2
    assert len({row["ExternalGUID"] for row in office.orders()}) == 2
    history = office.world.history("PO-5")
    assert [line.kind for line in history] == ["Ready", "Sent", "Cleared", "Ready", "Sent"]
    assert f"number {number}" in (history[2].reason or "")
    assert office.state().external_po_number != number


def test_what_was_received_waits_until_the_order_is_ready_again(
    office: Office, order: Make, line: Make
) -> None:
    office.bring(order(), ready=True)
    office.world.run()
    office.bring(order(lines=[line(received="1")]))
    office.not_ready()
    record = office.record()
    assert (record.transfer_status, record.needs_resync) == ("Transferred", True)
    office.bring(order(general_memo="Dock 5", lines=[line(received="1")]))
    assert office.record().transfer_status == "Transferred"
    assert office.record().changed_since_transfer
    assert office.ready().changed, "what is left to receive goes without a question"
    office.world.run()
    assert len(office.receipts()) == 1


def test_a_source_that_learns_the_number_has_changed_nothing(office: Office, order: Make) -> None:
    office.bring(order(), ready=True)
    office.world.run()
    report = office.bring(order(external_po_number=office.state().external_po_number))
    assert (report.unchanged, report.changed) == (1, 0)
    assert not office.record().changed_since_transfer


def test_a_new_vendor_is_created_with_its_first_order_and_once(office: Office, order: Make) -> None:
    office.bring(order(vendor="New Vendor Inc"), order(id="PO-6", vendor="New Vendor Inc"), ready=True)
    office.world.run()
    assert set(office.world.statuses("purchase_order").values()) == {"Transferred"}
    assert [row["Name"] for row in office.world.company.entries("Vendor")].count("New Vendor Inc") == 1
    assert {record.txn_id for record in office.world.records("purchase_order")} == {
        row["TxnID"] for row in office.orders()
    }


def test_an_order_that_is_corrected_to_another_new_vendor_makes_that_one_too(
    office: Office, order: Make
) -> None:
    """Its vendor is made, the order itself is refused; what was made is not what is needed any more."""

    class Refusing:
        def disturb(self, name: str) -> Status | None:
            return unsupported() if name == "PurchaseOrderAdd" else None

    office.bring(order(vendor="First Vendor"), ready=True)
    office.world.run(Session(office.world.company, interference=Refusing()))
    assert office.record().transfer_status == "Pending/Failed"
    office.bring(order(vendor="Second Vendor"))
    office.world.run()
    assert office.record().transfer_status == "Transferred", office.record().reason
    names = [row["Name"] for row in office.world.company.entries("Vendor")]
    assert (names.count("First Vendor"), names.count("Second Vendor")) == (1, 1)
    [made] = office.orders()
    assert made["VendorRef"]["FullName"] == "Second Vendor"


def test_an_order_that_is_corrected_to_other_new_products_makes_those_too(
    office: Office, order: Make, line: Make
) -> None:
    """Two items are made and the order is refused; of its lines, one is corrected to another product."""

    class Refusing:
        def disturb(self, name: str) -> Status | None:
            return unsupported() if name == "PurchaseOrderAdd" else None

    settings = PurchaseOrders.Settings(create_items=True, income_account="Product Sales")
    office.world.plugins = Plugins({"purchase_orders": PurchaseOrders(settings)})
    office.world.restart()
    office.bring(order(lines=[line(1, product="Router"), line(2, product="Modem")]), ready=True)
    messages: list[str] = []
    office.world.run(Session(office.world.company, interference=Refusing()), watch=messages.append)
    assert office.record().transfer_status == "Pending/Failed"
    assert sum(message.count("<ItemInventoryAddRq") for message in messages) == 2
    office.bring(order(lines=[line(1, product="Router"), line(2, product="Gateway")]))
    messages.clear()
    office.world.run(watch=messages.append)
    assert office.record().transfer_status == "Transferred", office.record().reason
    assert sum(message.count("<ItemInventoryAddRq") for message in messages) == 1
    names = [row["Name"] for row in office.world.company.entries("ItemInventory")]
    assert [names.count(name) for name in ("Router", "Modem", "Gateway")] == [1, 1, 1]
    [made] = office.orders()
    assert [each["ItemRef"]["FullName"] for each in made["lines"]] == ["Router", "Gateway"]


def test_a_new_product_waits_for_an_account_that_quickbooks_does_not_have(
    office: Office, order: Make, line: Make
) -> None:
    settings = PurchaseOrders.Settings(create_items=True)
    office.world.plugins = Plugins({"purchase_orders": PurchaseOrders(settings)})
    office.world.restart()
    office.bring(order(lines=[line(product="Wireless~Router")]), ready=True)
    messages: list[str] = []
    office.world.run(watch=messages.append)
    assert not any("AddRq" in message for message in messages)
    assert (
        '"Wireless" cannot be made: QuickBooks has no income account named "Autotask Income from PO". '
        "Create it there, name another as income_account in [plugins.purchase_orders], or map it: qbferry "
        "map set Account."
    ) in (office.record().reason or "")
    with office.world.database.write() as tx:
        mapping.put(tx, None, [mapping.Mapping("Account", settings.income_account, "Product Sales")])
    office.world.run()
    assert office.record().transfer_status == "Transferred", office.record().reason
    items = {entry["FullName"]: entry for entry in office.world.company.entries("ItemInventory")}
    above, item = items["Wireless"], items["Wireless:Router"]
    assert item["IncomeAccountRef"]["FullName"] == "Product Sales"
    assert "ManufacturerPartNumber" not in above, "it is the product's own"


def test_a_product_quickbooks_does_not_have_fails_with_its_name(
    office: Office, order: Make, line: Make
) -> None:
    office.bring(order(lines=[line(product="Router")]), ready=True)
    office.world.run()
    assert 'QuickBooks has no item named "Router" (line 1).' in (office.record().reason or "")
    assert office.record().txn_id is None
