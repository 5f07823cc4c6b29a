"""Counters of records and amounts: right after every change, whatever it was."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.model import TransferStatus
from qbferry.store.counters import counted
from qbferry.store.records import Filter

from .rows import record

if TYPE_CHECKING:
    from qbferry.model import RecordRow
    from qbferry.store.database import Database

ENTITIES, CONNECTORS = ("invoice", "timesheet"), (1, 2)


def told(database: Database) -> dict[Any, tuple[int, int, int]]:
    """What the counters say, of what there is any."""
    with database.reading() as connection:
        return {
            (row.connector_id, row.entity, row.transfer_status, row.currency, row.unit): (
                row.records,
                row.due,
                row.amount,
            )
            for row in counted(connection)
            if row.records or row.due or row.amount
        }


def recounted(database: Database) -> dict[Any, tuple[int, int, int]]:
    """The same, counted from the records."""
    found: dict[Any, list[int]] = defaultdict(lambda: [0, 0, 0])
    with database.read() as tx:
        for connector in CONNECTORS:
            for entity in ENTITIES:
                for row in tx.records.page(connector, entity, Filter(), limit=None):
                    place = found[connector, entity, row.transfer_status, row.currency, row.unit]
                    place[0] += 1
                    place[1] += row.queue_position is not None
                    place[2] += row.amount or 0
    return {key: (records, due, amount) for key, (records, due, amount) in found.items()}


def shake(dice: Random, row: RecordRow) -> None:
    """Change what is counted of a record, by chance."""
    row.transfer_status = dice.choice([*TransferStatus])
    row.amount = dice.choice([None, 0, -250, 10_000, 99_999_999])
    row.currency = dice.choice(["", "EUR"])
    row.unit = dice.choice(["money", "hours"])
    row.queue_position = dice.choice([None, 1, 2])


@pytest.mark.parametrize("seed", range(3))
def test_counters_are_a_recount_of_the_records(database: Database, seed: int) -> None:
    dice = Random(seed)
    for turn in range(12):
        with database.write() as tx:
            new = [
                record(f"{turn}-{number}", entity=dice.choice(ENTITIES), connector_id=dice.choice(CONNECTORS))
                for number in range(dice.randrange(4))
            ]
            for row in new:
                shake(dice, row)
            tx.records.add(new)
            entity, connector = dice.choice(ENTITIES), dice.choice(CONNECTORS)
            there = tx.records.page(connector, entity, Filter(), limit=None)
            chosen = dice.sample(there, min(len(there), 5))
            for row in chosen:
                shake(dice, row)
            saves = [tx.records.save, tx.records.save_documents]
            dice.shuffle(saves)
            for save in saves:
                save(chosen)
        assert told(database) == recounted(database)
    assert len(told(database)) > 5, "there was something to count"


def test_a_record_counts_once_in_its_place(database: Database) -> None:
    row = record("INV-1", amount=12_50)
    with database.write() as tx:
        tx.records.add([row])
    assert told(database) == {(1, "invoice", TransferStatus.NOT_TRANSFERRED, "", "money"): (1, 0, 12_50)}
    row.transfer_status, row.queue_position = TransferStatus.PENDING, 7
    with database.write() as tx:
        tx.records.save([row])
        tx.records.save([row])
    assert told(database) == {(1, "invoice", TransferStatus.PENDING, "", "money"): (1, 1, 12_50)}


def test_an_amount_that_changes_with_its_document_is_counted(database: Database) -> None:
    row = record("INV-1", amount=12_50)
    with database.write() as tx:
        tx.records.add([row])
        row.amount = None
        tx.records.save_documents([row])
    assert told(database) == {(1, "invoice", TransferStatus.NOT_TRANSFERRED, "", "money"): (1, 0, 0)}


def test_counters_of_one_connector_are_told_by_themselves(database: Database) -> None:
    with database.write() as tx:
        tx.records.add([record("A"), record("A", connector_id=2), record("B", connector_id=2)])
        assert [row.records for row in counted(tx.connection, 1)] == [1]
        assert [row.records for row in counted(tx.connection, 2)] == [2]
