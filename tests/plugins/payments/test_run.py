"""Payments all the way: they wait for their invoices, and make them paid in the simulated company file."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qbferry.config import PluginSettings
from qbferry.errors import QbferryError
from qbferry.model import TransferStatus
from qbferry.plugin.manager import assemble
from qbferry.simulator import HResultError, Session

from .conftest import RECORD, SETTINGS, invoice

if TYPE_CHECKING:
    from qbferry.testing.installation import Installation

GOLDEN = Path(__file__).with_name("golden") / "plain.xml"


def owed(world: Installation) -> list[str]:
    return [row["BalanceRemaining"] for row in world.company.transactions("Invoice")]


def paid(number: int) -> list[dict[str, Any]]:
    return [{"invoice": f"INV-{number}", "amount": "300.00"}]


def test_it_pays_the_invoice_that_was_transferred(world: Installation) -> None:
    world.put("invoice", invoice())
    world.run()
    world.put("payment", RECORD)
    messages: list[str] = []
    world.run(watch=messages.append)
    assert world.statuses("payment") == {"PAY-3": "Transferred"}
    assert owed(world) == ["0.00"]
    [row] = world.company.transactions("ReceivePayment")
    assert (row["UnusedPayment"], row["PaymentMethodRef"]["FullName"]) == ("50.00", "Visa")
    [sent] = [message for message in messages if "<ReceivePaymentAdd>" in message]
    inner = sent.partition("<ReceivePaymentAdd>")[2].partition("</ReceivePaymentAddRq>")[0]
    body = "<ReceivePaymentAdd>" + inner
    guid = body.partition("<ExternalGUID>")[2].partition("<")[0]
    txn_id = world.record("invoice", "INV-1").txn_id or ""
    told = body.replace(guid, "{marker}").replace(txn_id, "{invoice}").replace("><", ">\n<") + "\n"
    assert told == GOLDEN.read_text("ascii")


def test_it_waits_for_its_invoice_and_goes_in_the_same_run(world: Installation) -> None:
    world.put("payment", *({**RECORD, "id": f"PAY-{n}", "invoices": paid(n)} for n in range(1, 4)))
    world.put("invoice", *(invoice(number) for number in range(1, 4)))
    world.run()
    assert set(world.statuses("payment").values()) == {"Transferred"}
    assert owed(world) == ["0.00"] * 3


def test_while_its_invoice_is_refused_it_stays_and_says_so(world: Installation) -> None:
    name = "No such item"
    world.put("invoice", invoice(lines=[{"item": name, "amount": "300.00"}]))
    world.put("payment", RECORD)
    world.run()
    assert world.statuses("payment") == {"PAY-3": "Pending/Failed"}
    told = 'QuickBooks does not have the invoice "INV-1", which failed for a reason of its own'
    assert (world.record("payment", "PAY-3").reason or "").startswith(told)
    with world.company.write():
        world.company.add_entry("ItemService", "items", name, name, is_active=True, data={})
    world.run()
    with suppress(QbferryError):  # unless it went behind its invoice
        world.run()
    assert world.statuses("payment") == {"PAY-3": "Transferred"}
    assert owed(world) == ["0.00"]


def test_an_invoice_that_was_never_imported_is_said(world: Installation) -> None:
    world.put("payment", RECORD)
    world.run()
    assert world.statuses("payment") == {"PAY-3": "Pending/Failed"}
    told = 'There is no invoice with the id "INV-1" here. Import it first'
    assert (world.record("payment", "PAY-3").reason or "").startswith(told)


def test_an_invoice_that_was_deleted_by_hand_is_said(world: Installation) -> None:
    world.put("invoice", invoice())
    world.run()
    with world.database.write() as tx:
        [row] = tx.records.by_id(1, "invoice", ["INV-1"]).values()
        row.deleted = True
        tx.records.save([row])
    world.put("payment", RECORD)
    world.run()
    assert world.statuses("payment") == {"PAY-3": "Pending/Failed"}
    assert "voided or deleted" in (world.record("payment", "PAY-3").reason or "")


class Dies:
    """QuickBooks executes the payment and dies before it answers."""

    def __init__(self) -> None:
        self.done = False

    def disturb(self, name: str) -> None:
        if self.done:
            raise HResultError("0x80040402")
        self.done = name == "ReceivePaymentAdd"


def test_one_whose_answer_was_lost_is_found_by_its_marker_and_not_sent_twice(world: Installation) -> None:
    world.put("invoice", invoice(), invoice(2))
    world.run()
    world.put("payment", RECORD, RECORD | {"id": "PAY-4", "invoices": paid(2)})
    world.run(Session(world.company, interference=Dies()))
    assert len(world.company.transactions("ReceivePayment")) == 1
    world.run()
    assert set(world.statuses("payment").values()) == {TransferStatus.TRANSFERRED}
    assert len(world.company.transactions("ReceivePayment")) == 2
    assert owed(world) == ["0.00", "0.00"]


def test_what_was_transferred_is_paid_also_without_the_invoices_plugin(world: Installation) -> None:
    world.put("invoice", invoice())
    world.run()
    world.put("payment", RECORD)
    settings = {"enabled": ["payments"], "payments": SETTINGS}
    world.plugins = assemble(PluginSettings.model_validate(settings))
    world.restart()
    world.run()
    assert owed(world) == ["0.00"]


def test_it_runs_only_where_it_is_named() -> None:
    assert "payment" not in assemble(PluginSettings()).entities
