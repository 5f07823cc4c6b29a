"""A change of a record that was transferred, or waits to be: the plugins say what it is."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import Field
from tests.plain import INVOICES

from qbferry import (
    AnyRecord,
    Document,
    Ignore,
    Noted,
    SendAgain,
    State,
    Withdraw,
    hookimpl,
)
from qbferry.desk.drawer import Drawer
from qbferry.errors import HookError, MisfitError
from qbferry.intake import ImportReport, read, take_in
from qbferry.model import TransferStatus
from qbferry.plugin.manager import Plugins
from qbferry.testing.installation import Installation
from qbferry_invoices.document import InvoiceDocument
from qbferry_invoices.plugin import Invoices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from qbferry import Entity

    Make = Callable[..., dict[str, Any]]
    Take = Callable[..., ImportReport]


class Counting(State):
    """How often a change was judged."""

    judged: int = 0


class Judging(Invoices):
    """Invoices whose memo says what the change is."""

    @hookimpl
    def entities(self) -> Iterable[Entity]:
        [entity] = super().entities()
        return [replace(entity, state=Counting)]

    @hookimpl
    def check_change(
        self, record: AnyRecord, previous: Document
    ) -> SendAgain | Noted | Ignore | Withdraw | None:
        memo = record.document.model_dump()["memo"]
        state = record.state
        assert isinstance(state, Counting)
        record.state = state.replace(judged=state.judged + 1)
        if memo == "broken":
            raise RuntimeError("out of order")
        assert previous != record.document
        answers: dict[str, SendAgain | Noted | Ignore | Withdraw] = {
            "again": SendAgain(),
            "more": Noted(more=True),
            "echo": Ignore(),
            "withdraw": Withdraw(),
        }
        return answers.get(memo)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Installation]:
    plugins = Plugins({"invoices": Judging(INVOICES)})
    with Installation(tmp_path, plugins=plugins) as installation:
        yield installation


@pytest.fixture
def transferred(world: Installation, invoice: Make) -> str:
    world.put("invoice", invoice("A"))
    world.run()
    return "A"


def judged(world: Installation, name: str = "A") -> int:
    found = world.record("invoice", name).state.get("judged", 0)
    assert isinstance(found, int)
    return found


def last_line(world: Installation) -> tuple[str, str | None]:
    line = world.history("A")[-1]
    return line.kind, line.reason


def test_a_change_that_itself_goes_to_quickbooks_makes_the_record_pending(
    world: Installation, invoice: Make, take: Take, transferred: str
) -> None:
    report = take(invoice(transferred, memo="again"))
    assert report == ImportReport(changed=1, pending_again=["A"])
    record = world.record("invoice", "A")
    assert record.transfer_status is TransferStatus.PENDING
    assert record.queue_position
    assert (record.changed_since_transfer, record.needs_resync) == (True, True)
    assert last_line(world) == ("Changed", "Its change goes with the next run.")


@pytest.mark.parametrize(("memo", "more"), [("late", False), ("more", True)])
def test_a_change_that_is_only_noted_sends_nothing(
    world: Installation, invoice: Make, take: Take, transferred: str, memo: str, more: bool
) -> None:
    assert take(invoice("A", memo=memo)).changed_since_transfer == ["A"]
    record = world.record("invoice", "A")
    assert record.transfer_status is TransferStatus.TRANSFERRED
    assert (record.changed_since_transfer, record.needs_resync) == (True, more)
    assert last_line(world) == ("Changed", "It is not sent again by itself.")


def test_what_is_no_change_leaves_the_old_document_and_what_the_owner_keeps_is_kept(
    world: Installation, invoice: Make, take: Take, transferred: str
) -> None:
    assert take(invoice("A", memo="echo")) == ImportReport(unchanged=1)
    record = world.record("invoice", "A")
    assert (record.document["memo"], record.changed_since_transfer) == (None, False)
    assert judged(world) == 1


def test_nobody_is_asked_about_what_is_never_sent(
    world: Installation, invoice: Make, take: Take, transferred: str
) -> None:
    assert "batch" in world.plugins.entities["invoice"].never_sent
    lines = len(world.history("A"))
    assert take(invoice("A", batch="11")) == ImportReport(changed=1)
    record = world.record("invoice", "A")
    assert (record.batch, record.document["batch"], record.changed_since_transfer) == ("11", "11", False)
    assert judged(world) == 0
    assert len(world.history("A")) == lines


def test_nobody_is_asked_about_what_was_not_ready(world: Installation, invoice: Make, take: Take) -> None:
    take(invoice("A"))
    take(invoice("A", memo="withdraw"))
    assert judged(world) == 0


def test_a_ready_record_can_be_withdrawn(world: Installation, invoice: Make, take: Take) -> None:
    world.put("invoice", invoice("A"))
    assert take(invoice("A", memo="withdraw")) == ImportReport(changed=1, taken_out=["A"])
    record = world.record("invoice", "A")
    assert (record.transfer_status, record.queue_position) == (TransferStatus.NOT_TRANSFERRED, None)
    assert last_line(world) == ("Not ready", "It has changed, and does not go any more.")


def test_what_is_withdrawn_after_its_transfer_stays_transferred(
    world: Installation, invoice: Make, take: Take, transferred: str
) -> None:
    take(invoice("A", memo="again"))
    assert take(invoice("A", memo="withdraw")).taken_out == ["A"]
    assert world.record("invoice", "A").transfer_status is TransferStatus.TRANSFERRED
    assert take(invoice("A", memo="withdraw", total="301.00")).changed_since_transfer == ["A"]


@pytest.mark.parametrize("memo", ["again", "more", "late"])
def test_a_record_that_waits_goes_on_waiting(
    world: Installation, invoice: Make, take: Take, memo: str
) -> None:
    world.put("invoice", invoice("A"))
    before = world.record("invoice", "A")
    assert take(invoice("A", memo=memo)) == ImportReport(changed=1)
    record = world.record("invoice", "A")
    assert (record.transfer_status, record.queue_position) == (before.transfer_status, before.queue_position)
    assert (record.changed_since_transfer, record.needs_resync) == (False, False)
    assert record.document["memo"] == memo


def test_a_record_in_doubt_stays_in_doubt(
    world: Installation, invoice: Make, take: Take, drawer: Callable[[], AbstractContextManager[Drawer]]
) -> None:
    world.put("invoice", invoice("A"))
    with drawer() as opened:
        [row] = opened.find(["A"])
        row.transfer_status, row.queue_position, row.in_doubt = TransferStatus.FAILED, None, True
        opened.touch(row)
    take(invoice("A", memo="withdraw"))
    assert world.record("invoice", "A").transfer_status is TransferStatus.FAILED


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("document_text", '{"id": "A", "total": "a lot"}'),
        ("state_text", '{"version": 1, "state": {"x": 1}}'),
    ],
)
def test_of_what_no_longer_fits_its_shape_a_change_is_noted_without_asking(
    world: Installation,
    invoice: Make,
    take: Take,
    transferred: str,
    drawer: Callable[[], AbstractContextManager[Drawer]],
    place: str,
    text: str,
) -> None:
    with drawer() as opened:
        [row] = opened.find(["A"])
        setattr(row, place, text)
        opened.touch(row, text=True)
        with pytest.raises(MisfitError):
            opened.read(row)
    report = take(invoice("A", memo="again"))
    assert report.changed_since_transfer == ["A"]
    assert world.record("invoice", "A").document["memo"] == "again"


def test_a_plugin_that_fails_to_judge_stops_the_import_and_the_record_is_named(
    world: Installation, invoice: Make, take: Take, transferred: str
) -> None:
    with pytest.raises(HookError, match=r"Invoice A: .*check_change.*out of order.*Nothing was changed\."):
        take(invoice("B"), invoice("A", memo="broken"))
    assert set(world.statuses("invoice")) == {"A"}
    assert judged(world) == 0


class Remarked(InvoiceDocument):
    """An invoice with a field that has another name in JSON."""

    remark: str | None = Field(default=None, alias="note")


class Remarking(Judging):
    @hookimpl
    def entities(self) -> Iterable[Entity]:
        [entity] = super().entities()
        return [replace(entity, document=Remarked, never_sent=frozenset({"remark"}))]


def test_what_is_never_sent_is_known_by_its_name_in_json(tmp_path: Path, invoice: Make) -> None:
    with Installation(tmp_path, plugins=Plugins({"invoices": Remarking(INVOICES)})) as world:
        world.put("invoice", invoice("A"))
        world.run()
        with (
            world.database.write() as tx,
            Drawer.open(tx, world.plugins, "invoice", None, "continue", lock=True) as opened,
        ):
            take_in(opened, read(opened.entity, [json.dumps(invoice("A", note="call them"))]))
        record = world.record("invoice", "A")
        assert (record.document["note"], record.changed_since_transfer) == ("call them", False)
        assert judged(world) == 0
