"""A company file restored while a plugin is absent: all kinds are asked for that there ever were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry import Nothing, Skip, hookimpl
from qbferry.desk.readiness import set_not_ready
from qbferry.plugin.manager import Plugins
from qbferry.simulator import Session
from qbferry.testing.audit import audit
from qbferry.testing.installation import PASSWORD, USER, Installation
from qbferry_timesheets.plugin import Timesheets
from qbferry_timesheets.settings import Settings as TimesheetSettings

from .odd import Owner, installation
from .restored import at_desk, by_hand, live, run, sent
from .test_absent_plugins import TIMESHEET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from qbferry import News

    Make = Callable[..., dict[str, Any]]


class Forgetful(Owner):
    """Invoices whose plugin counts transfers in its state, and notes what it forgets and tells."""

    def __init__(self) -> None:
        super().__init__()
        self.forgotten: list[tuple[str, dict[str, str]]] = []
        self.told: list[str] = []
        self.answer: Any = None

    @hookimpl
    def forget(self, record: Any, lost: Mapping[str, str]) -> Any:
        self.forgotten.append((record.id, dict(lost)))
        record.state = record.state.replace(count=99)
        return self.answer

    @hookimpl
    def update_source(self, record: Any, news: News) -> None:
        self.told.append(f"{record.id} {news.kind}")


class World:
    """An installation whose invoices plugin comes and goes; timesheets stay."""

    def __init__(self, installed: Installation, invoices: Forgetful, timesheets: Timesheets) -> None:
        self.installed, self.invoices = installed, invoices
        self._with = Plugins({"invoices": invoices, "timesheets": timesheets})
        self._without = Plugins({"timesheets": timesheets})

    def restart(self, *, with_invoices: bool) -> None:
        self.installed.plugins = self._with if with_invoices else self._without
        self.installed.restart()

    def tell(self) -> None:
        from qbferry.transfer.outbox import deliver

        while deliver(self.installed.database, self.installed.plugins):
            pass


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    invoices, timesheets = Forgetful(), Timesheets(TimesheetSettings())
    plugins = {"invoices": invoices, "timesheets": timesheets}
    with installation(tmp_path, plugins, url=database_url) as installed:
        found = World(installed, invoices, timesheets)
        yield found
        found.restart(with_invoices=True)
        audit(installed)


def restored_without_plugin(world: World, invoice: Make, backup: Path) -> list[str]:
    """Three invoices are lost while their plugin is away; the messages of the run that sees it."""
    installed = world.installed
    installed.company.backup(backup)
    installed.put("invoice", *(invoice(number) for number in (1, 2, 3)))
    run(installed)
    installed.company.restore(backup)
    world.restart(with_invoices=False)
    installed.put("timesheet", TIMESHEET)
    return run(installed)


def test_what_was_lost_while_its_plugin_was_away_goes_again_once_it_is_back(
    world: World, invoice: Make, backup: Path
) -> None:
    installed = world.installed
    messages = restored_without_plugin(world, invoice, backup)
    assert sent(messages, "InvoiceQuery"), "the plugin's kinds are asked for all the same"
    assert sent(messages) == 0
    assert [record.transfer_status for record in installed_rows(installed)] == ["Pending"] * 3
    assert [line.kind for line in installed.history("INV-1")] == ["Sent", "Lost"]
    assert installed.exchange.authenticate(USER, PASSWORD).answer == "none", "it waits for its plugin"
    world.restart(with_invoices=True)
    assert sent(run(installed)) == 3
    assert live(installed) == 3
    assert set(installed.statuses("invoice").values()) == {"Transferred"}
    assert [name for name, _ in world.invoices.forgotten] == ["INV-1", "INV-2", "INV-3"]
    assert all(lost.keys() == {"invoice"} for _, lost in world.invoices.forgotten)
    assert installed.record("invoice", "INV-1").state["count"] == 99, "it went back before it was sent again"
    world.tell()
    assert [told for told in world.invoices.told if "INV-2" in told] == [
        "INV-2 sent",
        "INV-2 lost",
        "INV-2 sent",
    ]


def test_it_does_not_run_ahead_of_them_when_nothing_was_lost_before(
    world: World, invoice: Make, backup: Path
) -> None:
    """One mark for all kinds: a run without the plugin may not move it over lines it has not asked about."""
    installed = world.installed
    installed.company.backup(backup)
    installed.put("invoice", invoice(1))
    run(installed)
    world.restart(with_invoices=False)
    installed.put("timesheet", TIMESHEET, {**TIMESHEET, "id": "TS-2"})
    run(installed)
    installed.company.restore(backup)
    installed.put("timesheet", {**TIMESHEET, "id": "TS-3"})
    run(installed)
    world.restart(with_invoices=True)
    run(installed)
    assert live(installed) == 1


@pytest.mark.parametrize("answer", [Nothing(), Skip("Its order was cancelled.")], ids=["nothing", "skip"])
def test_a_plugin_that_is_back_may_keep_it_from_going_again(
    world: World, invoice: Make, backup: Path, answer: Any
) -> None:
    restored_without_plugin(world, invoice, backup)
    world.restart(with_invoices=True)
    world.invoices.answer = answer
    assert sent(run(world.installed)) == 0
    row = world.installed.record("invoice", "INV-1")
    if isinstance(answer, Nothing):
        assert str(row.transfer_status) == "Not Transferred"
    else:
        assert str(row.transfer_status) == "Pending/Failed"
        assert row.reason == "The company file was restored from a backup. Its order was cancelled."
    assert row.queue_position is None
    assert not row.lost


def test_what_a_person_took_out_meanwhile_is_told_and_stays(
    world: World, invoice: Make, backup: Path
) -> None:
    restored_without_plugin(world, invoice, backup)
    with at_desk(world.installed) as drawer:
        assert [verdict.changed for verdict in set_not_ready(drawer, drawer.find(["INV-1"]))] == [True]
    world.restart(with_invoices=True)
    assert sent(run(world.installed)) == 2
    assert len(world.invoices.forgotten) == 3
    assert world.installed.statuses("invoice")["INV-1"] == "Not Transferred"


def test_what_was_deleted_by_hand_while_its_plugin_was_away_is_told_once_it_is_back(
    world: World, invoice: Make
) -> None:
    installed = world.installed
    installed.put("invoice", invoice(1))
    run(installed)
    world.restart(with_invoices=False)
    [made] = installed.company.transactions("Invoice")
    by_hand(installed, "Invoice", made["TxnID"])
    installed.put("timesheet", TIMESHEET)
    installed.run(Session(installed.company))
    assert [line.kind for line in installed.history("INV-1")] == ["Sent", "Deleted"]
    world.restart(with_invoices=True)
    run(installed)
    world.tell()
    assert world.invoices.told == ["INV-1 sent", "INV-1 deleted"]
    assert world.invoices.forgotten == []
    assert sent(run_if_due(installed)) == 0


def installed_rows(installed: Installation) -> list[Any]:
    with installed.database.read() as tx:
        return [*tx.records.by_id(1, "invoice", ["INV-1", "INV-2", "INV-3"]).values()]


def run_if_due(installed: Installation) -> list[str]:
    due = installed.exchange.authenticate(USER, PASSWORD).answer != "none"
    return run(installed) if due else []
