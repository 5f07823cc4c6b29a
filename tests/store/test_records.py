"""Records: whole in, whole out, and each part written by itself."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError

from qbferry.model import RecordRow, TransferStatus
from qbferry.store import migrate, tables
from qbferry.store.database import Database
from qbferry.store.records import MANY, Filter

from .rows import NOON, record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qbferry.store.transaction import Transaction

FULL: dict[str, Any] = {
    "batch": "2026-10",
    "source": "file",
    "party": "\N{FULLWIDTH LATIN CAPITAL LETTER A}CME Corp 😀",
    "party_folded": "acme corp 😀",
    "dated": date(2026, 10, 31),
    "amount": -12_345_678_901_234,
    "currency": "EUR",
    "unit": "hours",
    "number": "A-1",
    "transfer_status": TransferStatus.FAILED,
    "queue_position": 2**40,
    "transfer_date": NOON,
    "first_transfer_date": NOON - timedelta(days=9),
    "transfer_count": 3,
    "needs_resync": True,
    "done": {"entry:1": "7-1", "entry:2": None},
    "chained": ["order", "receipt:1"],
    "reason": "QuickBooks knows no Nobody Inc.",
    "reason_code": "quickbooks.3140",
    "reason_about": "Nobody Inc",
    "not_ready_reason": "It is void.",
    "ref_number": "1001",
    "txn_id": "1A-1790000000",
    "edit_sequence": "1790000000",
    "paid_date": date(2026, 11, 30),
    "balance": 0,
    "voided": True,
    "deleted": True,
    "changed_since_transfer": True,
    "changed_midway": True,
    "alone": True,
    "steps": 2,
    "in_doubt": True,
    "doubtful": {"entry:2": "entry 2", "entry:3": None},
    "lost": [{"kind": "lost", "key": "entry:1", "txn_id": "7-1", "forget": True}],
    "state_text": '{"version":1,"state":{"order":"1-1"}}',
}
BESIDE = {"batch", "source", "party", "party_folded", "dated", "amount", "currency", "unit", "number"}
"""What a change of the framework's fields leaves alone, with document and state."""


def stored(database: Database, pk: int) -> RecordRow:
    with database.read() as tx:
        return tx.records.by_key([pk])[pk]


def add(database: Database, *rows: RecordRow) -> None:
    with database.write() as tx:
        tx.records.add(rows)


def test_a_full_record_comes_out_as_it_went_in(database: Database) -> None:
    row = record("INV-1", **FULL)
    given = {
        "pk",
        "connector_id",
        "entity",
        "id",
        "version",
        "created_at",
        "updated_at",
        "document_text",
        "counted",
    }
    assert {each.name for each in fields(RecordRow)} == FULL.keys() | given, "FULL has a value for each field"
    add(database, row)
    assert row.pk
    assert stored(database, row.pk) == row


def test_a_new_record_comes_out_as_it_went_in(database: Database) -> None:
    row = record("INV-1")
    add(database, row)
    found = stored(database, row.pk)
    assert found == row
    assert found.document == {"id": "INV-1"}
    assert found.state == {}
    assert found.created_at == found.updated_at


def test_a_moment_is_the_same_moment_wherever_it_was_taken(database: Database) -> None:
    elsewhere = datetime(2026, 10, 31, 7, 30, tzinfo=timezone(timedelta(hours=-5)))
    row = record("INV-1", transfer_date=elsewhere)
    add(database, row)
    found = stored(database, row.pk).transfer_date
    assert found == elsewhere
    assert found.tzinfo is UTC


def test_what_the_framework_keeps_is_saved_and_nothing_else(database: Database) -> None:
    plain, full = record("INV-1"), record("INV-1", **FULL)
    add(database, plain)
    changed = replace(full, pk=plain.pk, created_at=plain.created_at, counted=plain.counted)
    with database.write() as tx:
        tx.records.save([changed])
    found = stored(database, plain.pk)
    assert found.version == 1
    kept = {
        "id",
        "pk",
        "version",
        "created_at",
        "updated_at",
        "document_text",
        "state_text",
        "counted",
    } | BESIDE
    for name in {each.name for each in fields(RecordRow)} - kept:
        assert getattr(found, name) == getattr(full, name), name
    for name in (*BESIDE, "document_text", "state_text", "created_at"):
        assert getattr(found, name) == getattr(plain, name), name


def test_a_document_is_saved_with_its_summary_and_state(database: Database) -> None:
    plain = record("INV-1", reason="It is void.")
    add(database, plain)
    text = json.dumps({"id": "INV-1", "organization": "Acme"})
    with database.write() as tx:
        tx.records.save_documents([replace(plain, **FULL, document_text=text)])
    found = stored(database, plain.pk)
    assert (found.document_text, found.state_text) == (text, FULL["state_text"])
    assert {name: getattr(found, name) for name in BESIDE} == {name: FULL[name] for name in BESIDE}
    assert (found.reason, found.transfer_status) == ("It is void.", plain.transfer_status)


def test_a_state_is_saved_by_itself(database: Database) -> None:
    plain = record("INV-1")
    add(database, plain)
    with database.write() as tx:
        tx.records.save_states([replace(plain, document_text="{}", state_text=FULL["state_text"])])
    found = stored(database, plain.pk)
    assert found == replace(plain, state_text=FULL["state_text"])
    assert found.state == {"order": "1-1"}


