"""Setting records ready and not ready."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.desk import readiness
from qbferry.errors import NotFoundError
from qbferry.model import TransferStatus
from qbferry.testing.records import make_record

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from qbferry.desk.drawer import Drawer
    from qbferry.desk.readiness import Verdict
    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]
    Open = Callable[[], AbstractContextManager[Drawer]]

NEW, PENDING, FAILED, TRANSFERRED = TransferStatus
THEN = datetime(2026, 10, 31, tzinfo=UTC)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture
def store(world: Installation, invoice: Make, drawer: Open) -> Callable[..., None]:
    """Stores invoices as an import does, in any state."""

    def put(name: str, document: dict[str, Any] | None = None, **columns: Any) -> None:
        with drawer() as opened:
            record = make_record(opened.entity, invoice(name, **(document or {})), **columns)
            record.pk = None
            opened.session.add(record)

    return put


def ready(drawer: Drawer, *ids: str, confirmed: list[str] | None = None) -> list[Verdict]:
    return list(readiness.set_ready(drawer, drawer.find(ids), confirmed or []))


def test_records_go_in_the_order_they_were_set_ready(
    world: Installation, store: Callable[..., None], drawer: Open
) -> None:
    for name in "ABC":
        store(name)
    with drawer() as opened:
        verdicts = ready(opened, "C", "A", "B")
    assert all(verdict.changed and verdict.status is PENDING for verdict in verdicts)
    world.run()
    assert [part["id"] for part in world.messages()[0].requests] == ["C", "A", "B"]


def test_the_first_reason_against_it_is_told_and_the_record_stays_as_it_is(
    world: Installation, store: Callable[..., None], drawer: Open
) -> None:
    store("V", {"status": "voided"})
    store("A")
    with drawer() as opened:
        refused, done = ready(opened, "V", "A")
    assert refused.refused
    assert refused.reason == "Invoice V is voided; voided invoices are not transferred."
    assert done.changed
    assert world.statuses("invoice") == {"V": "Not Transferred", "A": "Pending"}


def test_an_unknown_id_is_named_and_nothing_is_changed(
    world: Installation, store: Callable[..., None], drawer: Open
) -> None:
    store("A")
    with (
        pytest.raises(NotFoundError, match=r"no invoice X, Y for the connector main; nothing was changed"),
        drawer() as opened,
    ):
        ready(opened, "A", "X", "Y")
    assert world.statuses("invoice") == {"A": "Not Transferred"}


def test_a_pending_record_keeps_its_place(
    world: Installation, store: Callable[..., None], drawer: Open
) -> None:
    store("A", transfer_status=PENDING, queue_position=7)
    with drawer() as opened:
        [verdict] = ready(opened, "A")
    assert (verdict.changed, verdict.refused) == (False, False)
    assert verdict.reason == "Invoice A is ready already."
    assert world.record("invoice", "A").queue_position == 7


def test_a_failed_record_is_not_set_ready_a_second_time_by_hand(
    store: Callable[..., None], drawer: Open
) -> None:
    store("A", transfer_status=FAILED, queue_position=7, reason="No such customer.")
    with drawer() as opened:
        [verdict] = ready(opened, "A")
    assert verdict.refused
    assert "tried again in every run by itself; to take it out, set it not ready" in verdict.reason


def test_a_failed_record_that_is_held_goes_again_alone_once_a_person_says_so(
    world: Installation, store: Callable[..., None], drawer: Open
) -> None:
    store("A", transfer_status=FAILED, queue_position=None, alone=True, reason="It killed QuickBooks.")
    with drawer() as opened:
        [verdict] = ready(opened, "A")
    assert verdict.changed
    record = world.record("invoice", "A")
    assert (record.transfer_status, record.reason, record.alone) == (PENDING, None, True)


def test_a_record_in_doubt_is_decided_first(store: Callable[..., None], drawer: Open) -> None:
    store("A", transfer_status=FAILED, in_doubt=True, doubtful={"invoice": ""})
    with drawer() as opened:
        verdicts = [*ready(opened, "A"), *readiness.set_not_ready(opened, opened.find(["A"]))]
    assert all(verdict.refused for verdict in verdicts)
    assert all("qbferry doubt not-there invoice A" in verdict.reason for verdict in verdicts)


def test_a_transferred_record_goes_again_only_when_a_person_confirms_the_duplicate(
    world: Installation, store: Callable[..., None], drawer: Open
) -> None:
    store("A")
    with drawer() as opened:
        ready(opened, "A")
    world.run()
    with drawer() as opened:
        [question] = readiness.questions(opened, opened.find(["A"]))
        [unconfirmed] = ready(opened, "A")
    assert "makes a duplicate in QuickBooks" in question
    assert unconfirmed.refused
    assert world.statuses("invoice") == {"A": "Transferred"}
    with drawer() as opened:
        [confirmed] = ready(opened, "A", confirmed=["A"])
    assert confirmed.changed
    world.run()
    assert len(world.company.transactions("Invoice")) == 2


def test_nothing_is_asked_about_records_that_were_never_transferred(
    store: Callable[..., None], drawer: Open
) -> None:
    store("A")
    store("V", {"status": "voided"}, transfer_status=TRANSFERRED, transfer_count=1)
    with drawer() as opened:
        assert list(readiness.questions(opened, opened.find(["A", "V"]))) == []


def test_a_record_that_is_with_quickbooks_is_left_alone_both_ways(
    world: Installation, store: Callable[..., None], drawer: Open
) -> None:
    store("A", transfer_status=PENDING, queue_position=7)
    world.send(world.begin())
    with drawer() as opened:
        [again] = ready(opened, "A")
        [out] = readiness.set_not_ready(opened, opened.find(["A"]))
    assert again.reason == "Invoice A is with QuickBooks at this moment."
    assert (out.changed, out.refused) == (False, True)
    assert "try again after the run" in out.reason
    assert world.statuses("invoice") == {"A": "Pending"}


@pytest.mark.parametrize(
    ("before", "transferred", "after"),
    [(PENDING, None, NEW), (FAILED, None, NEW), (PENDING, NOON, TRANSFERRED), (FAILED, NOON, TRANSFERRED)],
)
def test_not_ready_takes_a_waiting_record_out_and_clears_its_failure(
    world: Installation,
    store: Callable[..., None],
    drawer: Open,
    before: TransferStatus,
    transferred: datetime | None,
    after: TransferStatus,
) -> None:
    store("A", transfer_status=before, transfer_date=transferred, queue_position=7, reason="No.", alone=True)
    with drawer() as opened:
        [verdict] = readiness.set_not_ready(opened, opened.find(["A"]))
    record = world.record("invoice", "A")
    assert verdict.changed
    assert record.transfer_status is after
    assert (record.queue_position, record.reason, record.alone) == (None, None, False)


def test_not_ready_has_nothing_to_do_where_nothing_waits(store: Callable[..., None], drawer: Open) -> None:
    store("A")
    with drawer() as opened:
        [verdict] = readiness.set_not_ready(opened, opened.find(["A"]))
    assert (verdict.changed, verdict.refused) == (False, False)
    assert verdict.reason == "Invoice A is not ready already."


def test_a_sweep_takes_one_status_or_batch_however_many_there_are(
    world: Installation, store: Callable[..., None], drawer: Open, invoice: Make
) -> None:
    world.put("invoice", *(invoice(f"P{number}") for number in range(3)))
    with drawer() as opened:
        for number in range(1100):
            record = make_record(opened.entity, invoice(f"{number}", batch="10" if number % 2 else "11"))
            record.pk = None
            opened.session.add(record)
    with drawer() as opened:
        in_batch = list(readiness.set_ready(opened, opened.sweep([NEW], "10")))
    assert len(in_batch) == 550
    with drawer() as opened:
        rest = list(readiness.set_ready(opened, opened.sweep([NEW], None)))
    assert len(rest) == 550
    assert set(world.statuses("invoice").values()) == {"Pending"}


def test_a_sweep_of_an_unknown_batch_is_an_error(drawer: Open) -> None:
    with pytest.raises(NotFoundError, match="no batch 2031 of invoices"), drawer() as opened:
        list(opened.sweep([NEW], "2031"))


def test_places_in_the_queue_only_grow_even_if_the_clock_steps_back(
    world: Installation, store: Callable[..., None], drawer: Open
) -> None:
    far = 4_000_000_000_000_000
    store("A", transfer_status=PENDING, queue_position=far)
    store("B")
    with drawer() as opened:
        ready(opened, "B")
    assert world.record("invoice", "B").queue_position == far + 1
