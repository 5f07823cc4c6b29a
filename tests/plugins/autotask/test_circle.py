"""The whole circle, from Autotask to QuickBooks and back; and the same when Autotask dies at any call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update
from tests.transfer.clocks import pass_by

from qbferry import QbferryError
from qbferry.config import PluginSettings
from qbferry.errors import HookError
from qbferry.plugin import discovery
from qbferry.plugin.manager import Plugins
from qbferry.simulator import bookkeeper
from qbferry.simulator.autotask import AutotaskServer, Office, Tenant, furnish
from qbferry.sources import Reader
from qbferry.store import tables
from qbferry.testing.installation import Installation
from qbferry.transfer import outbox
from qbferry_autotask.api import Api
from qbferry_autotask.plugin import Autotask
from qbferry_autotask.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from pathlib import Path

KINDS = ("invoices", "timesheets", "expenses", "purchase_orders")
BOOKS = {"Invoice": 3, "TimeTracking": 2, "Bill": 1, "PurchaseOrder": 1, "ItemReceipt": 1}
HOUR = timedelta(hours=1, minutes=1)


class Circle:
    """An Autotask, qbferry, and a QuickBooks."""

    def __init__(self, folder: Path, tenant: Tenant, given: Settings) -> None:
        self.tenant = tenant
        self.autotask = Autotask(given)
        self.autotask._made = Api(given, sleep=lambda _: None)
        chosen = discovery.choose(PluginSettings(enabled=[*KINDS]), discovery.installed())
        own = {plugin.name: discovery.load(plugin, {}) for plugin in chosen}
        self.world = Installation(folder, plugins=Plugins(own | {"autotask": self.autotask}))
        with self.world.company.write():
            settings = self.world.company.get("settings")
            self.world.company.put("settings", settings | {"paid_invoices": "unpaid"})
        self.dead = False
        self.deaths = 0

    def close(self) -> None:
        self.autotask.shutdown()
        self.world.close()

    def revive(self) -> None:
        """Let Autotask be there again, and all be tried that was put off."""
        self.dead = False
        self.deaths += 1
        with self.world.database.write() as tx:
            tx.connection.execute(update(tables.outbox).values(due_at=datetime.now(UTC)))

    def read(self) -> None:
        """Let the sources be read until all are."""
        reader = Reader(self.world.database, self.world.plugins, "continue")
        for name in self.world.plugins.supply.declared:
            while True:
                try:
                    reader.run(name)
                    break
                except HookError:
                    assert self.dead, "it fails only when Autotask does"
                    self.revive()

    def tell(self) -> None:
        """Let the outbox be delivered until it is empty."""
        while True:
            while outbox.deliver(self.world.database, self.world.plugins):
                pass
            with self.world.database.read() as tx:
                if not tx.outbox.waiting():
                    return
            assert self.dead, "it fails only when Autotask does"
            self.revive()

    def go(self, office: Office) -> None:
        """The first day, and the second: goods are received, an invoice is paid."""
        self.read()
        self.world.run()
        self.tell()
        self.tenant.add(
            "PurchaseOrderItemReceiving",
            purchaseOrderItemID=office.items[0],
            quantityNowReceiving=2,
            receiveDate=office.day,
        )
        self.tenant.set("PurchaseOrders", office.order, status="Received Partial")
        paid = self.world.record("invoice", str(office.invoices[0]))
        with self.world.company.write():
            bookkeeper.pay(self.world.company, {paid.txn_id or "": "120.00"}, office.day.isoformat())
        pass_by(self.world, HOUR)
        self.read()
        self.world.run()
        self.tell()

    def books(self) -> dict[str, int]:
        company = self.world.company
        return {kind: sum(not row["deleted"] for row in company.transactions(kind)) for kind in BOOKS}


def check(circle: Circle, office: Office) -> None:
    """Every record is in QuickBooks once, and Autotask knows of each."""
    assert circle.books() == BOOKS
    world, rows = circle.world, circle.tenant.rows
    for entity in ("invoice", "timesheet", "expense_report", "purchase_order"):
        for record in world.records(entity):
            assert (record.transfer_status, record.changed_since_transfer) == ("Transferred", False), record
    for key in office.invoices:
        row = rows["Invoices"][key]
        assert row["invoiceNumber"] == world.record("invoice", str(key)).ref_number
        assert row["webServiceDate"]
    assert rows["Invoices"][office.invoices[0]]["paidDate"][:10] == office.day.isoformat()
    report, order = rows["ExpenseReports"][office.report], rows["PurchaseOrders"][office.order]
    assert report["quickBooksReferenceNumber"] == str(office.report)
    [sent] = world.company.transactions("PurchaseOrder")
    assert order["externalPONumber"] == sent["RefNumber"]
    assert {name: count for name, count in circle.tenant.wrote.items() if count != 1} == {}


@pytest.fixture
def circle_of(tmp_path: Path, today: date) -> Iterator[Callable[..., tuple[Circle, Office]]]:
    made: list[Any] = []

    def make() -> tuple[Circle, Office]:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        tenant = Tenant()
        office = furnish(tenant, today)
        server = AutotaskServer(tenant).__enter__()
        given = Settings.model_validate(
            {
                "user": server.user,
                "secret": server.secret,
                "integration_code": server.code,
                "url": server.url,
                "ready": True,
            }
        )
        circle = Circle(folder, tenant, given)
        made.append((circle, server))
        return circle, office

    yield make
    for circle, server in made:
        circle.close()
        server.__exit__()


def test_records_go_from_autotask_to_quickbooks_and_what_became_of_them_back(
    circle_of: Callable[..., tuple[Circle, Office]],
) -> None:
    circle, office = circle_of()
    of_a_file = {"id": "INV-1", "organization": "Acme Corp", "invoice_date": "2026-10-31"}
    circle.world.put("invoice", of_a_file | {"lines": [{"item": "Labor~Remote", "amount": "0.00"}]})
    circle.world.run()
    circle.tell()
    assert circle.tenant.calls == [], "Autotask hears nothing of what is not its own"
    for invoice in circle.world.company.transactions("Invoice"):
        with circle.world.company.write():
            bookkeeper.delete(circle.world.company, invoice["TxnID"])
    circle.go(office)
    check(circle, office)
    writes = sum(circle.tenant.wrote.values())
    circle.read()
    with pytest.raises(QbferryError, match="none"):
        circle.world.run()  # there is nothing to send
    circle.tell()
    check(circle, office)
    assert sum(circle.tenant.wrote.values()) == writes, "nothing is told that Autotask knows"


@pytest.mark.parametrize("how", ["reset", "lost", "502"])
def test_autotask_dies_at_any_call(circle_of: Callable[..., tuple[Circle, Office]], how: str) -> None:
    """The call is not begun, or done and its answer is lost; and nothing answers for an hour after it."""
    circle, office = circle_of()
    circle.go(office)
    calls = len(circle.tenant.calls)
    assert calls > 40
    writes = {number for number, call in enumerate(circle.tenant.calls, 1) if call[0] == "PATCH"}
    assert len(writes) > 5
    # Of reads each dies once, in one of these ways; a write in all of them.
    for fatal in sorted({*range({"reset": 1, "lost": 2, "502": 3}[how], calls + 1, 3)} | writes):
        circle, office = circle_of()

        def fault(number: int, *_: str, circle: Circle = circle, fatal: int = fatal) -> str:
            if number == fatal:
                circle.dead = True
                return how
            return "reset" if circle.dead else ""

        circle.tenant.fault = fault
        circle.go(office)
        assert circle.deaths == 1, f"call {fatal} of {calls} was not the end of it"
        check(circle, office)
