"""The edges of restored backups and wrong clocks: how far back is looked, and what is evidence."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from qbferry import hookimpl, mirror
from qbferry.intake import read, take_in
from qbferry.proof.scenario import invoice as invoice_wish
from qbferry.proof.scenario import order
from qbferry.simulator import Session
from qbferry.store import tables
from qbferry.testing.audit import audit

from .odd import installation
from .restored import at_desk, live, run, sent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qbferry import Poll
    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]


ELSEWHERE = (
    "<CustomerRef><FullName>Acme Corp</FullName></CustomerRef>"
    "<ExternalGUID>{5F0B9E53-7C0C-4A6B-9B5C-0D8A3C1B7E11}</ExternalGUID>"
    "<InvoiceLineAdd><ItemRef><FullName>Labor:Remote</FullName></ItemRef><Amount>1.00</Amount></InvoiceLineAdd>"
)
"""An invoice that another application gives QuickBooks, with a marker of its own."""


@pytest.fixture
def database_url() -> None:
    """Nothing here depends on the kind of database."""


class Vendors:
    """A policy that wants QuickBooks' vendors at hand."""

    @hookimpl
    def polls(self) -> list[Poll]:
        return [mirror("Vendor")]


def vendor(world: Installation, name: str) -> bool:
    """Whether a vendor is among those at hand."""
    with world.database.read() as tx:
        return tx.lists.of(1).find("Vendor", name) is not None


def by_hand(world: Installation, name: str, fields: str) -> None:
    """A person adds something to QuickBooks."""
    head = '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
    body = f"<{name}Rq><{name}>{fields}</{name}></{name}Rq></QBXMLMsgsRq></QBXML>"
    assert 'statusCode="0"' in Session(world.company, "a person").process(head + body)


def quickbooks_time(world: Installation, monkeypatch: pytest.MonkeyPatch, away: timedelta) -> None:
    """Let the clock of QuickBooks' computer stand still, so far away from ours."""
    moment = datetime.now(UTC) + away
    monkeypatch.setattr(world.company, "_clock", lambda: moment)


@pytest.mark.parametrize(("days", "there"), [(89, 2), (91, 1)])
def test_what_quickbooks_no_longer_remembers_the_deletion_of_never_goes_again_by_itself(
    tmp_path: Path, invoice: Make, backup: Path, days: int, there: int
) -> None:
    """It keeps deletions for 90 days: what is older may have been deleted by hand."""
    with installation(tmp_path, {}) as world:
        world.company.backup(backup)
        world.put("invoice", invoice(1))
        run(world)
        with world.database.write() as tx:
            long_ago = datetime.now(UTC) - timedelta(days=days)
            tx.connection.execute(update(tables.history).values(at=long_ago))
        world.company.restore(backup)
        world.put("invoice", invoice(2))
        run(world)
        assert live(world) == there


def test_a_txnid_that_was_given_out_a_second_time_is_no_evidence(
    tmp_path: Path, invoice: Make, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TxnIDs are counted; a restored file counts on from where it was, for whoever comes first."""
    with installation(tmp_path, {}) as world:
        quickbooks_time(world, monkeypatch, timedelta())
        world.company.backup(backup)
        world.put("invoice", invoice(1))
        run(world)
        lost = world.record("invoice", "INV-1").txn_id or ""
        world.company.restore(backup)
        by_hand(world, "InvoiceAdd", ELSEWHERE)
        [other] = world.company.transactions("Invoice")
        assert other["TxnID"] == lost
        world.put("invoice", invoice(2))
        assert sent(run(world)) == 2
        assert [line.kind for line in world.history("INV-1")] == ["Sent", "Lost", "Sent"]
        assert world.record("invoice", "INV-1").txn_id != lost
        audit(world, by_hand={lost})


def test_lists_are_read_anew_as_a_whole(tmp_path: Path, invoice: Make, backup: Path) -> None:
    with installation(tmp_path, {"vendors": Vendors()}) as world:
        world.company.backup(backup)
        by_hand(world, "VendorAdd", "<Name>Newcomer</Name>")
        world.put("invoice", invoice(1))
        run(world)
        assert vendor(world, "Newcomer")
        world.company.restore(backup)
        world.put("invoice", invoice(2))
        [asked] = [message for message in run(world) if "<VendorQueryRq" in message]
        assert "FromModifiedDate" not in asked
        assert not vendor(world, "Newcomer")
        assert vendor(world, "Ingram Micro")


def test_what_changed_while_quickbooks_clock_was_an_hour_late_is_noticed(
    tmp_path: Path, invoice: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with installation(tmp_path, {"vendors": Vendors()}) as world:
        world.put("invoice", invoice(1))
        run(world)
        quickbooks_time(world, monkeypatch, timedelta(hours=-1))
        by_hand(world, "VendorAdd", "<Name>Newcomer</Name>")
        world.put("invoice", invoice(2))
        [asked] = [message for message in run(world) if "<VendorQueryRq" in message]
        assert "FromModifiedDate" in asked, "not all of them again"
        assert vendor(world, "Newcomer")


def test_a_receipt_lost_behind_which_another_is_there_goes_again_as_one_of_its_own(
    office: Installation, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backup comes back within a run, between two receipts on different lines of an order."""

    def received(first: str, second: str) -> None:
        document = order("PO-1", received=second).document
        document["lines"][0]["received"] = first
        with at_desk(office, "purchase_order") as drawer:
            take_in(drawer, read(drawer.entity, [json.dumps(document)]))

    office.put("purchase_order", order("PO-1").document)
    run(office)
    office.company.backup(backup)
    received("1", "0")
    ticket, quickbooks = office.begin(), Session(office.company)

    def until(receipts: int) -> None:
        while office.record("purchase_order", "PO-1").state["receipts"] < receipts:
            office.receive(ticket, quickbooks.process(office.send(ticket)))

    until(1)
    office.company.restore(backup)
    quickbooks_time(office, monkeypatch, timedelta(minutes=5))
    received("1", "2")
    until(2)
    office.exchange.close(ticket)
    assert live(office, "ItemReceipt") == 1
    before = office.record("purchase_order", "PO-1")
    assert before.transfer_count == 3

    office.put("invoice", invoice_wish("INV-1").document)
    run(office)
    after = office.record("purchase_order", "PO-1")
    assert (str(after.transfer_status), after.txn_id) == ("Transferred", before.txn_id)
    assert after.transfer_count == 4, "the lost transfer is not taken back: another one came after it"
    assert [row["ItemLineRet"][0]["Quantity"] for row in office.company.transactions("ItemReceipt")] == [
        "2",
        "1",
    ]
    transfers = [line.transfer for line in office.history("PO-1") if line.request == "ItemReceiptAdd"]
    assert transfers == [1, 2, 1, 3], "sent, sent, the first one lost, sent"
