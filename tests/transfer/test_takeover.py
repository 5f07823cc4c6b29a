"""A run is taken over while QuickBooks executes: what can be prevented is, the rest is noticed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete

from qbferry.config import TransferSettings
from qbferry.desk import doubles as desk
from qbferry.errors import NotFoundError
from qbferry.model import TransferStatus
from qbferry.simulator import HResultError, Session
from qbferry.store import tables
from qbferry.testing.installation import PASSWORD, USER

from .adversary import DIED, Clerk, Trouble, calm
from .clocks import pass_by, set_clock
from .restored import by_hand, edited, live

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.store.rows import DoubleRow
    from qbferry.testing.installation import Installation

    from .adversary import Answer

    Make = Callable[..., dict[str, Any]]

QUIET = 600


def patient(world: Installation) -> None:
    """Let what was taken over stay as it is for ten minutes before it counts."""
    world.settings = TransferSettings(takeover_after=0, quiet_after_takeover=QUIET, resend_after=0)
    world.restart()


def later(world: Installation, seconds: int) -> None:
    """Let so much time pass."""
    pass_by(world, timedelta(seconds=seconds))


def doubles(world: Installation) -> list[DoubleRow]:
    with world.database.read() as tx:
        return tx.doubles.there(1)


class Meanwhile:
    """Something happens while QuickBooks is about to make the n-th invoice; it may die at a later one."""

    def __init__(self, place: int, act: Callable[[], None], *, dies: int = 0) -> None:
        self._place, self._act, self._dies, self._count = place, act, dies, 0

    def disturb(self, name: str) -> None:
        self._count += name == "InvoiceAdd"
        if name == "InvoiceAdd" and self._count == self._place:
            self._act()
        elif name == "InvoiceAdd" and self._count == self._dies:
            raise HResultError(DIED)


class TestQuiet:
    def test_a_part_of_a_message_that_may_still_be_executed_is_not_all_of_it(
        self, world: Installation, invoice: Make
    ) -> None:
        """QuickBooks is slow: it has made two of four when another Web Connector takes over."""
        patient(world)
        world.put("invoice", *(invoice(number) for number in range(4)))
        slow, quick = Clerk(world), Clerk(world)
        first = slow.until("message")

        def meanwhile() -> None:
            assert live(world) == 2
            assert quick.sign_in()
            kinds = [sheet.kind for sheet in quick.finish()]
            assert kinds == ["check", "search"], "nothing is concluded, and nothing is sent"
            assert set(world.statuses("invoice").values()) == {"Pending"}
            grant = world.exchange.authenticate(USER, PASSWORD)
            assert (grant.answer, 0 < (grant.postpone or 0) <= QUIET) == ("none", True)

        answer = slow.process(first, Meanwhile(3, meanwhile))
        slow.bring(answer)  # what it answers is believed, whoever has taken over
        assert live(world) == 4
        assert set(world.statuses("invoice").values()) == {"Transferred"}

    def test_after_the_quiet_time_what_is_there_counts_and_the_rest_goes(
        self, world: Installation, invoice: Make
    ) -> None:
        patient(world)
        world.put("invoice", *(invoice(number) for number in range(4)))
        slow = Clerk(world)
        slow.process(slow.until("message"), Trouble(3))  # it died, and its Web Connector with it
        calm(world)
        assert live(world) == 2
        later(world, QUIET + 1)
        sheets = calm(world)
        assert sum(sheet.text.count("<InvoiceAddRq") for sheet in sheets) == 2
        assert live(world) == 4
        assert set(world.statuses("invoice").values()) == {"Transferred"}

    def test_what_has_changed_meanwhile_begins_the_quiet_time_anew(
        self, world: Installation, invoice: Make
    ) -> None:
        patient(world)
        world.put("invoice", *(invoice(number) for number in range(3)))
        slow = Clerk(world)
        first = slow.until("message")

        def meanwhile() -> None:
            calm(world)
            later(world, QUIET + 1)

        slow.process(first, Meanwhile(2, meanwhile, dies=3))
        calm(world)
        assert live(world) == 2
        assert set(world.statuses("invoice").values()) == {"Pending"}, "it is still being executed"
        later(world, QUIET + 1)
        calm(world)
        assert live(world) == 3

    def test_a_web_connector_that_calls_again_is_not_executing_any_more(
        self, world: Installation, invoice: Make
    ) -> None:
        patient(world)
        world.put("invoice", *(invoice(number) for number in range(4)))
        clerk = Clerk(world)
        clerk.bring(clerk.process(clerk.until("message"), Trouble(3)))  # QuickBooks died, and it says so
        calm(world)
        assert live(world) == 4

    def test_what_was_not_executed_at_all_goes_again_at_once_under_its_own_id(
        self, world: Installation, invoice: Make
    ) -> None:
        patient(world)
        world.put("invoice", invoice(1))
        slow, quick = Clerk(world), Clerk(world)
        first = slow.until("message")
        again = quick.until("message")
        assert again.text == first.text
        quick.do(again)
        slow.bring(slow.process(first))  # QuickBooks gives its stored answer
        assert live(world) == 1
        assert doubles(world) == []

    @pytest.mark.parametrize("days", [-30, 30])
    def test_the_quiet_time_is_judged_by_what_cannot_be_set(
        self, world: Installation, invoice: Make, days: int
    ) -> None:
        patient(world)
        world.put("invoice", *(invoice(number) for number in range(2)))
        slow = Clerk(world)
        slow.process(slow.until("message"), Trouble(2))
        calm(world)
        set_clock(world, timedelta(days=days))
        calm(world)
        assert live(world) == 1, "the clock was set, and no time has passed"
        later(world, QUIET + 1)
        calm(world)
        assert live(world) == 2


class TestDoubles:
    """A Web Connector sleeps before it calls QuickBooks, and wakes when another one is through."""

    @pytest.fixture
    def late(self, world: Installation, invoice: Make) -> Answer:
        """Three invoices that are in QuickBooks twice, and the answer that tells of the second ones."""
        world.put("invoice", *(invoice(number) for number in range(3)))
        sleeper = Clerk(world)
        first = sleeper.until("message")
        calm(world)  # another one finds nothing, sends it, and QuickBooks forgets its answer in the end
        world.put("invoice", invoice(3))
        calm(world)
        answer = sleeper.process(first)
        assert live(world) == 7
        sleeper.bring(answer)
        return answer

    @pytest.fixture(autouse=True)
    def _clean(self, world: Installation, late: Answer) -> Any:
        """At the end the audit must find no double."""
        yield
        for double in doubles(world):
            by_hand(world, "Invoice", double.txn_id)

    def test_a_double_is_named_with_both_numbers_in_history_run_and_alert(self, world: Installation) -> None:
        found = doubles(world)
        assert [double.record_id for double in found] == ["INV-0", "INV-1", "INV-2"]
        there = {row["TxnID"]: row["RefNumber"] for row in world.company.transactions("Invoice")}
        with world.database.read() as tx:
            alerts = {alert.about: alert.text for alert in tx.alerts.standing(1)}
            [run] = [run for run, _ in tx.runs.latest(1) if "twice" in run.last_error]
        for double in found:
            record = world.record("invoice", double.record_id)
            assert (double.booked_txn_id, double.booked_number) == (record.txn_id, record.ref_number)
            assert double.ref_number == there[double.txn_id] != record.ref_number
            line = world.history(double.record_id)[-1]
            assert (line.kind, line.txn_id) == ("Differs", double.txn_id)
            for text in (line.reason or "", alerts[double.txn_id], run.last_error):
                assert f"number {double.booked_number} (TxnID {double.booked_txn_id})" in text
                assert f"number {double.ref_number} (TxnID {double.txn_id})" in text
            assert f"qbferry doubles delete {double.txn_id}" in alerts[double.txn_id]

    def test_it_is_told_once(self, world: Installation, late: Answer) -> None:
        before = len(world.history("INV-0"))
        world.exchange.receive_response(late.sheet.ticket, late.text, "", "")
        assert len(world.history("INV-0")) == before
        assert len(doubles(world)) == 3

    def test_it_is_deleted_when_a_person_wants_it_and_the_booked_one_stays(self, world: Installation) -> None:
        wanted = doubles(world)[1]
        with world.database.write() as tx:
            assert "INV-1" in desk.delete(tx, None, wanted.txn_id, "ann")
        assert world.exchange.authenticate(USER, PASSWORD).answer != "none", "it is worth a run"
        sheets = calm(world)
        assert sum(sheet.text.count("<TxnDelRq") for sheet in sheets) == 1
        assert [double.record_id for double in doubles(world)] == ["INV-0", "INV-2"]
        gone = {row["TxnID"] for row in world.company.transactions("Invoice") if row["deleted"]}
        assert gone == {wanted.txn_id}
        with world.database.read() as tx:
            assert wanted.txn_id not in {alert.about for alert in tx.alerts.standing(1)}
            lines = [line for line in tx.history.everything(1) if line.owner == "double"]
        assert [(line.kind, line.request, line.record_id) for line in lines] == [
            ("Sent", "TxnDel", wanted.txn_id)
        ]
        assert world.exchange.authenticate(USER, PASSWORD).answer == "none"

    def test_nothing_is_deleted_when_the_booked_one_is_gone(self, world: Installation) -> None:
        wanted = doubles(world)[0]
        by_hand(world, "Invoice", wanted.booked_txn_id)
        with world.database.write() as tx:
            desk.delete(tx, None, wanted.txn_id, "ann")
        assert not any("<TxnDelRq" in sheet.text for sheet in calm(world))
        [left] = [double for double in doubles(world) if double.txn_id == wanted.txn_id]
        assert "may be the only one. Nothing was deleted." in (left.problem or "")
        assert left.wanted_by is None
        with edited(world, "invoice", "INV-0") as row:  # nobody has asked about it; the audit would
            row.transfer_status, row.txn_id = TransferStatus.NOT_TRANSFERRED, None
        with world.database.write() as tx:
            tx.connection.execute(delete(tables.history).where(tables.history.c.record_pk == row.pk))

    def test_what_a_person_has_deleted_already_is_gone(self, world: Installation) -> None:
        wanted = doubles(world)[2]
        by_hand(world, "Invoice", wanted.txn_id)
        with world.database.write() as tx:
            desk.delete(tx, None, wanted.txn_id, "ann")
        assert not any("<TxnDelRq" in sheet.text for sheet in calm(world))
        assert [double.record_id for double in doubles(world)] == ["INV-0", "INV-1"]

    def test_a_deletion_whose_answer_is_lost_is_looked_for(self, world: Installation) -> None:
        with world.database.write() as tx:
            desk.delete(tx, None, doubles(world)[0].txn_id, "ann")
        clerk = Clerk(world)
        clerk.process(clerk.until("message"))
        with world.company.write():
            world.company.forget_response("application")
        calm(world)
        assert len(doubles(world)) == 2
        assert sum(row["deleted"] for row in world.company.transactions("Invoice")) == 1

    def test_only_what_is_known_as_a_double_can_be_deleted(self, world: Installation) -> None:
        with world.database.write() as tx:
            booked = world.record("invoice", "INV-0").txn_id or ""
            with pytest.raises(NotFoundError, match="no double"):
                desk.delete(tx, None, booked, "ann")


def test_what_a_search_finds_twice_is_a_double(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1))
    clerk, other = Clerk(world), Session(world.company, "another application")
    first = clerk.until("message")
    clerk.process(first)
    other.process(first.text)  # as a Web Connector in which the application was added twice
    with world.company.write():
        world.company.forget_response("application")
    calm(world)
    [double] = doubles(world)
    assert {double.txn_id, double.booked_txn_id} == {
        row["TxnID"] for row in world.company.transactions("Invoice")
    }
    with world.database.write() as tx:
        desk.delete(tx, None, double.txn_id, "ann")
    calm(world)
    assert live(world) == 1
