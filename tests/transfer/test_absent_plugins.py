"""Records of a plugin that is not enabled: their answers are booked, nothing of them is sent, and it is told
once it is back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.plain import plain

from qbferry import hookimpl
from qbferry.desk import readiness
from qbferry.desk.drawer import Drawer
from qbferry.plugin.manager import Plugins, assemble
from qbferry.simulator import HResultError, Session
from qbferry.testing.audit import audit
from qbferry.testing.installation import PASSWORD, USER, Installation
from qbferry_timesheets.plugin import Timesheets
from qbferry_timesheets.settings import Settings as TimesheetSettings

from .odd import Owner, installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from qbferry import Entity, Response

    Make = Callable[..., dict[str, Any]]


class Learning(Owner):
    """Invoices whose plugin keeps their number, and notes what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.fails = False

    @hookimpl
    def handle_response(self, record: Any, request: Any, response: Response) -> None:
        self.asked.append(f"handle_response {record.id} {response.status_code}")
        if self.fails:
            raise KeyError("rate")
        number = response.text("InvoiceRet/RefNumber")
        record.state = record.state.replace(count=int(number or 0))

    @hookimpl
    def after_transfer(self, record: Any, outcomes: Any) -> None:
        self.asked.append(f"after_transfer {record.id}")


class World:
    """An installation whose invoices plugin comes and goes; timesheets stay."""

    def __init__(self, installed: Installation, invoices: Learning, timesheets: Timesheets) -> None:
        self.installed = installed
        self.invoices = invoices
        self._with = Plugins({"invoices": invoices, "timesheets": timesheets})
        self._without = Plugins({"timesheets": timesheets})
        self.messages: list[str] = []

    def restart(self, *, with_invoices: bool) -> None:
        """Begin as a new server process with other settings would."""
        self.installed.plugins = self._with if with_invoices else self._without
        self.installed.restart()

    def run(self, quickbooks: Session | None = None) -> list[int]:
        return self.installed.run(quickbooks, watch=self.messages.append)

    @property
    def adds(self) -> int:
        return sum(message.count("<InvoiceAddRq") for message in self.messages)

    @property
    def idle(self) -> bool:
        return self.installed.exchange.authenticate(USER, PASSWORD).answer == "none"

    def kinds(self, record_id: str) -> list[str]:
        return [line.kind for line in self.installed.history(record_id)]

    @property
    def there(self) -> dict[str, str]:
        """TxnID -> number of the invoices in QuickBooks."""
        return {row["TxnID"]: row["RefNumber"] for row in self.installed.company.transactions("Invoice")}


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    invoices, timesheets = Learning(), Timesheets(TimesheetSettings())
    plugins = {"invoices": invoices, "timesheets": timesheets}
    with installation(tmp_path, plugins, url=database_url) as installed:
        found = World(installed, invoices, timesheets)
        yield found
        found.restart(with_invoices=True)
        audit(installed)


class DiesAt:
    """QuickBooks dies before the n-th invoice."""

    def __init__(self, number: int) -> None:
        self._left = number

    def disturb(self, name: str) -> None:
        self._left -= name == "InvoiceAdd"
        if not self._left:
            raise HResultError("0x80040402")


TIMESHEET: dict[str, Any] = {
    "id": "TS-1",
    "resource": "Smith, Ann",
    "period_start": "2026-10-25",
    "period_end": "2026-10-31",
    "status": "Approved",
    "entries": [
        {
            "id": "1",
            "date": "2026-10-26",
            "hours": "7.50",
            "organization": "Acme Corp",
            "item": "Labor~Remote",
            "billable": True,
        }
    ],
}


def answered(world: World) -> None:
    """The answer comes while the plugin is away, to the very run."""
    installed, quickbooks = world.installed, Session(world.installed.company)
    ticket = installed.begin()
    answer = quickbooks.process(installed.send(ticket))
    world.restart(with_invoices=False)
    while installed.receive(ticket, answer) < 100:
        world.messages.append(installed.send(ticket))
        answer = quickbooks.process(world.messages[-1])
    installed.exchange.close(ticket)


def stored(world: World) -> None:
    """The answer was lost; QuickBooks has kept it, and is asked while the plugin is away."""
    installed = world.installed
    Session(installed.company).process(installed.send(installed.begin()))
    world.restart(with_invoices=False)
    assert world.run()[-1] == 100


def searched(world: World) -> None:
    """QuickBooks died behind the first invoice; it is searched for while the plugin is away."""
    installed = world.installed
    assert world.run(Session(installed.company, interference=DiesAt(2))) == [-1]
    world.messages.clear()
    world.restart(with_invoices=False)
    assert world.run()[-1] == 100
    assert any("InvoiceQuery" in message for message in world.messages)


