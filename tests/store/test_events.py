"""The feed: one order, without gaps, whoever writes at the same time."""

from __future__ import annotations

import random
import threading
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from qbferry.store import tables
from qbferry.store.events import BEGINNING, Place
from qbferry.store.rows import AlertRow, HistoryRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qbferry.store.database import Database
    from qbferry.store.transaction import Transaction

NOON = datetime(2026, 10, 31, 12, tzinfo=UTC)


def write(tx: Transaction, name: str, connector: int = 1, at: datetime = NOON) -> None:
    tx.history.append(
        [
            HistoryRow(
                at=at, connector_id=connector, entity="invoice", record_pk=1, record_id=name, kind="Sent"
            )
        ]
    )


def raise_alert(tx: Transaction, about: str) -> None:
    tx.alerts.alert(AlertRow(at=NOON, connector_id=1, kind="message.lost", about=about, text="It is lost."))


def read(database: Database, after: Place = BEGINNING, limit: int = 100) -> list[tuple[Place, str]]:
    with database.read() as tx:
        return [
            (place, row.record_id if isinstance(row, HistoryRow) else row.about)
            for place, row in tx.feed.page(after, limit)
        ]


def walk(database: Database, size: int, after: Place = BEGINNING) -> Iterator[str]:
    while page := read(database, after, size):
        after = page[-1][0]
        yield from (name for _, name in page)


@pytest.fixture
def concurrent(database: Database) -> Database:
    if database.is_sqlite:
        pytest.skip("SQLite has one writer")
    return database


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_lines_and_alerts_are_in_the_order_in_which_they_were_booked(database: Database, size: int) -> None:
    with database.write() as tx:
        raise_alert(tx, "first")
    for name in ("A", "B"):
        with database.write() as tx:
            write(tx, name)
    for about in ("second", "third"):
        with database.write() as tx:
            raise_alert(tx, about)
    with database.write() as tx:
        write(tx, "C")
    assert [*walk(database, size)] == ["first", "A", "B", "second", "third", "C"]


def test_the_end_is_behind_all_that_is_there_and_before_all_that_comes(database: Database) -> None:
    with database.write() as tx:
        write(tx, "A")
        raise_alert(tx, "one")
    with database.read() as tx:
        end = tx.feed.end()
    assert read(database, end) == []
    with database.write() as tx:
        raise_alert(tx, "two")
    with database.write() as tx:
        write(tx, "B")
    assert [*walk(database, 1, end)] == ["two", "B"]


def test_it_begins_where_a_moment_is(database: Database) -> None:
    for hour, name in enumerate("ABC"):
        with database.write() as tx:
            write(tx, name, at=NOON + timedelta(hours=hour))
    with database.read() as tx:
        place = tx.feed.since(NOON + timedelta(minutes=1))
        assert tx.feed.since(NOON + timedelta(days=1)) == tx.feed.end()
    assert [*walk(database, 2, place)] == ["B", "C"]


def test_a_place_is_read_as_it_was_written_and_nothing_else_is() -> None:
    place = Place(7, 1, 12)
    assert Place.read(str(place)) == place
    for other in ("", "7.1.12", "evt_", "evt_????", str(place) + "=", "evt_\u00e4"):
        assert Place.read(other) is None


def test_a_place_of_the_future_is_of_another_database(database: Database) -> None:
    with database.write() as tx:
        write(tx, "A")
    [(place, _)] = read(database)
    with database.read() as tx:
        assert tx.feed.knows(place)
        assert tx.feed.knows(tx.feed.end())
        assert not tx.feed.knows(Place(place.stand + 10_000, 0, 1))


def test_what_commits_after_a_later_one_is_not_missed(concurrent: Database) -> None:
    with ExitStack() as late:
        tx = late.enter_context(concurrent.write())
        write(tx, "late")
        with concurrent.write() as quick:
            write(quick, "quick", connector=2)
        assert read(concurrent) == [], "what stands behind one that is running is not settled"
        after = BEGINNING
    assert [*walk(concurrent, 1, after)] == ["late", "quick"]


