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
from qbferry.testing.audit import audit

from .restored import by_hand, live, run, sent
from .test_recall import bring

if TYPE_CHECKING:
    from pathlib import Path

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
