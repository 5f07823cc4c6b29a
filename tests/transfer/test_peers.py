"""Records that refer to other records: a payment names its invoice, and goes when QuickBooks has that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.plain import INVOICES

from qbferry import Connector, Document, Entity, Names, Record, Reference, Request, Target, hookimpl
from qbferry.config import TransferSettings
from qbferry.model import TransferStatus
from qbferry.plugin.manager import Plugins
from qbferry.testing.installation import Installation
from qbferry_invoices.plugin import Invoices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

TEMPLATE = """
<ReceivePaymentAdd>
  {{ ref("CustomerRef", customer) }}
  {{ el("TotalAmount", "300.00") }}
  {{ el("ExternalGUID", marker) }}
  <AppliedToTxnAdd>
    {{ el("TxnID", invoice) }}
    {{ el("PaymentAmount", "300.00") }}
  </AppliedToTxnAdd>
</ReceivePaymentAdd>
"""

INVOICE = Target(label="invoice", record="invoice", remedy="Import it as well.")


class Receipt(Document):
    invoice: str


class Receipts:
    """Owns receipts, each of one invoice that is paid whole."""

    def __init__(self, folder: Path) -> None:
        (folder / "ReceivePaymentAdd.xml.j2").write_text(TEMPLATE, "utf-8")
        self._folder = folder

    @hookimpl
    def entities(self) -> Iterable[Entity]:
        return [
            Entity(
                name="receipt",
                label="Receipt",
                plural="Receipts",
                document=Receipt,
                requests=("ReceivePaymentAdd",),
                targets=(INVOICE,),
                templates=self._folder,
                order=1,  # before invoices, to have to wait for them
            )
        ]

    @hookimpl
    def references(self, record: Record[Receipt, Any]) -> Iterable[Reference]:
        return [Reference(at="invoice", target=INVOICE, name=record.document.invoice)]

    @hookimpl
    def build_requests(self, connector: Connector, names: Names) -> Iterable[Request]:
        fields = {"customer": "Acme Corp", "invoice": names["invoice"].txn_id}
        return [Request(key="receipt", name="ReceivePaymentAdd", fields=fields)]


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    """An installation with invoices and receipts, two requests a message."""
    templates = tmp_path / "templates"
    templates.mkdir()
    plugins = Plugins({"invoices": Invoices(INVOICES), "receipts": Receipts(templates)})
    settings = TransferSettings(takeover_after=0, requests_per_message=2)
    with Installation(tmp_path, plugins=plugins, settings=settings, url=database_url) as installation:
        yield installation


def receipt(number: int) -> dict[str, Any]:
    return {"id": f"R-{number}", "invoice": f"INV-{number}"}


def test_they_go_behind_what_they_name_in_the_same_run(
    world: Installation, invoice: Callable[..., dict[str, Any]]
) -> None:
    numbers = range(1, 6)
    world.put("receipt", *map(receipt, numbers))
    world.put("invoice", *map(invoice, numbers))
    world.run()
    assert set(world.statuses("receipt").values()) == {"Transferred"}
    paid = {
        payment["AppliedToTxnRet"][0]["TxnID"] for payment in world.company.transactions("ReceivePayment")
    }
    assert paid == {record.txn_id for record in world.records("invoice")}


@pytest.mark.parametrize(
    ("standing", "sentence"),
    [
        (None, 'There is no invoice with the id "INV-1" here. Import it as well.'),
        ("not ready", 'QuickBooks does not have the invoice "INV-1"; set that ready as well.'),
        ("failed", 'QuickBooks does not have the invoice "INV-1", which failed for a reason of its own'),
        ("deleted", 'QuickBooks has the invoice "INV-1" no more: it was voided or deleted there.'),
        ("in doubt", 'Nobody can tell whether QuickBooks has the invoice "INV-1"'),
    ],
)
def test_what_is_not_there_is_said_before_anything_is_sent(
    world: Installation,
    invoice: Callable[..., dict[str, Any]],
    standing: str | None,
    sentence: str,
) -> None:
    if standing:
        world.put("invoice", invoice(1, organization="Nobody" if standing == "failed" else "Acme Corp"))
        with world.database.write() as tx:
            [row] = tx.records.by_id(1, "invoice", ["INV-1"]).values()
            if standing == "not ready":
                row.transfer_status, row.queue_position = TransferStatus.NOT_TRANSFERRED, None
            row.in_doubt = standing == "in doubt"
            tx.records.save([row])
        if standing not in {"in doubt", "not ready"}:
            world.run()
    if standing == "deleted":
        with world.database.write() as tx:
            [row] = tx.records.by_id(1, "invoice", ["INV-1"]).values()
            row.deleted = True
            tx.records.save([row])
    world.put("receipt", receipt(1))
    messages: list[str] = []
    world.run(watch=messages.append)
    assert "ReceivePaymentAdd" not in "".join(messages)
    reason = world.record("receipt", "R-1").reason or ""
    assert reason.startswith(sentence), reason


def test_what_waits_for_a_plugin_that_is_away_fails_with_that_reason(
    world: Installation, invoice: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    world.put("invoice", invoice(1))
    world.put("receipt", receipt(1), receipt(1) | {"id": "R-2"})
    world.plugins = Plugins({"receipts": Receipts(tmp_path)})
    world.restart()
    world.run()
    assert set(world.statuses("receipt").values()) == {"Pending/Failed"}
    assert world.record("receipt", "R-2").reason == (
        'It waits for the invoice "INV-1", which QuickBooks does not have yet.'
    )
