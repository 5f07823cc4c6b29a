"""Clearing the number a record has in QuickBooks."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from tests.plain import INVOICES

from qbferry import AnyRecord, Cleared, Entity, News, Skip, hookimpl
from qbferry.desk import numbers, readiness
from qbferry.desk.drawer import Drawer
from qbferry.model import NewsKind
from qbferry.plugin.manager import Plugins
from qbferry.testing.installation import Installation
from qbferry_invoices.plugin import Invoices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from qbferry.desk.readiness import Verdict

    Make = Callable[..., dict[str, Any]]


class Once:
    """A policy: what has a number goes again only once that is cleared, but not what is frozen."""

    @hookimpl
    def check_retransfer(self, record: AnyRecord) -> Skip | None:
        return Skip("It has a number.") if record.ref_number else None

    @hookimpl
    def clear_number(self, entity: Entity, record: AnyRecord) -> Cleared | Skip | None:
        if record.id == "FROZEN":
            return Skip(f"{entity.label} {record.id} is frozen.")
        if record.id == "BROKEN":
            raise RuntimeError("out of order")
        return Cleared()

    @hookimpl
    def update_source(self, record: AnyRecord, news: News) -> None:
        """Only by being there is it told."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Installation]:
    plugins = Plugins({"invoices": Invoices(INVOICES), "once": Once()})
    with Installation(tmp_path, plugins=plugins) as installation:
        yield installation


@contextmanager
def drawer(world: Installation) -> Iterator[Drawer]:
    with (
        world.database.write() as tx,
        Drawer.open(tx, world.plugins, "invoice", None, "continue", actor="Ann", lock=True) as opened,
    ):
        yield opened


def clear(world: Installation, name: str) -> Verdict:
    with drawer(world) as opened:
        [verdict] = numbers.clear(opened, opened.find([name]))
    return verdict


def set_ready(world: Installation, name: str) -> Verdict:
    with drawer(world) as opened:
        [verdict] = readiness.set_ready(opened, opened.find([name]))
    return verdict


def test_what_is_cleared_goes_again_as_a_new_one_and_the_history_keeps_the_old_link(
    world: Installation, invoice: Make
) -> None:
    world.put("invoice", invoice("A"))
    world.run()
    old = world.record("invoice", "A")
    assert set_ready(world, "A").reason == "It has a number."
    assert clear(world, "A").changed
    cleared = world.record("invoice", "A")
    assert str(cleared.transfer_status) == "Not Transferred"
    assert (cleared.ref_number, cleared.txn_id, cleared.edit_sequence, cleared.transfer_date) == (None,) * 4
    line = world.history("A")[-1]
    assert (line.kind, line.actor) == ("Cleared", "Ann")
    assert (line.ref_number, line.txn_id) == (old.ref_number, old.txn_id)
    assert f"number {old.ref_number}, TxnID {old.txn_id}" in (line.reason or "")
    assert set_ready(world, "A").changed
    world.run()
    there = {row["TxnID"]: row["ExternalGUID"] for row in world.company.transactions("Invoice")}
    assert len(there) == len({*there.values()}) == 2, "each has a marker of its own"
    assert world.record("invoice", "A").txn_id != old.txn_id


def test_the_source_is_told_of_what_was_cleared(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice("A"))
    world.run()
    old = world.record("invoice", "A")
    clear(world, "A")
    with world.database.read() as tx:
        line = tx.outbox.waiting()[-1]
    assert (line.plugin, line.record_pk, line.news.kind) == ("once", old.pk, NewsKind.CLEARED)
    assert line.news.values == {"txn_id": old.txn_id, "ref_number": old.ref_number}


def test_a_cleared_record_set_not_ready_is_not_transferred(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice("A"))
    world.run()
    clear(world, "A")
    set_ready(world, "A")
    with drawer(world) as opened:
        list(readiness.set_not_ready(opened, opened.find(["A"])))
    assert world.statuses("invoice") == {"A": "Not Transferred"}


@pytest.mark.parametrize(
    ("name", "reason"), [("FROZEN", "Invoice FROZEN is frozen."), ("BROKEN", "out of order")]
)
def test_a_plugin_may_refuse_and_nothing_changes(
    name: str, reason: str, world: Installation, invoice: Make
) -> None:
    world.put("invoice", invoice(name))
    world.run()
    verdict = clear(world, name)
    assert (verdict.changed, verdict.refused) == (False, True)
    assert reason in verdict.reason
    assert world.record("invoice", name).ref_number
    assert [line.kind for line in world.history(name)] == ["Sent"]


def test_only_a_transferred_record_has_a_number_to_clear(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice("A"))
    verdict = clear(world, "A")
    assert (verdict.changed, verdict.refused) == (False, False)
    assert verdict.reason == "Invoice A has no number in QuickBooks to clear."
    ticket = world.begin()
    world.send(ticket)
    assert "with QuickBooks at this moment" in clear(world, "A").reason


def test_a_record_that_is_ready_again_is_set_not_ready_first(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice("A"))
    world.run()
    with drawer(world) as opened:
        readiness.queue(opened, opened.find(["A"])[0])
    assert clear(world, "A").reason == "Invoice A is ready to go; set it not ready first."


def test_an_entity_that_may_go_again_anyway_refuses(tmp_path: Path, invoice: Make) -> None:
    plugins = Plugins({"invoices": Invoices(INVOICES)})
    with Installation(tmp_path, plugins=plugins) as world:
        world.put("invoice", invoice("A"))
        world.run()
        verdict = clear(world, "A")
    assert "can be sent again without clearing" in verdict.reason
