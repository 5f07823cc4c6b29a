"""What a restored company file has lost goes again once, and not where a person has to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry.desk.readiness import set_not_ready
from qbferry.proof.scenario import invoice as invoice_wish
from qbferry.simulator import Session

from . import restored
from .odd import installation
from .restored import Refusing, at_desk, edited, live, run, sent
from .test_edges_restored import Vendors, by_hand, vendor
from .test_partly import timesheet

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]


@pytest.fixture
def database_url() -> None:
    """Nothing here depends on the kind of database."""


@pytest.mark.parametrize("stands", ["Not Transferred", "in doubt"])
def test_what_was_there_in_part_does_not_go_again_by_itself_where_a_person_decides(
    office: Installation, backup: Path, stands: str
) -> None:
    office.put("invoice", invoice_wish("INV-1").document)
    run(office)
    office.company.backup(backup)
    office.put("timesheet", timesheet())
    office.run(Session(office.company, interference=Refusing("TimeTrackingAdd", after=2)))
    if stands == "in doubt":
        with edited(office, "timesheet", "TS-1") as row:
            row.in_doubt, row.queue_position = True, None
    else:
        with at_desk(office, "timesheet") as drawer:
            assert all(verdict.changed for verdict in set_not_ready(drawer, drawer.find(["TS-1"])))
    before = office.record("timesheet", "TS-1").transfer_status
    office.company.restore(backup)
    office.put("invoice", invoice_wish("INV-2").document)
    assert sent(run(office), "TimeTrackingAdd") == 0
    row = office.record("timesheet", "TS-1")
    assert (row.transfer_status, row.queue_position, row.done) == (before, None, {})
    lost = [line.reason or "" for line in office.history("TS-1") if line.kind == "Lost"]
    assert len(lost) == 2
    assert not any("goes again" in reason for reason in lost)
    with edited(office, "timesheet", "TS-1") as row:
        row.in_doubt = False


def test_what_is_lost_again_and_again_is_there_once(world: Installation, invoice: Make, backup: Path) -> None:
    world.put("invoice", invoice(0))
    run(world)
    world.company.backup(backup)
    world.put("invoice", invoice(1))
    run(world)
    for number in (2, 3, 4):
        world.company.restore(backup)
        world.put("invoice", invoice(number))
        run(world)
    row = world.record("invoice", "INV-1")
    assert live(world) == 5
    assert row.txn_id in [each["TxnID"] for each in world.company.transactions("Invoice")]
    assert (row.transfer_count, row.first_transfer_date) == (1, row.transfer_date)
    assert [line.kind for line in world.history("INV-1")] == ["Sent", *["Lost", "Sent"] * 3]


def test_of_what_a_person_deleted_the_record_says_so_and_no_other_does(
    world: Installation, invoice: Make
) -> None:
    world.put("invoice", invoice(1), invoice(2))
    run(world)
    restored.by_hand(world, "Invoice", world.record("invoice", "INV-2").txn_id or "")
    world.put("invoice", invoice(3))
    run(world)
    assert {name: world.record("invoice", name).deleted for name in world.statuses("invoice")} == {
        "INV-1": False,
        "INV-2": True,
        "INV-3": False,
    }


@pytest.mark.parametrize("said", [True, False], ids=["QuickBooks says so", "it was put back as a file"])
@pytest.mark.parametrize("lost", [True, False], ids=["something was lost", "nothing was"])
def test_lists_are_read_anew_whatever_it_is_that_shows_a_backup(
    tmp_path: Path, invoice: Make, backup: Path, said: bool, lost: bool
) -> None:
    with installation(tmp_path, {"vendors": Vendors()}) as world:
        world.put("invoice", invoice(1))
        run(world)
        world.company.backup(backup)
        by_hand(world, "VendorAdd", "<Name>Newcomer</Name>")
        world.put("invoice", invoice(2, **{} if lost else {"organization": "Nobody Inc"}))
        run(world)
        assert vendor(world, "Newcomer")
        activity = world.company.get("activity", {})
        world.company.restore(backup)
        if not said:
            with world.company.write():
                world.company.put("activity", activity)
        world.put("invoice", invoice(3))
        run(world)
        assert vendor(world, "Newcomer") is not (said or lost)
        assert vendor(world, "Ingram Micro"), "all of them, not what has changed"
