"""Taking records in: what is new, what has changed, and what must not."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.errors import InFlightError
from qbferry.intake import ImportReport
from qbferry.model import TransferStatus, fold

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]
    Take = Callable[..., ImportReport]


def test_new_records_are_not_transferred(world: Installation, invoice: Make, take: Take) -> None:
    report = take(invoice("A"), invoice("B", batch="10"))
    assert report == ImportReport(created=2)
    assert world.statuses("invoice") == {"A": "Not Transferred", "B": "Not Transferred"}
    assert world.record("invoice", "B").batch == "10"


def test_ready_sets_the_eligible_ready_in_the_order_of_the_file(
    world: Installation, invoice: Make, take: Take
) -> None:
    report = take(invoice("B"), invoice("V", status="voided"), invoice("A"), ready=True)
    assert report.ready == 2
    assert [(name, "voided" in reason) for name, reason in report.not_ready] == [("V", True)]
    assert world.statuses("invoice") == {"B": "Pending", "V": "Not Transferred", "A": "Pending"}
    world.run()
    sent = [part["id"] for part in world.messages()[0].requests]
    assert sent == ["B", "A"]
    assert [(line.kind, line.actor, line.status) for line in world.history("A")] == [
        ("Ready", "Ann", "Pending"),
        ("Sent", "", "Transferred"),
    ]


def test_why_a_record_was_not_set_ready_is_kept_until_it_changes(
    world: Installation, invoice: Make, take: Take
) -> None:
    [(_, reason)] = take(invoice("V", status="voided"), ready=True).not_ready
    assert world.record("invoice", "V").not_ready_reason == reason
    take(invoice("V", status="voided", memo="Still."), ready=False)
    assert world.record("invoice", "V").not_ready_reason is None
    take(invoice("V", status="voided", memo="Still."), ready=True)
    assert world.record("invoice", "V").not_ready_reason == reason
    take(invoice("V"), ready=True)
    record = world.record("invoice", "V")
    assert (record.not_ready_reason, record.reason) == (None, None)


def test_the_core_knows_whom_when_and_how_much(world: Installation, invoice: Make, take: Take) -> None:
    take(invoice("A", organization="ACME  Corp~Site"))
    record = world.record("invoice", "A")
    assert (record.party_folded, record.dated, record.amount) == (
        fold(record.party),
        date(2026, 10, 31),
        300_00,
    )
    assert record.source == "file"
    long = "x" * 300
    take(invoice("A", organization=long))
    assert world.record("invoice", "A").party == "x" * 255


def test_the_same_again_changes_nothing(world: Installation, invoice: Make, take: Take) -> None:
    take(invoice("A"), ready=True)
    position = world.record("invoice", "A").queue_position
    assert take(invoice("A"), ready=True) == ImportReport(unchanged=1)
    assert world.record("invoice", "A").queue_position == position


def test_a_change_before_the_transfer_replaces_the_record_and_leaves_its_status(
    world: Installation, invoice: Make, take: Take
) -> None:
    take(invoice("A"), ready=True)
    report = take(invoice("A", batch="11"))
    record = world.record("invoice", "A")
    assert report == ImportReport(changed=1)
    assert (record.batch, record.transfer_status) == ("11", TransferStatus.PENDING)
    assert not record.changed_since_transfer


def test_a_failed_record_that_is_corrected_stays_failed_and_goes_again(
    world: Installation, invoice: Make, take: Take
) -> None:
    take(invoice("A", organization="Nobody Ltd"), ready=True)
    world.run()
    assert world.statuses("invoice") == {"A": "Pending/Failed"}
    take(invoice("A"), ready=True)
    assert world.statuses("invoice") == {"A": "Pending/Failed"}
    world.run()
    assert world.statuses("invoice") == {"A": "Transferred"}


def test_a_change_after_the_transfer_is_kept_and_marked_and_nothing_is_sent_again(
    world: Installation, invoice: Make, take: Take
) -> None:
    take(invoice("A"), ready=True)
    world.run()
    report = take(invoice("A", memo="late"), ready=True)
    record = world.record("invoice", "A")
    assert report == ImportReport(changed=1, changed_since_transfer=["A"])
    assert record.document["memo"] == "late"
    [_, _, line] = world.history("A")
    assert (line.kind, line.actor, line.reason_code) == ("Changed", "Ann", "source")
    assert record.changed_since_transfer
    assert record.transfer_status is TransferStatus.TRANSFERRED


def test_a_record_in_flight_is_not_changed_and_neither_is_any_other(
    world: Installation, invoice: Make, take: Take
) -> None:
    take(invoice("A"), invoice("B"), ready=True)
    world.send(world.begin())
    with pytest.raises(InFlightError, match=r"cannot be changed: A\. Nothing was imported"):
        take(invoice("A", memo="late"), invoice("B"), invoice("C"))
    assert set(world.statuses("invoice")) == {"A", "B"}
    assert world.record("invoice", "A").document["memo"] is None


def test_a_record_in_flight_that_is_the_same_is_no_obstacle(
    world: Installation, invoice: Make, take: Take
) -> None:
    take(invoice("A"), ready=True)
    world.send(world.begin())
    assert take(invoice("A"), invoice("C")) == ImportReport(created=1, unchanged=1)


def test_many_records_come_in_parts_and_keep_their_order(
    world: Installation, invoice: Make, take: Take
) -> None:
    take(invoice("first"), ready=True)
    report = take(*(invoice(f"{number}") for number in range(1201)), ready=True)
    assert (report.created, report.ready) == (1201, 1201)
    records = world.records("invoice")
    assert [record.id for record in records] == ["first", *map(str, range(1201))]
    assert [record.queue_position for record in records] == list(range(1, 1203))
