"""What acts have touched is written when the drawer is closed, or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.plain import INVOICES

from qbferry import Column, Entity, Kind, hookimpl
from qbferry.desk.drawer import Act, Drawer
from qbferry.errors import NotFoundError
from qbferry.intake import read, take_in
from qbferry.model import TransferStatus
from qbferry.plugin.manager import Plugins
from qbferry_invoices.plugin import Invoices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]
    Open = Callable[[], AbstractContextManager[Drawer]]


def test_what_was_touched_is_written_at_the_end(world: Installation, invoice: Make, drawer: Open) -> None:
    world.put("invoice", invoice("A"))
    with drawer() as opened:
        [row] = opened.find(["A"])
        row.reason = "Because."
        opened.touch(row)
        opened.note(row, Act.NOT_READY)
        assert world.history("A") == []
    assert world.record("invoice", "A").reason == "Because."
    assert [line.kind for line in world.history("A")] == ["Not ready"]


def test_nothing_is_written_once_something_is_raised(
    world: Installation, invoice: Make, drawer: Open
) -> None:
    world.put("invoice", invoice("A"))

    def fail() -> None:
        with drawer() as opened:
            [row] = opened.find(["A"])
            row.reason, row.queue_position = "Because.", opened.next_position()
            opened.touch(row)
            opened.note(row, Act.READY)
            opened.find(["B"])

    with pytest.raises(NotFoundError):
        fail()
    assert world.record("invoice", "A").reason is None
    assert world.history("A") == []


def test_what_is_found_is_as_it_was_touched(world: Installation, invoice: Make, drawer: Open) -> None:
    world.put("invoice", invoice("A"))
    with drawer() as opened:
        [row] = opened.find(["A"])
        row.transfer_status = TransferStatus.FAILED
        opened.touch(row)
        assert opened.find(["A"])[0].transfer_status is TransferStatus.FAILED


class _Filterable(Invoices):
    """Invoices that can be filtered by more than their summary."""

    @hookimpl
    def entities(self) -> Iterable[Entity]:
        [entity] = super().entities()
        columns = (
            Column(name="total", kind=Kind.MONEY, filterable=True),
            Column(name="memo", filterable=True),
            Column(
                name="collected",
                kind=Kind.FLAG,
                paths=("document.paid_by_payment_processing",),
                filterable=True,
            ),
        )
        return [replace(entity, columns=columns)]


def test_what_can_be_filtered_by_is_kept_beside_the_record(world: Installation, invoice: Make) -> None:
    plugins = Plugins({"invoices": _Filterable(INVOICES)})

    def kept() -> dict[str, str]:
        with world.database.engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT name, value FROM record_value")
            return {row.name: row.value for row in rows}

    with (
        world.database.write() as tx,
        Drawer.open(tx, plugins, "invoice", None, "continue", lock=True) as opened,
    ):
        documents = [
            json.dumps(invoice("A")),
            json.dumps(invoice("B", memo="Ünïcode", total="-1.00", paid_by_payment_processing=True)),
        ]
        take_in(opened, read(opened.entity, documents[:1]))
    assert kept() == {"total": "100000000000030000000", "collected": "0"}
    with (
        world.database.write() as tx,
        Drawer.open(tx, plugins, "invoice", None, "continue", lock=True) as opened,
    ):
        [row] = opened.find(["A"])
        row.document_text = read(opened.entity, documents[1:])[0].text
        opened.touch(row, text=True)
    assert kept() == {"total": "099999999999999900000", "collected": "1", "memo": "ünïcode"}
