"""What is due: in the order it was set ready, each kind's own, read from the index alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    rows = tx.records.by_key([pk for _, pk, _ in found])
    for entity, pk, place in found:
        assert (rows[pk].entity, rows[pk].queue_position) == (entity, place)
    return [(rows[pk].id, place) for _, pk, place in found]


def test_each_kind_s_records_come_in_the_order_they_were_set_ready(queue: Database) -> None:
    with queue.read() as tx:
        found = taken(tx, Due(["invoice", "timesheet"]))
    assert [one for one in found if one[0] in "ABCD"] == [("B", 2), ("A", 5), ("D", 9)]
    assert [one for one in found if one[0] in "TU"] == [("T", 1), ("U", 7)]
    assert len(found) == 5, "nothing of another kind or connector, or that nobody set ready"


def test_a_backlog_of_one_kind_hides_no_other(queue: Database) -> None:
    with queue.read() as tx:
        assert sorted(taken(tx, Due(["invoice", "timesheet"]), limit=1)) == [("B", 2), ("T", 1)]


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
        assert Due([]).numbers(tx, 1) == {}


@pytest.fixture
def planned(queue: Database, heard: Callable[[Database], Any]) -> Plan:
    """Tells how the database means to answer the one statement of a piece of work."""

    def plan(work: Callable[[Transaction], object]) -> str:
        with heard(queue) as statements, queue.read() as tx:
            statements.clear()
            work(tx)
            [(statement, parameters)] = statements
            if not queue.is_sqlite:
                tx.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # a small table is read whole
            how = "EXPLAIN QUERY PLAN " if queue.is_sqlite else "EXPLAIN "
            given = parameters if isinstance(parameters, dict) else tuple(parameters)
            rows = tx.connection.exec_driver_sql(how + statement, given)
            return "\n".join(str(row[-1]) for row in rows)

    return plan


def test_the_due_are_read_from_their_index(planned: Plan) -> None:
    plan = planned(lambda tx: Due(["invoice", "timesheet"]).next(tx, 1, {"invoice": 2}, 10))
    assert plan.count(INDEX) == 2
    assert "SCAN record" not in plan
    assert "Seq Scan" not in plan
    assert "TEMP B-TREE" not in plan, "it is in order there"
    assert "Sort" not in plan


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