def test_keys_taken_early_and_written_by_a_later_transaction_are_not_missed(concurrent: Database) -> None:
    with ExitStack() as early, ExitStack() as later:
        second = later.enter_context(concurrent.write())
        write(second, "second's first")
        first = early.enter_context(concurrent.write())
        write(first, "first")
        write(second, "second's other")
        early.close()
        assert read(concurrent) == []
    assert {*walk(concurrent, 1)} == {"first", "second's first", "second's other"}


def test_what_waited_for_another_one_stands_behind_it(concurrent: Database) -> None:
    """A transaction that is older, but wrote after the other one was over."""
    with ExitStack() as old:
        first = old.enter_context(concurrent.write())
        write(first, "elsewhere", connector=2)
        with concurrent.write() as second:
            write(second, "A sent")
        write(first, "A paid")
    assert [*walk(concurrent, 100)] == ["elsewhere", "A sent", "A paid"]


def test_all_is_there_at_once_when_nobody_writes_any_more(concurrent: Database) -> None:
    with ExitStack() as old:
        first = old.enter_context(concurrent.write())
        write(first, "A")
        with concurrent.write() as second:
            write(second, "B")
        write(first, "C")
    assert len(read(concurrent)) == 3


def test_what_was_brought_from_another_cluster_stands_before_all_that_comes(concurrent: Database) -> None:
    with concurrent.write() as tx:
        write(tx, "A")
    with concurrent.write() as tx:
        tx.feed.settle_in()
        tx.leases.take("a number for this transaction", "me", NOON, NOON)
        with concurrent.write() as other:  # what is not settled as this transaction still runs
            write(other, "B")
        assert not tx.feed.settle_in()
        tx.connection.execute(update(tables.history).values(stand=tables.history.c.stand + 10**12))
    assert read(concurrent) == []
    with concurrent.write() as tx:
        assert tx.feed.settle_in()
    with concurrent.write() as tx:
        write(tx, "C")
    assert [*walk(concurrent, 1)] == ["A", "B", "C"]


def test_no_reader_misses_one_of_many_writers(concurrent: Database) -> None:
    """Writers of all lengths, in many threads, and readers that follow them; each reads all, each once."""
    writers, each = 6, 40
    stopped = threading.Event()

    def work(number: int) -> None:
        chance = random.Random(number)
        for turn in range(each):
            with concurrent.write() as tx:
                write(tx, f"{number}.{turn}a")
                stopped.wait(chance.choice([0, 0, 0.002, 0.02]))
                write(tx, f"{number}.{turn}b")

    heard: list[list[str]] = [[], []]
    done = threading.Event()

    def follow(names: list[str]) -> None:
        after, last = BEGINNING, False
        while not last:
            last = done.is_set()
            while page := read(concurrent, after, 7):
                after = page[-1][0]
                names += [name for _, name in page]

    readers = [_start(follow, names) for names in heard]
    threads = [_start(work, number) for number in range(writers)]
    for thread in threads:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    wanted = {f"{number}.{turn}{part}" for number in range(writers) for turn in range(each) for part in "ab"}
    for names in heard:
        assert len(names) == len(wanted)
        assert {*names} == wanted
    assert heard[0] == heard[1], "all read it in one order"
    for number in range(writers):
        mine = [name for name in heard[0] if name.startswith(f"{number}.")]
        assert mine == [f"{number}.{turn}{part}" for turn in range(each) for part in "ab"]


def test_a_page_costs_as_much_wherever_it_is(database: Database) -> None:
    with database.write() as tx:
        rows = [
            HistoryRow(at=NOON, connector_id=1, entity="invoice", record_pk=1, record_id=str(n), kind="Sent")
            for n in range(3_000)
        ]
        tx.history.append(rows)
        if not database.is_sqlite:
            tx.connection.exec_driver_sql("ANALYZE history")
    with database.read() as tx:
        statement = tx.feed.lines(Place(1, 0, 1), 10)
        sql = str(statement.compile(tx.connection, compile_kwargs={"literal_binds": True}))
        plan = tx.connection.exec_driver_sql(
            ("EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN ") + sql.replace("%", "%%")
        )
        text = "\n".join(str(row) for row in plan)
    assert "Sort" not in text
    assert "TEMP B-TREE" not in text
    assert "ix_history_stand_id" in text or "INTEGER PRIMARY KEY" in text, text


def _start(work: Callable[..., None], *given: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=given, daemon=True)
    thread.start()
    return thread
