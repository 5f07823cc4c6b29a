"""Invoices with a negative total: QuickBooks gets a credit memo, and here it stays an invoice."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.transfer.clocks import pass_by

from qbferry.config import PluginSettings
from qbferry.plugin.manager import assemble
from qbferry.simulator import HResultError, Session, bookkeeper
from qbferry.testing.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LINES = [
    {"item": "Labor", "quantity": "2", "amount": "-300.00"},
    {"item": "Labor~Remote", "quantity": "1", "amount": "50.00"},
]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Installation]:
    settings = {"enabled": ["invoices"], "invoices": {"negative": "credit_memo"}}
    plugins = assemble(PluginSettings.model_validate(settings))
    with Installation(tmp_path, plugins=plugins) as installation:
        yield installation


def invoice(number: int, lines: list[dict[str, Any]]) -> dict[str, Any]:
    dated = "2026-10-31"
    return {"id": f"INV-{number}", "organization": "Acme Corp", "invoice_date": dated, "lines": lines}


def test_it_becomes_a_credit_memo_of_the_same_amount_beside_the_others(world: Installation) -> None:
    world.put("invoice", invoice(1, LINES), invoice(2, [{"item": "Labor", "amount": "10.00"}]))
    world.run()
    [memo] = world.company.transactions("CreditMemo")
    [charged] = world.company.transactions("Invoice")
    assert memo["CreditRemaining"] == "250.00"
    assert [world.record("invoice", f"INV-{number}").txn_id for number in (1, 2)] == [
        memo["TxnID"],
        charged["TxnID"],
    ]
    assert world.record("invoice", "INV-1").ref_number == memo["RefNumber"]


class Dies:
    """QuickBooks executes the credit memo and dies before it answers."""

    def __init__(self) -> None:
        self.done = False

    def disturb(self, name: str) -> None:
        if self.done:
            raise HResultError("0x80040402")
        self.done = name == "CreditMemoAdd"


def test_one_whose_answer_was_lost_is_found_among_credit_memos(world: Installation) -> None:
    world.put("invoice", invoice(1, LINES), invoice(2, [{"item": "Labor", "amount": "10.00"}]))
    world.run(Session(world.company, interference=Dies()))
    world.run()
    [memo] = world.company.transactions("CreditMemo")
    assert world.record("invoice", "INV-1").txn_id == memo["TxnID"]
    assert set(world.statuses("invoice").values()) == {"Transferred"}


def test_one_that_is_deleted_by_hand_is_said_to_be(world: Installation) -> None:
    world.put("invoice", invoice(1, LINES))
    world.run()
    [memo] = world.company.transactions("CreditMemo")
    bookkeeper.delete(world.company, memo["TxnID"])
    pass_by(world, timedelta(hours=1, minutes=1))
    world.run()
    assert world.record("invoice", "INV-1").deleted
