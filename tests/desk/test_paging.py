"""Acts upon many records, a page in each transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry.desk import paging, readiness
from qbferry.desk.drawer import Drawer
from qbferry.desk.paging import Pages
from qbferry.errors import NotFoundError
from qbferry.model import TransferStatus
from qbferry.store.pages import Search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from qbferry.desk.readiness import Verdict
    from qbferry.model import RecordRow
    from qbferry.store.transaction import Transaction
    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]
    Open = Callable[[], AbstractContextManager[Drawer]]
    MakePages = Callable[..., Pages]

NEW = [TransferStatus.NOT_TRANSFERRED]


@pytest.fixture
def pages(world: Installation, monkeypatch: pytest.MonkeyPatch) -> MakePages:
    """Pages of three invoices."""
    monkeypatch.setattr(paging, "PAGE", 3)

    def open_drawer(tx: Transaction, lock: bool) -> AbstractContextManager[Drawer]:
        return Drawer.open(tx, world.plugins, "invoice", None, "continue", actor="Ann", lock=lock)

    def make(statuses: list[TransferStatus], batch: str | None = None) -> Pages:
        return Pages(world.database, open_drawer, Search(statuses=tuple(statuses), batch=batch or ""))

    return make


@pytest.fixture
def seven(world: Installation, invoice: Make, drawer: Open) -> None:
    """Three of a batch, four of another, one of these voided; none ready."""
    world.put("invoice", *(invoice(f"{number}", batch="10" if number < 3 else "11") for number in range(6)))
    world.put("invoice", invoice("V", batch="11", status="voided"))
    with drawer() as opened:
        list(readiness.set_not_ready(opened, opened.find([*"012345", "V"])))


def done(found: Iterable[list[Verdict]]) -> list[list[str]]:
    return [[one.id for one in page if one.changed] for page in found]


@pytest.mark.usefixtures("seven")
def test_all_are_taken_page_by_page_in_the_order_they_came(world: Installation, pages: MakePages) -> None:
    all_ = pages(NEW)
    assert all_.total == 7
    assert done(all_.act(readiness.set_ready)) == [["0", "1", "2"], ["3", "4", "5"], []]
    assert world.statuses("invoice") == dict.fromkeys("012345", "Pending") | {"V": "Not Transferred"}
    places = [record.queue_position or 0 for record in world.records("invoice")[:6]]
    assert places == sorted(places)
    waiting = pages([*readiness.WAITING])
    assert done(waiting.act(readiness.set_not_ready)) == [["0", "1", "2"], ["3", "4", "5"]]
    assert set(world.statuses("invoice").values()) == {"Not Transferred"}


@pytest.mark.usefixtures("seven")
def test_a_batch_is_taken_alone(world: Installation, pages: MakePages) -> None:
    batch = pages(NEW, "11")
    assert batch.total == 4
    assert done(batch.act(readiness.set_ready)) == [["3", "4", "5"], []]
    assert {name for name, status in world.statuses("invoice").items() if status == "Pending"} == {*"345"}


def test_an_unknown_batch_is_an_error(pages: MakePages) -> None:
    with pytest.raises(NotFoundError, match="no batch 2031 of invoices"):
        pages(NEW, "2031")


@pytest.mark.usefixtures("seven")
def test_what_was_done_before_a_kill_stays_and_the_same_again_goes_on(
    world: Installation, pages: MakePages
) -> None:
    first = pages(NEW).act(readiness.set_ready)
    next(first)
    del first

    def break_down(drawer: Drawer, rows: Iterable[RecordRow]) -> list[Verdict]:
        list(readiness.set_ready(drawer, rows))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        next(pages(NEW).act(break_down))
    assert {name for name, status in world.statuses("invoice").items() if status == "Pending"} == {*"012"}
    assert done(pages(NEW).act(readiness.set_ready)) == [["3", "4", "5"], []]


@pytest.mark.usefixtures("seven")
def test_between_two_pages_others_write_and_what_they_add_is_left_alone(
    world: Installation, invoice: Make, pages: MakePages, drawer: Open
) -> None:
    found = pages(NEW).act(readiness.set_ready)
    next(found)
    world.put("invoice", invoice("late"))
    with drawer() as opened:
        list(readiness.set_not_ready(opened, opened.find(["late"])))
        list(readiness.set_ready(opened, opened.find(["4"])))
    assert done(found) == [["3", "5"]]
    assert world.statuses("invoice")["late"] == "Not Transferred"
