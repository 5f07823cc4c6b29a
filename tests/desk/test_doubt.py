"""Records in doubt: a person decides, and QuickBooks has each once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry.desk import doubt
from qbferry.errors import InputError
from qbferry.model import TransferStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from qbferry.desk.drawer import Drawer
    from qbferry.testing.installation import Installation

    Open = Callable[[], AbstractContextManager[Drawer]]


@pytest.fixture
def doubted(world: Installation, invoice: Callable[..., dict[str, Any]], drawer: Open) -> str:
    """An invoice nobody can tell about, as a run leaves it."""
    world.put("invoice", invoice("A"))
    with drawer() as opened:
        [row] = opened.find(["A"])
        row.transfer_status, row.queue_position = TransferStatus.FAILED, None
        row.in_doubt, row.doubtful, row.reason = True, {"invoice": ""}, "Nobody can tell."
        opened.touch(row)
    return "A"


def test_what_is_in_doubt_is_listed(drawer: Open, doubted: str) -> None:
    with drawer() as opened:
        assert [record.id for record in doubt.doubtful(opened)] == [doubted]


def test_what_is_there_is_completed_by_the_next_run_and_never_sent(
    world: Installation, drawer: Open, doubted: str
) -> None:
    with drawer() as opened:
        doubt.there(opened, doubted, txn_id="1A-9", number="4711")
    world.run()
    record = world.record("invoice", doubted)
    assert record.transfer_status is TransferStatus.TRANSFERRED
    assert (record.txn_id, record.ref_number, record.transfer_count) == ("1A-9", "4711", 1)
    assert list(world.company.transactions("Invoice")) == []
    [line] = world.history(doubted)
    assert (line.kind, line.actor, line.reason_code) == ("There", "Ann", "person")
    assert (line.txn_id, line.ref_number) == ("1A-9", "4711")


def test_what_is_not_there_is_sent_by_the_next_run(world: Installation, drawer: Open, doubted: str) -> None:
    with drawer() as opened:
        doubt.not_there(opened, doubted)
    world.run()
    assert world.statuses("invoice") == {doubted: "Transferred"}
    assert len(world.company.transactions("Invoice")) == 1
    assert [line.kind for line in world.history(doubted)] == ["Not there", "Sent"]


def test_only_what_is_in_doubt_can_be_decided(
    world: Installation, invoice: Callable[..., dict[str, Any]], drawer: Open
) -> None:
    world.put("invoice", invoice("B"))
    with (
        pytest.raises(InputError, match="Invoice B is not in doubt; nothing was changed"),
        drawer() as opened,
    ):
        doubt.there(opened, "B")
