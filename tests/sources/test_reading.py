"""Records come in from a source by themselves: each once, whatever happens while it is read."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from qbferry import QbferryError
from qbferry.app import Application
from qbferry.config import Settings
from qbferry.desk import readiness
from qbferry.desk.kinds import declared
from qbferry.errors import DatabaseError, HookError, InputError
from qbferry.herald import notice_all
from qbferry.scheduler import Scheduler
from qbferry.sources import Progress, Reader, reset
from qbferry.sources import reader as reading
from qbferry.stage import Stage
from qbferry.store import tables
from qbferry.transfer import outbox

from .conftest import NAME, Paper, later, running

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from qbferry.desk.drawer import Drawer
    from qbferry.store.database import Database
    from qbferry.store.sources import RefusalRow, SourceRow
    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]
    Heard = Callable[[Database], AbstractContextManager[list[tuple[str, Any]]]]


def ids(world: Installation) -> list[str]:
    return sorted(record.id for record in world.records("invoice"))


def stand(world: Installation) -> SourceRow:
    with world.database.read() as tx:
        row = tx.sources.named(NAME)
    assert row is not None
    return row


def waiting(world: Installation) -> dict[str, RefusalRow]:
    with world.database.read() as tx:
        return {row.id: row for row in tx.sources.refusals(NAME)}


def alerts(world: Installation, paper: Paper) -> dict[str, str]:
    """The alerts that stand about sources, after the herald has looked."""
    names = world.plugins.supply.declared
    at = later()
    notice_all(world.database, declared(world.plugins), names, at, since=at, listens=bool)
    with world.database.read() as tx:
        return {one.about: one.text for one in tx.alerts.standing(1) if one.kind.startswith("source.")}


def test_a_source_is_read_to_its_end_and_goes_on_from_there(
    world: Installation, paper: Paper, reader: Reader, invoice: Make
) -> None:
    seen: list[int] = []
    report = reader.run(NAME, lambda so_far: seen.append(so_far.documents))
    assert (report, seen) == (Progress(created=3), [2, 3])
    assert paper.asked == [None, "2"]
    paper.lines += [invoice("D"), invoice("A", memo="new")]
    assert reader.run(NAME) == Progress(created=1, changed=1)
    assert paper.asked[2:] == ["3"]
    assert ids(world) == ["A", "B", "C", "D"]
    assert world.record("invoice", "A").document["memo"] == "new"
    assert stand(world).taken == 5


def test_documents_and_cursor_are_kept_in_one_transaction(
    world: Installation, reader: Reader, heard: Heard
) -> None:
    with heard(world.database) as said:
        assert reader.work(NAME) == 3
    transactions: list[list[str]] = [[]]
    for statement, _ in said:
        if statement == "COMMIT":
            transactions.append([])
        else:
            transactions[-1].append(" ".join(statement.split()))
    kept = [
        [any(each.startswith(f"INSERT INTO {table}") for each in one) for table in ("record ", "source ")]
        for one in transactions
    ]
    assert [pair for pair in kept if any(pair)] == [[True, True]]


def test_a_database_that_fails_midway_leaves_neither_records_nor_cursor(
    world: Installation, paper: Paper, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise DatabaseError("The disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(reading, "_read", full)
        with pytest.raises(DatabaseError):
            reader.run(NAME)
    assert ids(world) == []
    assert reader.run(NAME) == Progress(created=3)
    assert paper.asked == [None, None, "2"]


def test_only_one_process_reads_a_source(world: Installation, paper: Paper, reader: Reader) -> None:
    other = Reader(world.database, world.plugins, "continue")
    refused: list[str] = []

    def ask() -> None:
        paper.before = lambda: None
        assert other.work(NAME) == 0
        with pytest.raises(InputError) as error:
            other.run(NAME)
        refused.append(str(error.value))

    paper.before = ask
    reader.run(NAME)
    said = (
        "Another process reads the source paper.invoices at this moment; wait until it is done, or try again "
    )
    assert refused == [f"{said}in ten minutes if it was killed."]
    assert (paper.asked, ids(world)) == ([None, "2"], ["A", "B", "C"])
    assert other.run(NAME) == Progress()


def test_what_a_process_fetched_that_lost_the_source_meanwhile_is_not_taken(
    world: Installation, paper: Paper, reader: Reader
) -> None:
    """It slept for longer than its lease: another one has gone on."""
    other = Reader(world.database, world.plugins, "continue")

    def overtake() -> None:
        paper.before = lambda: None
        with world.database.write() as tx:
            tx.leases.take(f"source {NAME}", "nobody", later(hours=1), later(hours=1))
        other.run(NAME)

    paper.before = overtake
    with pytest.raises(InputError, match="Another process reads"):
        reader.run(NAME)
    assert (stand(world).taken, stand(world).cursor) == (3, "3")


def test_a_process_that_fails_and_has_lost_the_source_meanwhile_takes_it_from_nobody(
    world: Installation, paper: Paper, reader: Reader
) -> None:
    lease = f"source {NAME}"

    def overtake() -> None:
        with world.database.write() as tx:
            assert tx.leases.take(lease, "another", later(minutes=11), later(minutes=21))
        raise QbferryError("The office is closed.")

    paper.before = overtake
    with pytest.raises(HookError):
        reader.run(NAME)
    with world.database.write() as tx:
        assert not tx.leases.take(lease, "a third", later(minutes=12), later(minutes=22))


def test_a_reset_counts_also_while_the_source_is_read(
    world: Installation, paper: Paper, reader: Reader
) -> None:
    reader.run(NAME)
    source = world.plugins.supply.declared[NAME]

    def begin_anew() -> None:
        paper.before = lambda: None
        with world.database.write() as tx:
            reset(tx, source, later())

    paper.before = begin_anew
    with pytest.raises(InputError):
        reader.run(NAME)
    assert stand(world).cursor is None
    assert reader.run(NAME) == Progress(unchanged=3)


def test_a_document_that_does_not_fit_keeps_back_no_other_and_comes_in_when_it_does(
    world: Installation, paper: Paper, reader: Reader, invoice: Make
) -> None:
    paper.lines[1] = invoice("B", invoice_date="soon")
    assert reader.run(NAME) == Progress(created=2, refused=1)
    assert ids(world) == ["A", "C"]
    assert "invoice_date" in (waiting(world)["B"].reason or "")
    (told,) = alerts(world, paper).values()
    assert told.startswith("B of the source paper.invoices could not be taken in: field invoice_date: ")
    first = waiting(world)["B"].at
    assert reader.run(NAME) == Progress(refused=1), "it is kept, and tried again"
    assert waiting(world)["B"].at == first
    paper.lines.append(invoice("B"))
    assert reader.run(NAME) == Progress(created=1)
    assert (ids(world), waiting(world)) == (["A", "B", "C"], {})
    assert alerts(world, paper) == {}


def test_a_document_that_cannot_be_kept_is_found_among_many(
    world: Installation, paper: Paper, reader: Reader, invoice: Make
) -> None:
    """What only shows when it is taken in: it comes to more than a database keeps."""
    paper.part = 20
    huge = "9" * 13 + ".00"
    lines = [{"id": str(n), "item": "Labor", "amount": huge} for n in range(101)]
    paper.lines[2:2] = [invoice("H", total=None, lines=lines)]
    assert reader.run(NAME) == Progress(created=3, refused=1)
    assert "more than can be kept" in (waiting(world)["H"].reason or "")


def test_a_record_that_is_with_quickbooks_is_changed_after_the_run(
    world: Installation, paper: Paper, reader: Reader, invoice: Make
) -> None:
    paper.ready = True
    plugins = running(paper)
    reader = Reader(world.database, plugins, "continue")
    reader.run(NAME)
    ticket = world.begin()
    while "InvoiceAdd" not in world.send(ticket):
        world.receive(ticket, "")
    paper.lines += [invoice("A", memo="late"), invoice("D")]
    assert reader.run(NAME) == Progress(created=1, refused=1)
    assert waiting(world)["A"].reason is None
    assert alerts(world, paper) == {}, "nobody need do anything"
    assert stand(world).due_at < later(minutes=2), "it is looked again soon"
    world.exchange.close(ticket)
    world.run()
    assert reader.run(NAME) == Progress(changed=1)
    assert world.record("invoice", "A").document["memo"] == "late"


def test_a_source_that_fails_is_tried_ever_less_often_and_told_until_it_comes_right(
    world: Installation, paper: Paper, reader: Reader
) -> None:
    def away() -> None:
        raise QbferryError("The office is closed.")

    paper.before = away
    with pytest.raises(HookError, match=r"^The office is closed\.$"):
        reader.run(NAME)
    assert alerts(world, paper) == {}, "once is nothing yet"
    pauses = []
    for _ in range(8):
        now = stand(world).due_at
        assert reader.work(NAME, now) == 0
        pauses.append(int((stand(world).due_at - now).total_seconds() / 60))
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]
    assert alerts(world, paper) == {NAME: "The source paper.invoices cannot be read: The office is closed."}
    asked = len(paper.asked)
    assert reader.work(NAME, stand(world).due_at - timedelta(minutes=1)) == 0, "it is not due"
    assert len(paper.asked) == asked
    paper.before = lambda: None
    assert reader.work(NAME, stand(world).due_at) == 3
    assert (stand(world).error, stand(world).tries, alerts(world, paper)) == (None, 0, {})


def test_a_fault_of_the_plugin_is_told_as_one(world: Installation, paper: Paper, reader: Reader) -> None:
    def fail() -> None:
        raise KeyError("page")

    paper.before = fail
    with pytest.raises(HookError, match=r"The source paper\.invoices of the plugin paper fails: KeyError"):
        reader.run(NAME)
    paper.before = lambda: paper.lines[0].pop("id", None)
    with pytest.raises(HookError, match="a document without an id"):
        reader.run(NAME)


def test_a_source_may_take_its_time(
    world: Installation,
    paper: Paper,
    reader: Reader,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("qbferry.plugin.clock.SLOW", 0.01)
    paper.before = lambda: time.sleep(0.02)
    reader.run(NAME)
    assert "the Web Connector waits for it" not in caplog.text


def test_a_source_is_due_after_its_interval_also_when_a_clock_was_wrong(
    world: Installation, paper: Paper, reader: Reader
) -> None:
    reader.run(NAME)
    asked = len(paper.asked)
    reader.work(NAME, later(minutes=14))
    assert len(paper.asked) == asked
    reader.work(NAME, later(minutes=16))
    assert len(paper.asked) == asked + 1
    with world.database.write() as tx:
        row = tx.sources.named(NAME)
        assert row is not None
        row.due_at = later(days=300)
        tx.sources.save(row)
    reader.work(NAME)
    assert len(paper.asked) == asked + 2


def test_what_a_person_set_not_ready_stays_so_until_it_changes(
    world: Installation, paper: Paper, invoice: Make, drawer: Callable[[], AbstractContextManager[Drawer]]
) -> None:
    paper.ready = True
    reader = Reader(world.database, running(paper), "continue")
    reader.run(NAME)
    with drawer() as opened:
        [*_] = readiness.set_not_ready(opened, opened.find(["A", "B"]))
    paper.lines += [invoice("A"), invoice("B", memo="new")]
    assert reader.run(NAME) == Progress(changed=1, unchanged=1)
    assert world.statuses("invoice") == {"A": "Not Transferred", "B": "Pending", "C": "Pending"}


def test_an_old_document_that_waits_does_not_come_in_after_a_newer_one(
    world: Installation, paper: Paper, reader: Reader, invoice: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many wait, and only some of them are tried again at a time."""
    monkeypatch.setattr(reading, "RETRIED", 1)
    paper.lines = [invoice(name, invoice_date="soon") for name in ("A", "B")]
    assert reader.run(NAME) == Progress(refused=2)
    paper.lines.append(invoice("B", memo="newer"))
    assert reader.run(NAME) == Progress(created=1, refused=1)
    assert [*waiting(world)] == ["A"]


