"""A company file restored from a backup: exactly what it lost goes again, and nothing else does.

The ``world`` and ``office`` fixtures compare the books at the end of every test.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, update
from tests.plain import plain

from qbferry import AnyRecord, Skip, hookimpl
from qbferry.desk.readiness import set_not_ready, set_ready
from qbferry.errors import QbferryError
from qbferry.model import TransferStatus
from qbferry.plugin import discovery
from qbferry.plugin.manager import Plugins
from qbferry.simulator import Session
from qbferry.store import tables
from qbferry.testing.audit import audit
from qbferry.testing.installation import Installation

from .restored import Refusing, at_desk, by_hand, edited, live, looks, per_message, run, sent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Make = Callable[..., dict[str, Any]]


class TestNothingLost:
    def test_the_first_run_asks_nothing_and_every_later_one_once(
        self, world: Installation, invoice: Make
    ) -> None:
        asked = []
        for number in range(4):
            world.put("invoice", invoice(number))
            asked.append(looks(run(world)))
        assert asked == [0, 1, 1, 1]

    def test_a_run_of_many_messages_asks_once(self, world: Installation, invoice: Make) -> None:
        per_message(world, 1)
        world.put("invoice", *(invoice(number) for number in range(5)))
        assert looks(run(world)) == 0
        world.put("invoice", *(invoice(number) for number in range(5, 9)))
        messages = run(world)
        assert looks(messages) == 1
        assert messages[0].count("<TxnID>") == 5, "one of each message"
        world.put("invoice", invoice(9))
        assert run(world)[0].count("<TxnID>") == 5, "those of the last run, and one before"

    @pytest.mark.parametrize("which", [0, 1, 2])
    def test_what_a_person_deleted_does_not_come_back(
        self, world: Installation, invoice: Make, which: int
    ) -> None:
        world.put("invoice", *(invoice(number) for number in range(3)))
        run(world)
        gone = world.company.transactions("Invoice")[which]
        by_hand(world, "Invoice", gone["TxnID"])
        world.put("invoice", invoice(3))
        assert sent(run(world)) == 1
        assert live(world) == 3
        if which == 2:
            assert "by hand" in (world.history("INV-2")[-1].reason or "")
        world.put("invoice", invoice(4))
        messages = run(world)
        assert looks(messages) == 1, "it is known now"
        assert world.statuses("invoice")[f"INV-{which}"] == "Transferred"
        if which != 2:  # the history need not know of every deletion, but the audit wants to
            with edited(world, "invoice", f"INV-{which}") as row:
                row.transfer_status, row.txn_id = TransferStatus.NOT_TRANSFERRED, None
            with world.database.write() as tx:
                tx.connection.execute(delete(tables.history).where(tables.history.c.record_pk == row.pk))

    def test_an_error_of_quickbooks_is_left_for_the_next_run(
        self, world: Installation, invoice: Make, backup: Path
    ) -> None:
        world.company.backup(backup)
        world.put("invoice", invoice(1))
        run(world)
        world.company.restore(backup)
        world.put("invoice", invoice(2))

        assert world.run(Session(world.company, interference=Refusing("InvoiceQuery")))[-1] == 100
        assert live(world) == 1, "the run went on"
        world.put("invoice", invoice(3))
        run(world)
        assert live(world) == 3

    def test_into_what_may_be_another_file_nothing_goes_again(
        self, tmp_path: Path, invoice: Make, backup: Path
    ) -> None:
        with Installation(tmp_path) as world:
            world.greeting = ""  # it does not say whose company file it is
            world.company.backup(backup)
            world.put("invoice", invoice(1))
            run(world)
            world.company.restore(backup)
            world.put("invoice", invoice(2))
            run(world)
            assert live(world) == 0, "nor does anything new"
            assert world.statuses("invoice") == {"INV-1": "Transferred", "INV-2": "Pending"}

    def test_without_anything_due_it_asks_once_a_day(self, world: Installation, invoice: Make) -> None:
        world.put("invoice", invoice(1))
        run(world)
        with pytest.raises(QbferryError, match="none"):
            world.begin()
        with world.database.write() as tx:
            yesterday = datetime.now(UTC) - timedelta(days=1, minutes=1)
            tx.connection.execute(update(tables.history).values(at=yesterday))
        assert looks(run(world)) == 1
        with pytest.raises(QbferryError, match="none"):
            world.begin()


class TestInvoices:
    @pytest.mark.parametrize("requests", [1, 25])
    @pytest.mark.parametrize("before", [0, 1, 2, 4])
    def test_exactly_what_came_after_the_backup_goes_again(
        self, world: Installation, invoice: Make, backup: Path, before: int, requests: int
    ) -> None:
        per_message(world, requests)
        for number in range(4):
            if number == before:
                world.company.backup(backup)
            world.put("invoice", invoice(2 * number), invoice(2 * number + 1))
            run(world)
        if before == 4:
            world.company.backup(backup)
        markers = {row["ExternalGUID"] for row in world.company.transactions("Invoice")}
        world.company.restore(backup)
        world.put("invoice", invoice(8))
        assert sent(run(world)) == 2 * (4 - before) + 1
        assert set(world.statuses("invoice").values()) == {"Transferred"}
        assert live(world) == 9
        assert markers < {row["ExternalGUID"] for row in world.company.transactions("Invoice")}

    def test_what_is_lost_says_so_in_its_history(
        self, world: Installation, invoice: Make, backup: Path
    ) -> None:
        world.company.backup(backup)
        world.put("invoice", invoice(1))
        run(world)
        number = world.record("invoice", "INV-1").ref_number
        world.company.restore(backup)
        world.put("invoice", invoice(2))
        run(world)
        kinds = [line.kind for line in world.history("INV-1")]
        assert kinds == ["Sent", "Lost", "Sent"]
        assert world.history("INV-1")[1].reason == (
            f"QuickBooks no longer has it as number {number}: the company file was restored from a backup; "
            "it goes again."
        )

    def test_they_go_in_their_old_order(self, world: Installation, invoice: Make, backup: Path) -> None:
        world.company.backup(backup)
        world.put("invoice", *(invoice(number) for number in (3, 1, 2)))
        run(world)
        world.company.restore(backup)
        world.put("invoice", invoice(4))
        run(world)
        assert [part["id"] for part in world.messages()[-1].requests] == ["INV-4", "INV-3", "INV-1", "INV-2"]

    def test_a_backup_that_comes_back_within_a_run_shows_in_the_next_one(
        self, world: Installation, invoice: Make, backup: Path
    ) -> None:
        per_message(world, 1)
        world.put("invoice", *(invoice(number) for number in range(4)))
        ticket, count = world.begin(), 0
        while count < 100:
            message = world.send(ticket)
            if "INV" in message or "InvoiceAdd" in message:
                if live(world) == 1 and not backup.exists():
                    world.company.backup(backup)
                if live(world) == 2 and backup.exists():
                    world.company.restore(backup)
                    backup.rename(backup.with_suffix(".used"))
            count = world.receive(ticket, Session(world.company).process(message))
        world.exchange.close(ticket)
        assert live(world) == 3
        world.put("invoice", invoice(9))
        assert sent(run(world)) == 2
        assert live(world) == 5

    def test_with_a_message_in_flight_both_are_settled(
        self, world: Installation, invoice: Make, backup: Path
    ) -> None:
        world.company.backup(backup)
        world.put("invoice", invoice(1))
        run(world)
        world.put("invoice", invoice(2))
        ticket = world.begin()
        world.receive(ticket, Session(world.company).process(world.send(ticket)))
        Session(world.company).process(world.send(ticket))
        world.company.restore(backup)
        messages = run(world)
        assert sent(messages) == 1, "the message itself is settled first"
        world.put("invoice", invoice(3))
        run(world)
        assert live(world) == 3
        assert set(world.statuses("invoice").values()) == {"Transferred"}

    def test_a_run_that_dies_during_the_walk_is_made_up_for(
        self, world: Installation, invoice: Make, backup: Path
    ) -> None:
        world.company.backup(backup)
        world.put("invoice", invoice(1))
        run(world)
        world.company.restore(backup)
        world.put("invoice", invoice(2))
        ticket = world.begin()
        world.receive(ticket, Session(world.company).process(world.send(ticket)))
        world.send(ticket)
        run(world)
        assert live(world) == 2

    def test_of_a_wanted_duplicate_only_the_last_goes_again(
        self, world: Installation, invoice: Make, backup: Path
    ) -> None:
        world.company.backup(backup)
        world.put("invoice", invoice(1))
        run(world)
        with at_desk(world) as drawer:
            assert [verdict.changed for verdict in set_ready(drawer, drawer.find(["INV-1"]), None)] == [True]
        run(world)
        assert live(world) == 2
        world.company.restore(backup)
        world.put("invoice", invoice(2))
        run(world)
        assert live(world) == 2

    def test_what_a_person_took_out_stays_out(self, world: Installation, invoice: Make, backup: Path) -> None:
        world.company.backup(backup)
        world.put("invoice", invoice(1))
        run(world)
        world.company.restore(backup)
        world.put("invoice", invoice(2, organization="Nobody Inc"))
        run(world)
        with at_desk(world) as drawer:
            [*set_not_ready(drawer, drawer.find(["INV-2"]))]
        world.put("invoice", invoice(3))
        run(world)
        assert world.statuses("invoice") == {
            "INV-1": "Transferred",
            "INV-2": "Not Transferred",
            "INV-3": "Transferred",
        }


class Unwilling:
    """A policy that does not let anything go again."""

    @hookimpl
    def forget(self, record: AnyRecord) -> Skip:
        if record.id == "INV-1":
            raise RuntimeError("no")
        return Skip("The period is closed.")


def test_what_a_plugin_does_not_let_go_waits_for_a_person(
    tmp_path: Path, backup: Path, invoice: Make, database_url: str
) -> None:
    settings = plain("invoices")
    [owner] = [discovery.load(one, {}) for one in discovery.choose(settings, discovery.installed())]
    plugins = Plugins({"invoices": owner, "unwilling": Unwilling()})
    with Installation(tmp_path, plugins=plugins, url=database_url) as world:
        world.company.backup(backup)
        world.put("invoice", invoice(1), invoice(2))
        run(world)
        world.company.restore(backup)
        world.put("invoice", invoice(3))
        run(world)
        run_again = world.statuses("invoice")
        assert run_again == {"INV-1": "Pending/Failed", "INV-2": "Pending/Failed", "INV-3": "Transferred"}
        assert "failed in forget" in (world.record("invoice", "INV-1").reason or "")
        reason = "The company file was restored from a backup. The period is closed."
        assert world.record("invoice", "INV-2").reason == reason
        with pytest.raises(QbferryError, match="none"):
            world.begin()
        with at_desk(world) as drawer:
            [*set_ready(drawer, drawer.find(["INV-1", "INV-2"]))]
        run(world)
        audit(world)
        assert live(world) == 3