@pytest.mark.parametrize("came", [answered, stored, searched])
def test_what_quickbooks_did_is_booked_and_told_when_the_plugin_is_back(
    world: World, invoice: Make, came: Callable[[World], None]
) -> None:
    world.installed.put("invoice", invoice(1), invoice(2))
    came(world)
    count = 1 if came is searched else 2
    sent = [f"INV-{number}" for number in range(1, count + 1)]
    assert world.adds == 0
    assert world.invoices.asked == []
    assert len(world.there) == count
    for name in sent:
        row = world.installed.record("invoice", name)
        assert row.transfer_status == "Pending", "only its plugin can say what it is now"
        assert row.done == {"invoice": row.txn_id}
        assert world.there[row.txn_id or ""] == row.ref_number
        assert world.kinds(name) == ["Sent"]
        assert world.installed.history(name)[0].txn_id == row.txn_id
        assert row.state_text == ""
    [message] = world.installed.messages()
    assert message.settled_at
    assert len(message.owed) == count

    assert world.idle, "nothing of theirs is due without their plugin"
    world.installed.put("timesheet", TIMESHEET)
    assert world.run()[-1] == 100
    assert world.installed.statuses("timesheet") == {"TS-1": "Transferred"}, "others go on"
    assert world.adds == 0

    world.restart(with_invoices=True)
    world.messages.clear()
    assert world.run()[-1] == 100
    assert world.installed.statuses("invoice") == {"INV-1": "Transferred", "INV-2": "Transferred"}
    assert world.adds == 2 - count, "what QuickBooks has is not sent again"
    assert len(world.there) == 2
    for name in sent:
        row = world.installed.record("invoice", name)
        assert row.state["count"] == int(row.ref_number or 0)
        assert world.invoices.asked.count(f"handle_response {name} 0") == 1
        assert world.invoices.asked.count(f"after_transfer {name}") == 1
        assert world.kinds(name) == ["Sent"], "what was booked is not booked again"
    assert not any(message.owed for message in world.installed.messages())


def test_a_refusal_is_booked_and_told_as_well(world: World, invoice: Make) -> None:
    world.installed.put("invoice", invoice(1, organization="Nobody Inc"), invoice(2))
    answered(world)
    assert world.kinds("INV-1") == ["Rejected"]
    assert world.installed.record("invoice", "INV-1").transfer_status == "Pending"
    assert world.idle
    world.restart(with_invoices=True)
    assert world.run()[-1] == 100
    assert world.installed.statuses("invoice") == {"INV-1": "Pending/Failed", "INV-2": "Transferred"}
    assert "Nobody Inc" in (world.installed.record("invoice", "INV-1").reason or "")
    assert world.invoices.asked.count("handle_response INV-1 3140") == 2, "owed, and when it went again"
    assert world.kinds("INV-1") == ["Rejected", "Rejected"]
    assert len(world.there) == 1


def test_a_plugin_that_fails_when_it_is_told_fails_its_record_and_nothing_goes_again(
    world: World, invoice: Make
) -> None:
    world.installed.put("invoice", invoice(1))
    answered(world)
    world.restart(with_invoices=True)
    world.invoices.fails = True
    assert world.run()[-1] == 100
    assert world.kinds("INV-1") == ["Sent", "Rejected"]
    told = world.installed.history("INV-1")[-1].reason or ""
    assert "The plugin invoices failed in handle_response for this invoice: KeyError: 'rate'" in told
    assert world.installed.statuses("invoice") == {"INV-1": "Transferred"}, "QuickBooks has all of it"
    assert world.adds == 0
    assert len(world.there) == 1


def test_what_was_lost_before_its_plugin_heard_of_it_is_told_once_it_went_again(
    world: World, invoice: Make, backup: Path
) -> None:
    world.installed.company.backup(backup)
    world.installed.put("invoice", invoice(1))
    answered(world)
    world.installed.company.restore(backup)
    world.installed.put("timesheet", TIMESHEET)
    world.run()
    assert world.kinds("INV-1") == ["Sent", "Lost"]
    assert world.installed.messages()[0].owed == []
    world.restart(with_invoices=True)
    world.run()
    assert (world.adds, len(world.there)) == (1, 1)
    assert world.invoices.asked == ["handle_response INV-1 0", "after_transfer INV-1"]


def test_what_was_set_not_ready_meanwhile_is_transferred_all_the_same(world: World, invoice: Make) -> None:
    world.installed.put("invoice", invoice(1))
    answered(world)
    with (
        world.installed.database.write() as tx,
        Drawer.open(tx, world.installed.plugins, "invoice", None, "continue", lock=True) as drawer,
    ):
        list(readiness.set_not_ready(drawer, drawer.find(["INV-1"])))
    assert world.installed.statuses("invoice") == {"INV-1": "Not Transferred"}
    world.restart(with_invoices=True)
    assert world.run()[-1] == 100, "what is owed to a plugin is worth a run"
    assert world.installed.statuses("invoice") == {"INV-1": "Transferred"}
    assert world.adds == 0
    assert len(world.there) == 1


def test_it_is_told_as_one_answer_a_call_when_there_is_no_time(world: World, invoice: Make) -> None:
    world.installed.put("invoice", *(invoice(number) for number in range(4)))
    answered(world)
    world.installed.settings.call_seconds = 0
    world.restart(with_invoices=True)
    percents = world.run()
    assert percents[-1] == 100
    assert len(percents) >= 4
    assert set(world.installed.statuses("invoice").values()) == {"Transferred"}
    assert len(world.there) == 4