def test_more_records_than_one_question_takes_are_found(database: Database) -> None:
    rows = [record(f"INV-{number}") for number in range(MANY + 3)]
    add(database, *rows)
    with database.read() as tx:
        assert tx.records.by_key([row.pk for row in rows]) == {row.pk: row for row in rows}
        assert tx.records.by_id(1, "invoice", [row.id for row in rows]) == {row.id: row for row in rows}
        assert tx.records.page(1, "invoice", Filter(), limit=None) == rows
        assert tx.records.last_key() == rows[-1].pk
        assert tx.records.page(1, "invoice", Filter(), after=rows[0].pk, limit=2) == rows[1:3]


def test_records_are_chosen_by_status_batch_and_doubt(database: Database) -> None:
    add(
        database,
        record("A", transfer_status=TransferStatus.PENDING),
        record("B", transfer_status=TransferStatus.FAILED, batch="1"),
        record("C", batch="1"),
        record("D", in_doubt=True),
        record("E", entity="check"),
        record("F", connector_id=2),
    )

    def chosen(**which: Any) -> str:
        with database.read() as tx:
            rows = tx.records.page(1, "invoice", Filter(**which), limit=None)
            assert tx.records.number_of(1, "invoice", Filter(**which)) == len(rows)
            return "".join(row.id for row in rows)

    assert chosen() == "ABCD"
    assert chosen(statuses=[TransferStatus.PENDING, TransferStatus.FAILED]) == "AB"
    assert chosen(batch="1") == "BC"
    assert chosen(batch="1", statuses=[TransferStatus.NOT_TRANSFERRED]) == "C"
    assert chosen(in_doubt=True) == "D"
    assert chosen(in_doubt=False) == "ABC"


def test_two_firms_may_both_have_an_invoice_1001(database: Database) -> None:
    add(database, record("1001"), record("1001", connector_id=2), record("1001", entity="check"), record("7"))
    with database.read() as tx:
        assert {
            name: sorted(found)
            for name, found in tx.records.whereabouts("invoice", ["1001", "7", "8"]).items()
        } == {
            "1001": [1, 2],
            "7": [1],
        }
    with pytest.raises(IntegrityError):
        add(database, record("1001"))


def test_a_record_is_found_by_its_transaction_in_its_own_company_file(database: Database) -> None:
    row = record("INV-1", txn_id="1-1")
    add(database, row, record("INV-1", connector_id=2, txn_id="2-2"), record("INV-2"))
    with database.read() as tx:
        assert tx.records.by_txn_id(1, "1-1") == row
        assert tx.records.by_txn_id(2, "1-1") is None


def test_filterable_values_are_those_last_kept(database: Database) -> None:
    first, second = record("A"), record("B")
    add(database, first, second)
    with database.write() as tx:
        tx.records.save_values(
            "invoice", {first.pk: {"terms": "net 30", "rep": "ann"}, second.pk: {"terms": "net 7"}}
        )
        tx.records.save_values("invoice", {first.pk: {"terms": "net 60"}})
    with database.reading() as connection:
        kept = connection.execute(select(tables.record_value).order_by(tables.record_value.c.record_pk))
        assert [(row.record_pk, row.entity, row.name, row.value) for row in kept] == [
            (first.pk, "invoice", "terms", "net 60"),
            (second.pk, "invoice", "terms", "net 7"),
        ]


def test_what_is_raised_in_a_transaction_leaves_nothing_of_it(database: Database) -> None:
    def fail() -> None:
        with database.write() as tx:
            tx.records.add([record("INV-1")])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.read() as tx:
        assert tx.records.number_of(1, "invoice", Filter()) == 0


@pytest.mark.parametrize(
    "which",
    [
        Filter(),
        Filter(statuses=[TransferStatus.PENDING]),
        Filter(batch="10"),
        Filter(batch="10", statuses=[TransferStatus.PENDING]),
        Filter(in_doubt=True),
    ],
)
def test_a_page_is_read_in_its_order_from_an_index(database: Database, which: Filter) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL goes by what is in the table")
    add(database, record("A"))
    plans: list[str] = []

    def explain(connection: Any, _: Any, statement: str, parameters: Any, *__: Any) -> None:
        cursor = connection.connection.cursor()
        if statement.startswith("SELECT"):
            plans.extend(row[-1] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    event.listen(database.engine, "before_cursor_execute", explain)
    with database.read() as tx:
        tx.records.page(1, "invoice", which, after=1, limit=10)
        if which.batch is None and which.in_doubt is None:
            before = len(plans)
            tx.records.number_of(1, "invoice", which)
            assert not any("record" in plan for plan in plans[before:]), "the counters know"
    event.remove(database.engine, "before_cursor_execute", explain)
    assert plans
    assert not any("TEMP B-TREE" in plan or plan.startswith("SCAN record") for plan in plans), plans


@pytest.mark.parametrize(
    ("work", "index"),
    [
        (
            lambda tx: tx.polls.concerned(1, "paid", ["invoice"], ["1-1", "1-2"]),
            "ix_record_connector_id_txn_id",
        ),
        (lambda tx: tx.records.unheard(1, ["invoice"]), "ix_lost_record_connector_id_pk"),
    ],
)
def test_what_every_run_asks_for_is_found_by_an_index_of_few(
    tmp_path: Path, heard: Callable[[Database], Any], work: Callable[[Transaction], object], index: str
) -> None:
    with closing(Database(f"sqlite:///{tmp_path / 'db.sqlite3'}")) as database:
        migrate.upgrade(database, [])
        with heard(database) as statements, database.read() as tx:
            work(tx)
            asked = [*statements]
            how = [
                row[-1]
                for statement, parameters in asked
                for row in tx.connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, tuple(parameters))
            ]
        searched = [line for line in how if " record " in line]
        assert searched
        assert not [line for line in searched if "ix_record_arrival" in line]
        assert any(index in line for line in searched)
