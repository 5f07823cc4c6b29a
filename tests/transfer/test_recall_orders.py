"""Both databases may be restored, in any order, and a second server may work with a copy of ours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from typing import TYPE_CHECKING

import pytest

from qbferry.proof.databases import Sqlite
from qbferry.proof.scenario import invoice
from qbferry.simulator import Session
from qbferry.simulator.status import unsupported
from qbferry.testing.audit import audit

from .restored import by_hand, live, run, sent
from .test_recall import bring

if TYPE_CHECKING:
    from pathlib import Path

    from qbferry.simulator.status import Status
    from qbferry.testing.installation import Installation

    from .conftest import Backup

POINTS = 4


@pytest.fixture
def databases() -> Sqlite:
    """A file is enough: what differs between databases is tried elsewhere."""
    return Sqlite()


def ready_again(world: Installation, count: int) -> None:
    """Import everything once more, and set it ready; the last one is new each time, so that a run is made."""
    for number in range(count):
        bring(world, invoice(f"INV-{number}"), ready=True)


def once(world: Installation, count: int) -> None:
    assert live(world) == count
    assert set(world.statuses("invoice").values()) == {"Transferred"}
    audit(world)


@pytest.mark.parametrize(("ours", "theirs"), [*product(range(POINTS), repeat=2)])
def test_both_are_restored_to_whatever_point_and_the_newest_company_file_comes_back(
    tmp_path: Path, backed_up: Backup, world: Installation, ours: int, theirs: int
) -> None:
    now, back, files = datetime.now(UTC), [], []
    with world.database.write() as tx:
        row = tx.connectors.named(None, lock=True)
        row.created_at = now - timedelta(days=30)
        tx.connectors.save(row)
    for number in range(POINTS):
        then = now - timedelta(days=20 - number)
        world.company._clock = partial(then.astimezone, UTC)
        back.append(backed_up(world))
        files.append(tmp_path / f"company{number}.sqlite3")
        world.company.backup(files[-1])
        world.put("invoice", invoice(f"INV-{number}").document)
        run(world)
    newest = tmp_path / "newest.sqlite3"
    world.company.backup(newest)
    world.company._clock = lambda: now

    back[ours]()
    world.company.restore(files[theirs])
    ready_again(world, POINTS + 1)
    run(world)
    once(world, POINTS + 1)

    world.company.restore(newest)
    ready_again(world, POINTS + 2)
    run(world)
    once(world, POINTS + 2)

    back[ours]()
    ready_again(world, POINTS + 3)
    run(world)
    once(world, POINTS + 3)


def test_a_second_server_with_a_copy_is_named_and_nothing_is_doubled(
    backed_up: Backup, world: Installation
) -> None:
    world.put("invoice", invoice("INV-0").document)
    run(world)
    world.put("invoice", invoice("INV-1").document)
    clone = backed_up(world)
    first = world.database
    world.database = type(first)(first.engine.url.render_as_string(hide_password=False))
    world.restart()
    world.put("invoice", invoice("INV-2").document)
    run(world)
    assert live(world) == 3
    with world.database.read() as tx:
        assert tx.alerts.standing(1) == []

    clone()
    messages = run(world)
    assert sent(messages) == 0
    assert live(world) == 3
    assert world.statuses("invoice") == {"INV-0": "Transferred", "INV-1": "Transferred"}
    with world.database.read() as tx:
        [alert] = tx.alerts.standing(1)
        assert [found.kind for found in tx.found.standing(1)] == ["Invoice"]
    assert alert.kind == "database.forgot"
    assert "QuickBooks has 2 of this installation's" in alert.text
    assert "a second server" in alert.text
    bring(world, invoice("INV-2"), ready=True)
    assert sent(run(world)) == 0
    once(world, 3)


def test_what_is_there_twice_is_named(world: Installation) -> None:
    world.put("invoice", invoice("INV-1").document)
    messages = run(world)
    [message] = [message for message in messages if "InvoiceAdd" in message]
    Session(world.company, "another").process(message)
    assert live(world) == 2
    booked = world.record("invoice", "INV-1").txn_id
    [other] = [row for row in world.company.transactions("Invoice") if row["TxnID"] != booked]
    world.put("invoice", invoice("INV-2").document)
    run(world)
    with world.database.read() as tx:
        [double] = tx.doubles.there(1)
        [alert] = tx.alerts.standing(1)
    assert (double.txn_id, double.booked_txn_id) == (other["TxnID"], booked)
    assert alert.about == other["TxnID"]
    assert world.history("INV-1")[-1].kind == "Differs"
    world.put("invoice", invoice("INV-3").document)
    assert not any(other["TxnID"] in message for message in run(world)), "it is told once"
    with world.database.read() as tx:
        assert len(tx.alerts.standing(1)) == 1
    by_hand(world, "Invoice", other["TxnID"])


class Once:
    """QuickBooks refuses one question of a kind: the n-th."""

    def __init__(self, name: str, number: int) -> None:
        self._name, self._left = name, number

    def disturb(self, name: str) -> Status | None:
        self._left -= name == self._name
        return unsupported() if name == self._name and self._left == 0 else None


def twice(world: Installation) -> None:
    """Two invoices are sent, and a Web Connector that had slept gives them to QuickBooks once more."""
    world.put("invoice", invoice("INV-1").document, invoice("INV-2").document)
    [message] = [message for message in run(world) if "InvoiceAdd" in message]
    Session(world.company, "another").process(message)
    assert live(world) == 4


def tidy(world: Installation) -> None:
    """A bookkeeper deletes what is not booked."""
    booked = {record.txn_id for record in world.records("invoice")}
    for row in world.company.transactions("Invoice"):
        if not (row["deleted"] or row["TxnID"] in booked):
            by_hand(world, "Invoice", row["TxnID"])


def doubles(world: Installation) -> set[str]:
    with world.database.read() as tx:
        return {double.record_id for double in tx.doubles.there(1)}


def test_one_that_was_deleted_by_hand_hides_no_other_that_is_there_twice(world: Installation) -> None:
    twice(world)
    by_hand(world, "Invoice", world.record("invoice", "INV-1").txn_id or "")
    world.put("invoice", invoice("INV-3").document)
    run(world)
    assert doubles(world) == {"INV-2"}
    assert [line.kind for line in world.history("INV-1")][-1] == "Deleted"
    tidy(world)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_what_quickbooks_did_not_say_is_asked_in_the_next_run(world: Installation, number: int) -> None:
    twice(world)
    world.put("invoice", invoice("INV-3").document)
    world.run(Session(world.company, interference=Once("InvoiceQuery", number)))
    world.put("invoice", invoice("INV-4").document)
    run(world)
    assert doubles(world) == {"INV-1", "INV-2"}
    tidy(world)