ORDER: dict[str, Any] = {
    "id": "PO-1",
    "vendor": "Ingram Micro",
    "status": "Submitted",
    "purchase_for": "Acme Corp",
    "shipping_type": "UPS",
    "transmission": "none",
    "lines": [
        {"id": "1", "product": "Switch 24p", "quantity": "2", "unit_cost": "310.00", "received": "0"},
    ],
}


def test_a_plugin_that_was_away_in_the_middle_of_several_steps_goes_on_where_it_was(
    tmp_path: Path, database_url: str
) -> None:
    with Installation(tmp_path, url=database_url) as office:
        all_of_them, without = office.plugins, assemble(plain("invoices"))
        office.put("purchase_order", {**ORDER, "lines": [{**ORDER["lines"][0], "received": "1"}]})
        ticket, quickbooks = office.begin(), Session(office.company)
        asked: list[str] = []
        while "PurchaseOrderQuery" not in (asked[-1] if asked else ""):
            if asked:
                office.receive(ticket, quickbooks.process(asked[-1]))
            asked.append(office.send(ticket))
        answer = quickbooks.process(asked[-1])

        office.plugins = without
        office.restart()
        office.receive(ticket, answer)
        assert office.record("purchase_order", "PO-1").transfer_status == "Pending"
        assert office.exchange.authenticate(USER, PASSWORD).answer == "none"

        office.plugins = all_of_them
        office.restart()
        office.run(quickbooks)
        assert office.statuses("purchase_order") == {"PO-1": "Transferred"}
        assert len(office.company.transactions("PurchaseOrder")) == 1
        assert len(office.company.transactions("ItemReceipt")) == 1
        sent = [line.request for line in office.history("PO-1") if line.kind == "Sent"]
        assert sent == ["PurchaseOrderAdd", "ItemReceiptAdd"], "a question that was answered is nothing sent"
        audit(office)


class Renamed(Learning):
    """The same plugin, a version later: its entity has another name."""

    @hookimpl
    def entities(self) -> Iterable[Entity]:
        [entity] = super().entities()
        return [replace(entity, name="sales_invoice")]


@pytest.mark.parametrize("came", [answered, stored, searched])
def test_an_entity_that_was_renamed_meanwhile_is_booked_and_goes_on_under_its_name(
    world: World, invoice: Make, came: Callable[[World], None]
) -> None:
    """What was sent under a name is known by it alone, so that nothing of it goes under another."""
    renamed = Renamed()
    world._without = Plugins({"invoices": renamed, "timesheets": Timesheets(TimesheetSettings())})
    world.installed.put("invoice", invoice(1), invoice(2))
    came(world)
    count = len(world.there)
    assert world.adds == 0
    assert renamed.asked == []
    assert [world.kinds(f"INV-{number}") for number in range(1, count + 1)] == [["Sent"]] * count
    world.installed.put("sales_invoice", invoice(3))
    assert world.run()[-1] == 100
    assert world.installed.statuses("sales_invoice") == {"INV-3": "Transferred"}
    assert world.adds == 1
    assert len(world.there) == count + 1

    world.restart(with_invoices=True)
    assert world.run()[-1] == 100
    assert world.installed.statuses("invoice") == {"INV-1": "Transferred", "INV-2": "Transferred"}
    assert len(world.there) == 3


@pytest.mark.parametrize("first", [True, False], ids=["newer process first", "older process first"])
@pytest.mark.parametrize("dies", [0, 2], ids=["all goes well", "QuickBooks dies"])
def test_calls_of_a_run_reach_processes_with_and_without_the_plugin_by_turns(
    world: World, invoice: Make, first: bool, dies: int
) -> None:
    """Of several processes one still has an older configuration; any of them may get any call."""
    installed, company = world.installed, world.installed.company
    installed.settings.requests_per_message = 2
    installed.put("invoice", *(invoice(number) for number in range(5)))
    installed.put("timesheet", TIMESHEET)
    turn, quickbooks = first, Session(company, interference=DiesAt(dies) if dies else None)
    for _ in range(8):
        world.restart(with_invoices=True)
        grant = installed.exchange.authenticate(USER, PASSWORD)
        if grant.answer == "none":
            break
        percent = 0
        while 0 <= percent < 100:
            world.restart(with_invoices=turn)
            message = installed.send(grant.ticket)
            world.messages.append(message)
            turn = not turn
            world.restart(with_invoices=turn)
            try:
                percent = installed.receive(grant.ticket, quickbooks.process(message))
            except HResultError as error:
                percent = installed.exchange.receive_response(grant.ticket, "", error.hresult, "")
                quickbooks = Session(company)
        installed.exchange.close(grant.ticket)
        turn = not turn
    assert grant.answer == "none", "it comes to rest"
    assert set(installed.statuses("invoice").values()) == {"Transferred"}
    assert installed.statuses("timesheet") == {"TS-1": "Transferred"}
    assert len(world.there) == 5
    assert {row.txn_id for row in installed.records("invoice")} == {*world.there}
