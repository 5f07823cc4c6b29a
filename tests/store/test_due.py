"""What is due: in the order it was set ready, each kind's own, read from the index alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qbferry.store.due import Due

from .rows import record

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.store.database import Database
    from qbferry.store.transaction import Transaction

    Plan = Callable[[Callable[[Transaction], object]], str]

INDEX = "ix_record_connector_id_entity_queue_position"

Found = list[tuple[str, int]]


@pytest.fixture
def queue(database: Database) -> Database:
    """Invoices and timesheets, set ready in another order than they came; some that are not due."""
    with database.write() as tx:
        tx.records.add(
            [
                record("A", queue_position=5),
                record("B", queue_position=2),
                record("C"),
                record("D", queue_position=9),
                record("T", entity="timesheet", queue_position=1),
                record("U", entity="timesheet", queue_position=7),
                record("X", entity="check", queue_position=3),
                record("S", connector_id=2, queue_position=4),
            ]
        )
    return database


def taken(tx: Transaction, due: Due, connector: int = 1, limit: int = 10, **cursors: int) -> Found:
    found = due.next(tx, connector, cursors, limit)
    rows = tx.records.by_key([row.pk for row in found])
    assert found == [rows[row.pk] for row in found]
    assert due.any(tx, connector, cursors) == bool(found)
    return [(row.id, row.queue_position or 0) for row in found]


def test_kinds_take_turns_and_each_kind_s_records_come_in_the_order_they_were_set_ready(
    queue: Database,
) -> None:
    with queue.read() as tx:
        found = taken(tx, Due(["invoice", "timesheet"]))
        assert found == [("B", 2), ("T", 1), ("A", 5), ("U", 7), ("D", 9)], "and nothing else is due"
        assert taken(tx, Due(["timesheet", "invoice"]), limit=3) == [("T", 1), ("B", 2), ("U", 7)]


def test_a_backlog_of_one_kind_hides_no_other(queue: Database) -> None:
    with queue.read() as tx:
        assert taken(tx, Due(["invoice", "timesheet"]), limit=2) == [("B", 2), ("T", 1)]


def test_what_a_run_has_tried_is_behind_its_cursors(queue: Database) -> None:
    with queue.read() as tx:
        assert taken(tx, Due(["invoice", "timesheet"]), invoice=2, timesheet=7) == [("A", 5), ("D", 9)]
        assert taken(tx, Due(["invoice", "timesheet"]), invoice=9, timesheet=7) == []


def test_each_connector_has_its_own_queue(queue: Database) -> None:
    with queue.read() as tx:
        assert taken(tx, Due(["invoice", "timesheet"]), connector=2) == [("S", 4)]


def test_the_due_are_numbered_by_kind(queue: Database) -> None:
    with queue.read() as tx:
        assert Due(["invoice", "timesheet", "bill"]).numbers(tx, 1) == {"invoice": 3, "timesheet": 2}


def test_without_a_kind_nothing_is_due(queue: Database) -> None:
    with queue.read() as tx:
        assert Due([]).next(tx, 1, {}, 10) == []
        assert not Due([]).any(tx, 1, {})
        assert Due([]).numbers(tx, 1) == {}


def test_the_due_are_read_from_their_index(planned: Plan) -> None:
    due = Due(["invoice", "timesheet"])
    looking = planned(lambda tx: due.any(tx, 1, {"invoice": 2}))
    assert looking.count(INDEX) == 2
    assert "TEMP B-TREE" not in looking, "it is in order there"
    assert "Sort" not in looking
    reading = planned(lambda tx: due.next(tx, 1, {"invoice": 2}, 10))
    assert reading.count(INDEX) == 2
    for whole in ("SCAN record", "SCAN document", "Seq Scan"):
        assert whole not in reading


def test_the_due_are_numbered_from_the_counters_however_many_they_are(planned: Plan) -> None:
    plan = planned(lambda tx: Due(["invoice"]).numbers(tx, 1))
    assert "counter" in plan
    assert "record" not in plan


def test_a_record_that_is_taken_out_is_numbered_no_more(queue: Database) -> None:
    with queue.write() as tx:
        [row] = tx.records.by_id(1, "invoice", ["B"]).values()
        row.queue_position = None  # in doubt, say: its status remains
        tx.records.save([row])
        assert Due(["invoice"]).numbers(tx, 1) == {"invoice": 2}
