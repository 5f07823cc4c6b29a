"""Setting records ready and not ready."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.desk import readiness
from qbferry.errors import NotFoundError
from qbferry.intake import make_row, read
from qbferry.model import TransferStatus

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
            [arrival] = read(opened.entity, [json.dumps(invoice(name, **(document or {})))])
            row = make_row(opened.plugins, opened.entity, opened.row.id, arrival.text)
            opened.add([replace(row, **columns)])

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


def test_a_place_in_the_queue_is_given_out_once(
    world: Installation, store: Callable[..., None], drawer: Open
) -> None:
    given: list[int | None] = []
    for name in ("A", "B"):
        store(name)
        with drawer() as opened:
            ready(opened, name)
        given.append(world.record("invoice", name).queue_position)
        with drawer() as opened:
            list(readiness.set_not_ready(opened, opened.find([name])))
    assert given == [1, 2], "though the first was free again"


def test_the_history_tells_who_set_a_record_ready_and_not_ready(
    world: Installation, store: Callable[..., None], drawer: Open
) -> None:
    store("A")
    store("V", {"status": "voided"})
    with drawer() as opened:
        ready(opened, "A", "V")
        list(readiness.set_not_ready(opened, opened.find(["A", "V"])))
    lines = [(line.kind, line.actor, line.reason_code) for line in world.history("A")]
    assert lines == [("Ready", "Ann", "person"), ("Not ready", "Ann", "person")]
    assert world.history("V") == [], "nothing was done to it"


def test_the_history_keeps_what_a_person_has_confirmed(
    world: Installation, store: Callable[..., None], drawer: Open
) -> None:
    store("A", transfer_status=TRANSFERRED, transfer_date=NOON, transfer_count=1, chained=["invoice"])
    with drawer() as opened:
        ready(opened, "A", confirmed=["A"])
    [line] = world.history("A")
    assert (line.reason or "").startswith("Confirmed: Invoice A was transferred")
    assert world.record("invoice", "A").chained == [], "it goes as another transfer, with the same keys"


def test_a_record_that_no_longer_fits_its_shape_is_refused_alone_with_the_field(
    world: Installation, store: Callable[..., None], drawer: Open
) -> None:
    store("A", document_text='{"id": "A", "organization": 5}')
    store("B")
    with drawer() as opened:
        refused, done = ready(opened, "A", "B")
    assert "document of Invoice A no longer fits its shape (organization: " in refused.reason
    assert (refused.refused, done.changed) == (True, True)


def test_why_an_import_could_not_set_it_ready_is_forgotten_once_it_is(
    world: Installation, store: Callable[..., None], drawer: Open
) -> None:
    store("A", not_ready_reason="It was not approved.")
    with drawer() as opened:
        ready(opened, "A")
    assert world.record("invoice", "A").not_ready_reason is None


def test_why_a_record_is_not_ready_is_kept_until_it_is(
    world: Installation, store: Callable[..., None], drawer: Open
) -> None:
    store("A", {"status": "voided"})
    store("B", {"status": "voided"}, transfer_status=FAILED, reason="QuickBooks refused it.")
    with drawer() as opened:
        [first, _] = ready(opened, "A", "B")
    kept = world.record("invoice", "A")
    assert (kept.not_ready_reason, kept.reason) == (first.reason, None)
    failed = world.record("invoice", "B")
    assert (failed.not_ready_reason, failed.reason) == (None, "QuickBooks refused it.")
