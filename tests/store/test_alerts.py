"""Alerts: a fact is told once, until somebody has dismissed it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from qbferry.store import tables
from qbferry.store.rows import AlertRow

from .rows import NOON

if TYPE_CHECKING:
    from qbferry.store.database import Database


def alert(about: str = "A1", **fields: Any) -> AlertRow:
    values: dict[str, Any] = {"at": NOON, "connector_id": 1, "kind": "answer.differs", "text": "It differs."}
    return AlertRow(about=about, **values | fields)


def test_a_fact_is_raised_once(database: Database) -> None:
    first = alert(entity="invoice", record_pk=7)
    with database.write() as tx:
        tx.alerts.alert(first)
        tx.alerts.alert(alert(text="It differs again."))
    with database.write() as tx:
        tx.alerts.alert(alert())
        assert tx.alerts.standing(1) == [first]


def test_what_differs_in_kind_matter_or_connector_is_another_fact(database: Database) -> None:
    with database.write() as tx:
        for row in (alert(), alert("A2"), alert(kind="file.changed"), alert(connector_id=2)):
            tx.alerts.alert(row)
        assert [(row.kind, row.about) for row in tx.alerts.standing(1)] == [
            ("answer.differs", "A1"),
            ("answer.differs", "A2"),
            ("file.changed", "A1"),
        ]
        assert len(tx.alerts.standing(2)) == 1


def test_a_fact_that_comes_again_after_it_was_dismissed_is_raised_again(database: Database) -> None:
    with database.write() as tx:
        tx.alerts.alert(alert())
        tx.connection.execute(update(tables.alert).values(dismissed_at=NOON, dismissed_by="ann"))
        assert tx.alerts.standing(1) == []
        tx.alerts.alert(alert(text="Again."))
        assert [row.text for row in tx.alerts.standing(1)] == ["Again."]
