from __future__ import annotations

import copy
import json
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.config import PluginSettings, TransferSettings
from qbferry.desk import readiness
from qbferry.desk.drawer import Drawer
from qbferry.intake import read, take_in
from qbferry.model import OnError, Record
from qbferry.model.record import write_state
from qbferry.plugin.manager import Plugins, assemble
from qbferry.simulator import Session
from qbferry.testing import make_record
from qbferry.testing.installation import Installation
from qbferry_purchase_orders.document import PurchaseOrderDocument
from qbferry_purchase_orders.plugin import PurchaseOrders
from qbferry_purchase_orders.state import OrderState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from qbferry.desk.readiness import Verdict
    from qbferry.intake import ImportReport
    from qbferry.model import RecordRow
    from qbferry.qbxml.response import Response
    from qbferry_purchase_orders.state import OrderRecord

LINE: dict[str, Any] = {
    "id": "1",
    "product": "Switch 24p",
    "manufacturer_part_number": "SW24",
    "quantity": "2",
    "unit_cost": "310.00",
    "organization": "Acme Corp",
    "received": "0",
}

RECORD: dict[str, Any] = {
    "id": "PO-5",
    "vendor": "Ingram Micro",
    "status": "Submitted",
    "external_po_number": None,
    "purchase_for": "Acme Corp",
    "ship_to": None,
    "shipping_type": "UPS",
    "freight": None,
    "general_memo": "Dock 4",
    "transmission": "none",
    "lines": [LINE],
}


@pytest.fixture
def order() -> Callable[..., dict[str, Any]]:
    """Makes a purchase order as JSON that may go, with some of its fields changed."""

    def make(**changes: Any) -> dict[str, Any]:
        return {**copy.deepcopy(RECORD), **changes}

    return make


@pytest.fixture
def line() -> Callable[..., dict[str, Any]]:
    """Makes a line as JSON, with some of its fields changed."""

    def make(number: int | str = 1, **changes: Any) -> dict[str, Any]:
        return {**LINE, "id": str(number), **changes}

    return make


@pytest.fixture
def document(order: Callable[..., dict[str, Any]]) -> Callable[..., PurchaseOrderDocument]:
    """Makes a purchase order that may go, with some of its fields changed."""

    def make(**changes: Any) -> PurchaseOrderDocument:
        return PurchaseOrderDocument.model_validate(order(**changes))

    return make


@pytest.fixture
def state() -> Callable[..., OrderState]:
    """Makes the state of an order QuickBooks has as number 7 with one line, some of its fields changed."""

    def make(**changes: Any) -> OrderState:
        there = OrderState(
            in_quickbooks=True, order_txn_id="C5-1", external_po_number="7", line_ids={"1": "C7-1"}
        )
        return there.replace(**changes)

    return make


@pytest.fixture
def record(
    order: Callable[..., dict[str, Any]], state: Callable[..., OrderState]
) -> Callable[..., OrderRecord]:
    """Makes a record of that order, with some fields of its document and its state changed."""
    plugins = Plugins({"purchase_orders": PurchaseOrders(PurchaseOrders.Settings())})

    def make(changes: dict[str, Any] | None = None, **kept: Any) -> OrderRecord:
        return make_record(plugins.entities["purchase_order"], order(**(changes or {})), state=state(**kept))

    return make


class Office:
    """An installation with purchase orders only, its source, its people and its bookkeeper.

    Attributes:
        world: The installation.
    """

    def __init__(self, world: Installation) -> None:
        self.world = world

    @contextmanager
    def drawer(self) -> Iterator[Drawer]:
        """The orders at hand, to be changed."""
        with (
            self.world.database.write() as tx,
            Drawer.open(
                tx, self.world.plugins, "purchase_order", None, OnError.CONTINUE, lock=True
            ) as drawer,
        ):
            yield drawer

    def bring(self, *documents: dict[str, Any], ready: bool = False) -> ImportReport:
        """Import what the source says now."""
        arrivals = read(
            self.world.plugins.entities["purchase_order"], [json.dumps(document) for document in documents]
        )
        with self.drawer() as drawer:
            return take_in(drawer, arrivals, ready=ready)

    def ready(self, name: str = "PO-5") -> Verdict:
        """Set an order ready."""
        with self.drawer() as drawer:
            [verdict] = readiness.set_ready(drawer, drawer.find([name]))
            return verdict

    def not_ready(self, name: str = "PO-5") -> None:
        """Set an order not ready."""
        with self.drawer() as drawer:
            assert all(verdict.changed for verdict in readiness.set_not_ready(drawer, drawer.find([name])))

    def record(self, name: str = "PO-5") -> RecordRow:
        """The order as it stands here."""
        return self.world.record("purchase_order", name)

    def state(self, name: str = "PO-5") -> OrderState:
        """What is remembered of it."""
        entity = self.world.plugins.entities["purchase_order"]
        state = Record.read(entity, self.record(name)).state
        assert isinstance(state, OrderState)
        return state

    def as_if(self, state: dict[str, Any], **fields: Any) -> None:
        """Let the order stand as after something that went wrong: its state and fields of its row."""
        row = replace(self.record(), **fields)
        row.state_text = write_state(self.state().replace(**state))
        with self.drawer() as drawer:
            drawer.touch(row, text=True)

    def orders(self) -> list[dict[str, Any]]:
        """The orders QuickBooks has."""
        return [row for row in self.world.company.transactions("PurchaseOrder") if not row["deleted"]]

    def receipts(self) -> list[dict[str, Any]]:
        """The item receipts QuickBooks has."""
        return [row for row in self.world.company.transactions("ItemReceipt") if not row["deleted"]]

    def by_hand(self, xml: str) -> Response:
        """What a bookkeeper does in QuickBooks."""
        from qbferry.qbxml.response import parse

        document = (
            '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
            f"{xml}</QBXMLMsgsRq></QBXML>"
        )
        [response] = parse(Session(self.world.company, "bookkeeper").process(document)).responses
        assert not response.is_error, response.message
        return response


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office; at the end its books must agree with QuickBooks'."""
    settings = TransferSettings(takeover_after=0, quiet_after_takeover=0, resend_after=0)
    plugins = assemble(PluginSettings(enabled=["purchase_orders"]))
    with Installation(tmp_path, plugins=plugins, settings=settings) as world:
        office = Office(world)
        yield office
        kept = {record.id: office.state(record.id) for record in world.records("purchase_order")}
        ours = {state.order_txn_id for state in kept.values() if state.in_quickbooks}
        cleared = {line.txn_id for name in kept for line in world.history(name)}
        assert {row["TxnID"] for row in office.orders()} <= ours | cleared, "QuickBooks has no order but ours"
