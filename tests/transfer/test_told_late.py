"""What a plugin has yet to hear of, and what changes while QuickBooks has a part of a record already."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from qbferry import AnyRecord, Gone, Rejected, Sent, hookimpl
from qbferry.intake import read, take_in
from qbferry.plugin import discovery
from qbferry.plugin.manager import Plugins
from qbferry.simulator import Session
from qbferry.testing.audit import audit
from qbferry.testing.installation import Installation

from .restored import Refusing, at_desk, live

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Make = Callable[..., dict[str, Any]]


def with_plugins(folder: Path, **policies: object) -> tuple[Installation, Plugins, Plugins]:
    """An installation with invoices and policies; all its plugins, and those without the invoices."""
    owner = discovery.load(discovery.installed()["invoices"], {"check_names": False})
    everything, without = Plugins({"invoices": owner, **policies}), Plugins({"quiet": object(), **policies})
    return Installation(folder, plugins=everything), everything, without


def use(world: Installation, plugins: Plugins) -> None:
    """As a server that starts anew with other plugins."""
    world.plugins = plugins
    world.restart()


def reimport(world: Installation, document: dict[str, Any]) -> None:
    with at_desk(world) as drawer:
        take_in(drawer, read(drawer.entity, [json.dumps(document)]))


def test_a_refusal_that_is_owed_is_told_before_the_record_goes_again(tmp_path: Path, invoice: Make) -> None:
    world, everything, without = with_plugins(tmp_path)
    with world:
        world.put("invoice", invoice(1))
        first = world.begin()
        answer = Session(world.company, interference=Refusing("InvoiceAdd")).process(world.send(first))
        second = world.begin()
        world.send(second)
        use(world, without)
        world.receive(first, answer)
        use(world, everything)
        world.receive(second, Session(world.company).process(world.send(second)))
        world.exchange.close(second)
        world.put("invoice", invoice(2))
        world.run()
        record = world.record("invoice", "INV-1")
        assert (str(record.transfer_status), record.transfer_count) == ("Transferred", 1)
        assert live(world) == 2
        audit(world)


def test_what_is_owed_of_a_lost_invoice_is_not_told_as_if_it_were_there(
    tmp_path: Path, invoice: Make
) -> None:
    world, everything, without = with_plugins(tmp_path)
    with world:
        world.put("invoice", invoice(1))
        world.company.backup(tmp_path / "backup")
        ticket = world.begin()
        answer = Session(world.company).process(world.send(ticket))
        use(world, without)
        world.receive(ticket, answer)
        world.company.restore(tmp_path / "backup")
        use(world, everything)
        world.put("invoice", invoice(2))
        world.run()
        assert world.statuses("invoice") == {"INV-1": "Transferred", "INV-2": "Transferred"}
        assert live(world) == 2
        audit(world)


class Failing:
    """A policy that fails after the transfer, until it is mended."""

    broken = True

    @hookimpl
    def after_transfer(self, record: AnyRecord) -> None:
        if self.broken:
            raise RuntimeError("no")


def test_a_change_that_comes_after_quickbooks_has_it_is_noted_when_it_ends(
    tmp_path: Path, invoice: Make
) -> None:
    policy = Failing()
    world, _, _ = with_plugins(tmp_path, policy=policy)
    with world:
        world.put("invoice", invoice(1))
        world.run()
        assert world.statuses("invoice") == {"INV-1": "Pending/Failed"}
        reimport(world, invoice(1, total="500.00"))
        policy.broken = False
        world.run()
        record = world.record("invoice", "INV-1")
        assert str(record.transfer_status) == "Transferred"
        assert record.changed_since_transfer
        assert live(world) == 1


def test_a_change_before_anything_was_taken_is_none(tmp_path: Path, invoice: Make) -> None:
    world, _, _ = with_plugins(tmp_path)
    with world:
        world.put("invoice", invoice(1, organization="Nobody Inc"))
        world.run()
        reimport(world, invoice(1))
        world.run()
        assert str(world.record("invoice", "INV-1").transfer_status) == "Transferred"
        assert not world.record("invoice", "INV-1").changed_since_transfer


class Denying:
    """A policy that says of everything that QuickBooks has it no more."""

    @hookimpl
    def after_transfer(self) -> Gone:
        return Gone()


def test_what_quickbooks_has_just_taken_is_not_gone(tmp_path: Path, invoice: Make) -> None:
    world, _, _ = with_plugins(tmp_path, denying=Denying())
    with world:
        world.put("invoice", invoice(1))
        world.run()
        record = world.record("invoice", "INV-1")
        assert str(record.transfer_status) == "Pending/Failed"
        assert "tell its author" in (record.reason or "")
        assert record.txn_id
        assert live(world) == 1


class Silent:
    """A policy that says of every answer only that it is sent."""

    @hookimpl(tryfirst=True)
    def handle_response(self) -> Sent:
        return Sent()


def test_a_record_is_what_quickbooks_made_though_its_plugin_does_not_say_so(
    tmp_path: Path, invoice: Make
) -> None:
    world, _, _ = with_plugins(tmp_path, silent=Silent())
    with world:
        world.put("invoice", invoice(1))
        world.run()
        [there] = world.company.transactions("Invoice")
        assert world.record("invoice", "INV-1").txn_id == there["TxnID"]


class Strict:
    """A policy that refuses what QuickBooks refuses, in words of its own."""

    @hookimpl(tryfirst=True)
    def handle_response(self, response: Any) -> Rejected | None:
        return Rejected("No.") if response.is_error else None


def test_what_a_refusal_is_about_can_be_grouped(tmp_path: Path, invoice: Make) -> None:
    world, _, _ = with_plugins(tmp_path, strict=Strict())
    with world:
        world.put("invoice", invoice(1, organization="Nobody Inc"))
        world.run()
        record = world.record("invoice", "INV-1")
        assert (record.reason_code, record.reason_about) == ("quickbooks.3140", "Nobody Inc")
        assert world.history("INV-1")[-1].about == "Nobody Inc"