def test_what_becomes_of_its_records_goes_back_to_the_source(
    world: Installation, paper: Paper, invoice: Make
) -> None:
    world.put("invoice", invoice("F"))
    paper.ready = True
    Reader(world.database, running(paper), "continue").run(NAME)
    world.run()
    while outbox.deliver(world.database, world.plugins):
        pass
    assert paper.told == [("A", "sent"), ("B", "sent"), ("C", "sent")]


def test_what_cannot_be_told_for_a_while_is_an_alert_until_it_can(
    world: Installation, paper: Paper, invoice: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper.ready = True
    Reader(world.database, running(paper), "continue").run(NAME)
    world.run()
    with monkeypatch.context() as broken:
        broken.setattr(outbox, "_tell", lambda *_: "The office is closed.")
        for tries in range(5):
            assert alerts(world, paper) == {}, tries
            assert outbox.deliver(world.database, world.plugins) == 0
            due_now(world)
    assert alerts(world, paper) == {
        "paper": "The plugin paper cannot tell what became of 3 records: The office is closed."
    }
    while outbox.deliver(world.database, world.plugins):
        pass
    assert alerts(world, paper) == {}


def due_now(world: Installation) -> None:
    """Let all be tried again that was put off."""
    with world.database.write() as tx:
        tx.connection.execute(update(tables.outbox).values(due_at=later()))


def test_the_server_reads_its_sources_by_itself(
    world: Installation, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qbferry.app.SOURCE_PAUSE", 0.01)
    scheduler = Scheduler(world.plugins.entities, 25)
    with Stage(Application(Settings(), world.plugins, world.database, scheduler)):
        end = time.monotonic() + 20
        while len(paper.asked) < 2 and time.monotonic() < end:
            time.sleep(0.01)
    assert ids(world) == ["A", "B", "C"]


def test_a_source_of_a_kind_that_is_not_there_says_so(
    world: Installation, paper: Paper, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(world.plugins.entities, "invoice")
    with pytest.raises(HookError, match="There is no entity named invoice"):
        reader.run(NAME)
