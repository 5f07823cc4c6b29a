"""``qbferry demo --autotask``: records from a simulated Autotask, and what became of them back there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from qbferry.app import build
from qbferry.config import PluginSettings, Settings
from qbferry.desk import connectors
from qbferry.output import notice, say, say_block, say_json, table
from qbferry.simulator import CompanyFile, WebConnector
from qbferry.simulator.autotask import AutotaskServer, Tenant, furnish
from qbferry.sources import Reader
from qbferry.stage import Stage
from qbferry.store.records import Filter
from qbferry.transfer import outbox

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["show"]

USER = "demo"

ENABLED = ["invoices", "timesheets", "expenses", "purchase_orders", "autotask"]

BOOKS = {"Invoice": 3, "TimeTracking": 2, "Bill": 1, "PurchaseOrder": 1, "ItemReceipt": 1}
"""What QuickBooks must have at the end."""

BACK = {
    "invoice": ("Invoices", "invoiceNumber"),
    "expense_report": ("ExpenseReports", "quickBooksReferenceNumber"),
    "purchase_order": ("PurchaseOrders", "externalPONumber"),
}
"""Where Autotask learns the number of a record; of time it cannot learn any."""


@dataclass(frozen=True, slots=True)
class Told:
    """A record at the end, and what Autotask knows of it."""

    entity: str
    id: str
    status: str
    number: str | None
    field: str | None
    value: str | None

    @property
    def as_expected(self) -> bool:
        """Whether QuickBooks has it, and Autotask knows where it can."""
        return self.status == "Transferred" and (self.field is None or self.value is not None)


def show(folder: Path, *, as_json: bool) -> bool:
    """Go the whole circle twice, and tell what came of it; whether all is as it should be.

    Raises:
        PluginError: What the plugin needs is not installed.
    """
    tenant = Tenant()
    office = furnish(tenant, datetime.now(UTC).date())
    with AutotaskServer(tenant) as server:
        circle = _Circle(folder, server)
        try:
            circle.turn("Day 1")
            tenant.set("PurchaseOrders", office.order, status="Received Partial")
            tenant.add(
                "PurchaseOrderItemReceiving",
                purchaseOrderItemID=office.items[0],
                quantityNowReceiving=2,
                receiveDate=office.day,
            )
            circle.turn("Day 2, after goods were received in Autotask")
            told, books = circle.told(tenant), circle.books()
        finally:
            circle.close()
    good = books == BOOKS and all(one.as_expected for one in told)
    if as_json:
        say_json(
            {
                "records": [
                    {
                        "entity": one.entity,
                        "id": one.id,
                        "transfer_status": one.status,
                        "ref_number": one.number,
                        "autotask_field": one.field,
                        "autotask_value": one.value,
                        "as_expected": one.as_expected,
                    }
                    for one in told
                ],
                "books": books,
            }
        )
        return good
    say_block("\nFrom Autotask into QuickBooks, and back")
    table(
        ["Record", "Id in Autotask", "Status", "In QuickBooks", "Field of Autotask", "Holds now"],
        ((one.entity, one.id, one.status, one.number, one.field, one.value) for one in told),
        nothing="Nothing came.",
    )
    held = ", ".join(f"{count} {kind}" for kind, count in books.items())
    say_block(f"\nQuickBooks has {held}{'' if good else ', and something is NOT AS EXPECTED'}.")
    say("Set up your own: docs/autotask.md.")
    return good


class _Circle:
    """qbferry between an Autotask and a company file, in one folder."""

    def __init__(self, folder: Path, server: AutotaskServer) -> None:
        given = {
            "user": server.user,
            "secret": server.secret,
            "integration_code": server.code,
            "url": server.url,
            "ready": True,
        }
        settings = Settings.model_construct(
            database_url=f"sqlite:///{folder / 'qbferry.sqlite3'}",
            public_url="http://localhost:8080",
            plugins=PluginSettings.model_validate({"enabled": ENABLED, "autotask": given}),
        )
        self._app = build(settings)
        self._company = CompanyFile.open(folder / "company.sqlite3")
        self._password = connectors.make_password()
        with self._app.database.write() as tx:
            connectors.add(tx, USER, user=USER, password=self._password)

    def close(self) -> None:
        """Let go of both files."""
        self._company.close()
        self._app.close()

    def turn(self, day: str) -> None:
        """Read, let a Web Connector make one run, and tell Autotask."""
        app = self._app
        reader = Reader(app.database, app.plugins, app.settings.transfer.on_error)
        read = [reader.run(name) for name in app.plugins.supply.declared]
        with Stage(app) as stage:
            report = WebConnector(stage.url, USER, self._password, self._company).run()
            while outbox.deliver(app.database, app.plugins):
                pass
        new, changed = (sum(getattr(one, what) for one in read) for what in ("created", "changed"))
        notice(f"{day}: {new} new records, {changed} changed. {report.sentence}")

    def told(self, tenant: Tenant) -> list[Told]:
        """Every record, and what Autotask knows of it."""
        found: list[Told] = []
        with self._app.database.read() as tx:
            connector = tx.connectors.named(None).id
            for name in self._app.plugins.entities:
                for row in tx.records.page(connector, name, Filter(), limit=None):
                    place, field = BACK.get(name, (None, None))
                    value = tenant.rows[place][int(row.id)][field] if place and field else None
                    shown = place and f"{place}.{field}"
                    found.append(Told(name, row.id, str(row.transfer_status), row.ref_number, shown, value))
        return found

    def books(self) -> dict[str, int]:
        """How many transactions of each kind the company file has."""
        return {kind: sum(not row["deleted"] for row in self._company.transactions(kind)) for kind in BOOKS}
