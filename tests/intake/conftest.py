"""Both ways in: few records in a transaction of somebody's, and a file of whatever length."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.desk.drawer import Drawer
from qbferry.intake import ImportReport, JsonLines, bring_in, read, take_in
from qbferry.store.counters import counted
from qbferry.store.records import Filter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from qbferry.store.transaction import Transaction
    from qbferry.testing.installation import Installation

    Bring = Callable[..., ImportReport]


@pytest.fixture
def bring(world: Installation) -> Bring:
    """Imports lines as a command does."""

    def run(lines: Iterable[str], *, connector: str | None = None, **how: Any) -> ImportReport:
        def open_drawer(tx: Transaction, lock: bool) -> AbstractContextManager[Drawer]:
            return Drawer.open(tx, world.plugins, "invoice", connector, "continue", actor="Ann", lock=lock)

        return bring_in(
            world.database, open_drawer, lines if callable(lines) else lambda _: JsonLines(lines), **how
        )

    return run


@pytest.fixture(params=["few", "file"])
def take(request: pytest.FixtureRequest, world: Installation, bring: Bring) -> Iterator[Bring]:
    """Imports documents, in either way; at the end the counters must be right."""

    def few(*documents: dict[str, Any], connector: str | None = None, **how: Any) -> ImportReport:
        with (
            world.database.write() as tx,
            Drawer.open(
                tx, world.plugins, "invoice", connector, "continue", actor="Ann", lock=True
            ) as drawer,
        ):
            return take_in(drawer, read(drawer.entity, map(json.dumps, documents)), **how)

    def file(*documents: dict[str, Any], **how: Any) -> ImportReport:
        return bring(map(json.dumps, documents), **how)

    yield few if request.param == "few" else file
    check_counters(world)


def check_counters(world: Installation) -> None:
    """Hold the counters against a recount."""
    with world.database.read() as tx:
        for connector in tx.connectors.everyone():
            said = {
                str(row.transfer_status): (row.records, row.due, row.amount)
                for row in counted(tx.connection, connector.id)
                if row.records or row.due or row.amount
            }
            there: dict[str, tuple[int, int, int]] = {}
            for row in tx.records.page(connector.id, "invoice", Filter(), limit=None):
                records, due, amount = there.get(str(row.transfer_status), (0, 0, 0))
                due += row.queue_position is not None
                there[str(row.transfer_status)] = records + 1, due, amount + (row.amount or 0)
            assert said == there
