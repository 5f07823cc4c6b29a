"""The outbox: what is to be told of a record, in order, whatever fails on the way."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from qbferry.model import News, NewsKind
from qbferry.store.outbox import Line

from .rows import NOON

if TYPE_CHECKING:
    from qbferry.store.database import Database
    from qbferry.store.transaction import Transaction

SOON, LATER = NOON + timedelta(minutes=1), NOON + timedelta(hours=1)


def line(pk: int, what: str, plugin: str = "source", entity: str = "invoice") -> Line:
    news = News(kind=NewsKind.SENT, at=NOON, run=7, values={"key": what})
    return Line(plugin=plugin, entity=entity, record_pk=pk, news=news)


def due(
    tx: Transaction, now: datetime = NOON, plugins: tuple[str, ...] = ("source", "mail"), limit: int = 10
) -> str:
    """What is due, by the names of its news."""
    names = {waiting.id: waiting.news.values["key"] for waiting in tx.outbox.waiting()}
    return " ".join(names[key] for key in tx.outbox.due(plugins, ["invoice"], now, limit))


@pytest.fixture
def waiting(database: Database) -> Database:
    """Two lines of record 1 and one of record 2; one of record 1 for another plugin."""
    with database.write() as tx:
        tx.outbox.put([line(1, "a1"), line(1, "a2"), line(2, "b1"), line(1, "m1", "mail")])
    return database


def key(tx: Transaction, name: str) -> int:
    [found] = [one.id for one in tx.outbox.waiting() if one.news.values["key"] == name]
    return found


def test_of_each_plugin_and_record_the_first_line_is_due(waiting: Database) -> None:
    with waiting.write() as tx:
        assert due(tx) == "a1 b1 m1"
        assert due(tx, limit=2) == "a1 b1"
        tx.outbox.told(key(tx, "a1"))
        assert due(tx) == "a2 b1 m1"


def test_a_line_is_leased_to_one_who_tells_it_and_comes_back(waiting: Database) -> None:
    with waiting.write() as tx:
        first = key(tx, "a1")
        leased = tx.outbox.lease(first, NOON, SOON)
        assert leased is not None
        assert leased.news == line(1, "a1").news
        assert (leased.plugin, leased.entity, leased.record_pk, leased.attempts) == (
            "source",
            "invoice",
            1,
            1,
        )
        assert tx.outbox.lease(first, NOON, SOON) is None
        assert due(tx) == "b1 m1", "what follows it waits as well"
        again = tx.outbox.lease(first, SOON, LATER)
        assert again is not None
        assert again.attempts == 2


def test_a_line_that_fails_holds_up_its_own_record_alone(waiting: Database) -> None:
    with waiting.write() as tx:
        tx.outbox.failed(key(tx, "a1"), "The source is down.", LATER)
        assert due(tx) == "b1 m1"
        assert tx.outbox.lease(key(tx, "a2"), NOON, SOON) is None, "never before the first"
        assert due(tx, LATER) == "a1 b1 m1"


def test_what_another_process_tells_is_passed_over(waiting: Database) -> None:
    if waiting.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    with waiting.write() as one, waiting.write() as other:
        first = key(one, "a1")
        assert one.outbox.lease(first, NOON, SOON) is not None
        assert other.outbox.lease(first, NOON, SOON) is None


def test_lines_of_a_plugin_or_kind_that_is_not_there_wait(waiting: Database) -> None:
    with waiting.write() as tx:
        tx.outbox.put([line(9, "c1", entity="check")])
        assert due(tx, plugins=("mail",)) == "m1"
        assert due(tx) == "a1 b1 m1"
        assert len(tx.outbox.waiting()) == 5
