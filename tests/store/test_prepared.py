"""Statements that are compiled once: they say and give what SQLAlchemy's own execution does."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from qbferry.errors import DatabaseError
from qbferry.model import TransferStatus
from qbferry.store import tables
from qbferry.store.prepared import Prepared, PreparedIn, places

from .rows import NOON, record, run

if TYPE_CHECKING:
    from qbferry.store.database import Database

_T = tables.record
EVERYTHING = select(_T, tables.document.c.document).join(tables.document)
BY_KEY = PreparedIn(EVERYTHING, _T.c.pk)


@pytest.fixture
def filled(database: Database) -> Database:
    """With 20 records that have something, or nothing, in each kind of column."""
    rows = [record(f"INV-{number}") for number in range(20)]
    for row in rows[::2]:
        row.dated, row.transfer_date, row.amount, row.voided = date(2026, 10, 31), NOON, 2**40, True
        row.transfer_status, row.done, row.chained = TransferStatus.FAILED, {"invoice": None}, ["a"]
    with database.write() as tx:
        tx.records.add(rows)
    return database


def test_it_gives_what_sqlalchemy_gives(filled: Database) -> None:
    statement = EVERYTHING.order_by(_T.c.pk)
    with filled.read() as tx:
        theirs = [tuple(row) for row in tx.connection.execute(statement)]
        ours = [tuple(row) for row in Prepared(statement).all(tx.connection, {})]
    assert ours == theirs
    assert len(ours) == 20
    assert [type(value) for row in ours for value in row] == [type(value) for row in theirs for value in row]


def test_it_stores_what_sqlalchemy_stores(filled: Database) -> None:
    names = ("dated", "transfer_date", "amount", "voided", "transfer_status", "done", "chained", "reason")
    change = update(_T).where(_T.c.pk == bindparam("_pk")).values(places(names))
    values: tuple[Any, ...] = (
        date(2026, 1, 2),
        NOON,
        -5,
        True,
        TransferStatus.TRANSFERRED,
        {"a": "ü"},
        ["b"],
    )
    given = [
        dict(zip(names, (*values, "a reason"), strict=True)) | {"_pk": 1},
        dict.fromkeys(names) | {"voided": False, "transfer_status": TransferStatus.PENDING, "_pk": 2},
    ]
    found = select(*(_T.c[name] for name in names), text("done || chained")).where(_T.c.pk <= 2)
    with filled.write() as tx:
        Prepared(change).run_each(tx.connection, given)
        ours = tx.connection.execute(found.order_by(_T.c.pk)).all()
        tx.connection.execute(change, given)
        assert tx.connection.execute(found.order_by(_T.c.pk)).all() == ours
    assert ours[0][:-2] == values


def test_values_that_belong_to_the_statement_need_not_be_given(filled: Database) -> None:
    statement = select(_T.c.id).where(
        _T.c.transfer_status == TransferStatus.FAILED, _T.c.pk < bindparam("end")
    )
    prepared = Prepared(statement.order_by(_T.c.pk.desc()).limit(2))
    with filled.read() as tx:
        assert [id_ for (id_,) in prepared.all(tx.connection, {"end": 6})] == ["INV-4", "INV-2"]
        assert prepared.one(tx.connection, {"end": 2}) == ("INV-0",)
        assert prepared.one(tx.connection, {"end": 1}) is None


@pytest.mark.parametrize("keys", [[3], [3, 1], [1, 2, 3], [5, 5, 5, 5, 5], [*range(1, 21)], [4, 99]])
def test_any_number_of_keys_is_looked_up(filled: Database, keys: list[int]) -> None:
    with filled.read() as tx:
        found = BY_KEY.all(tx.connection, {}, keys)
    assert sorted(row[0] for row in found) == sorted({key for key in keys if key <= 20})


def test_keys_are_looked_up_by_few_statements(filled: Database, heard: Any) -> None:
    with heard(filled) as statements, filled.read() as tx:
        for count in range(1, 21):
            BY_KEY.all(tx.connection, {}, [*range(1, count + 1)])
    assert len({statement for statement, _ in statements if "record" in statement}) == 6


def test_a_row_that_may_not_be_is_refused_as_sqlalchemy_refuses_it(database: Database) -> None:
    with database.write() as tx:
        tx.runs.add(run())
    with pytest.raises(IntegrityError) as refused, database.write() as tx:
        tx.runs.add(run())
    assert "INSERT INTO run" in str(refused.value)
    assert "2026" not in str(refused.value), "what was given is nobody's business"
    with database.read() as tx:
        assert len(tx.runs.latest(None)) == 1


def test_what_the_database_cannot_do_is_a_sentence(database: Database) -> None:
    refuse = "PRAGMA query_only=ON" if database.is_sqlite else "SET TRANSACTION READ ONLY"

    def write() -> None:
        with database.write() as tx:
            tx.connection.exec_driver_sql(refuse)
            tx.runs.add(run())

    with pytest.raises(DatabaseError, match=r"cannot do this now: .*read-?only"):
        write()


def test_a_lost_connection_says_so_and_is_not_used_again(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no connection that can be lost")
    own = Prepared(select(func.pg_backend_pid()))
    with database.engine.connect() as connection:
        lost = own.one(connection, {})
        assert lost
        with database.engine.connect() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({lost[0]})")
        with pytest.raises(OperationalError, match="terminating") as said:
            own.one(connection, {})
        assert said.value.connection_invalidated
        assert connection.invalidated
    with database.write() as tx:
        assert own.one(tx.connection, {}) != lost
