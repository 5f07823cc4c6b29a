"""Polls gone wrong keep no list from being read and no run from going on; what they get wrong is not kept."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import Poll, hookimpl, mirror
from qbferry.testing.installation import PASSWORD, USER

from .odd import Owner, fails, first, installation, leaves, put_three

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]


class Polling:
    """A policy that polls what it was given."""

    def __init__(self, *polls: Any) -> None:
        self.given = polls

    @hookimpl
    def polls(self) -> Any:
        for poll in self.given:
            if isinstance(poll, Exception):
                raise poll
            yield poll


def poll(**changes: Any) -> Poll:
    values: dict[str, Any] = {
        "name": "odd",
        "interval": timedelta(0),
        "query": lambda _: ("InvoiceQuery", "<MaxReturned>1</MaxReturned>"),
        "handle": lambda response, records: None,
    }
    return Poll(**values | changes)


def known(world: Installation, kind: str) -> bool:
    with world.database.read() as tx:
        return tx.lists.of(1).known(kind)


@pytest.mark.parametrize(
    "odd",
    [
        [poll(query=fails)],
        [poll(query=first(None))],
        [poll(query=first(("InvoiceQuery", "<Paid>yes</Paid>")))],
        [poll(query=first(("InvoiceAdd", "<InvoiceAdd/>")))],
        [poll(handle=fails)],
        [poll(handle=leaves)],
        [poll(interval=60)],
        [poll(name=None)],
        ["Vendor"],
        [mirror("Class"), KeyError("rate")],
    ],
)
def test_a_poll_gone_wrong_keeps_no_list_from_being_read(
    tmp_path: Path, invoice: Make, odd: list[Any]
) -> None:
    plugins = {"before": Polling(mirror("Vendor")), "odd": Polling(*odd), "after": Polling(mirror("Account"))}
    with installation(tmp_path, plugins) as world:
        put_three(world, invoice)
        assert world.run()[-1] == 100
        assert set(world.statuses("invoice").values()) == {"Transferred"}
        assert known(world, "Vendor")
        assert known(world, "Account")
        assert known(world, "Class") is (odd[-1] == mirror("Class") or "Class" in str(odd[1:]))


def test_a_poll_gone_wrong_with_an_interval_does_not_keep_runs_from_beginning(
    tmp_path: Path, invoice: Make
) -> None:
    odd = [poll(interval=timedelta(hours=1), query=fails), KeyError("rate")]
    with installation(tmp_path, {"odd": Polling(*odd)}) as world:
        assert world.exchange.authenticate(USER, PASSWORD).answer == "none"
        world.put("invoice", invoice(1))
        assert world.run() == [100]


def _paid(**values: Any) -> Any:
    def handle(response: Any, records: Any) -> None:
        for found in response.objects:
            record = records.by_txn_id(found.text("TxnID"))
            records.save(record, **values)

    return handle


def _told(*kind: Any, **values: Any) -> Any:
    def handle(response: Any, records: Any) -> None:
        for found in response.objects:
            records.tell(records.by_txn_id(found.text("TxnID")), *kind, **values)

    return handle


@pytest.mark.parametrize(
    "handle",
    [
        _paid(paid_date="2026-10-31"),
        _paid(balance=12.5),
        _paid(balance=Decimal("Infinity")),
        _paid(balance=Decimal("1e30")),
        _paid(voided="yes"),
        _paid(ref_number=7),
        _told("paid"),
        _told(None),
        lambda response, records: records.by_txn_id(12345),
        lambda response, records: records.by_txn_id(None),
        lambda response, records: records.save(None, voided=True),
    ],
)
def test_what_a_poll_cannot_keep_of_a_record_is_not_kept(
    tmp_path: Path, database_url: str, invoice: Make, handle: Any
) -> None:
    class Everything:
        """Tells the world outside, so that there is an outbox to write to."""

        @hookimpl
        def update_source(self) -> None:
            raise NotImplementedError

    class Polled(Owner):
        @hookimpl
        def polls(self) -> list[Poll]:
            return [poll(handle=handle, query=first(("InvoiceQuery", "")))]

    with installation(tmp_path, {"invoices": Polled(), "told": Everything()}, url=database_url) as world:
        put_three(world, invoice)
        world.run()
        before = world.records("invoice")
        world.put("invoice", invoice(4))
        assert world.run()[-1] == 100
        assert set(world.statuses("invoice").values()) == {"Transferred"}
        assert [row for row in world.records("invoice") if row.id != "INV-4"] == before
