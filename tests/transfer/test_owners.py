"""A request need not be a record's: entries to be created and doubles to be deleted are settled by owner."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from qbferry.model import Owner, OwnerKind
from qbferry.qbxml import envelope
from qbferry.simulator import Session
from qbferry.store.rows import ListedRequest, MessageRow
from qbferry.transfer.marker import marker

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]

INSTALLATION, CONNECTOR = "{" + "1" * 8 + "-1111-1111-1111-" + "1" * 12 + "}", "{FILE}"


def claim(world: Installation, *requests: tuple[Owner, str, str]) -> None:
    """A run that hands out a message with these requests, and gets its answer."""
    ticket = world.begin()
    set_id = "a" * 20
    listed = [
        ListedRequest(
            owner=str(owner.kind),
            entity=owner.entity,
            pk=owner.pk,
            id=owner.id,
            key="it",
            name=name,
            label="",
            marker=marker(INSTALLATION, CONNECTOR, owner, "it", 0),
        )
        for owner, name, _ in requests
    ]
    body = envelope.message(
        [(name, f"{set_id}.{index}", xml) for index, (_, name, xml) in enumerate(requests)],
        version="13.0",
        on_error="continue",
        new_id=set_id,
    )
    with world.database.write() as tx:
        run = tx.runs.live(1)
        assert run
        row = MessageRow(
            connector_id=1,
            run_id=run.id,
            message_set_id=set_id,
            body=body,
            requests=listed,
            composed_at=datetime.now(UTC),
        )
        tx.messages.add(row)
        run.question, run.question_id, run.greeted = "message", set_id, True
        tx.runs.save(run)
    world.receive(ticket, Session(world.company).process(body))
    world.exchange.close(ticket)


VENDOR = "<VendorAdd><Name>{0}</Name></VendorAdd>"


def test_a_list_entry_that_was_created_is_booked_and_linked(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1))
    owner = Owner(OwnerKind.ENTRY, "Vendor", 0, "Northwind")
    claim(world, (owner, "VendorAdd", VENDOR.format("Northwind")))
    with world.database.read() as tx:
        [line] = [line for line in tx.history.everything(1) if line.owner == "entry"]
        assert (line.kind, line.entity, line.about, line.record_pk) == ("Sent", "Vendor", "Northwind", 0)
        assert tx.messages.unsettled(1) is None
        linked = tx.connection.exec_driver_sql("SELECT kind, name, list_id, origin FROM link").all()
    [there] = [entry for entry in world.company.entries("Vendor") if entry["FullName"] == "Northwind"]
    assert [tuple(row) for row in linked] == [("Vendor", "Northwind", there["ListID"], "transfer")]
    world.run()
    assert world.statuses("invoice") == {"INV-1": "Transferred"}


def test_an_entry_that_was_refused_is_told_in_words_and_links_nothing(
    world: Installation, invoice: Make
) -> None:
    world.put("invoice", invoice(1))
    claim(world, (Owner(OwnerKind.ENTRY, "Vendor", 0, "Acme Corp"), "VendorAdd", VENDOR.format("Acme Corp")))
    with world.database.read() as tx:
        [line] = [line for line in tx.history.everything(1) if line.owner == "entry"]
        assert (line.kind, line.reason_code) == ("Rejected", "quickbooks.3100")
        assert "Acme Corp" in (line.reason or "")
        assert tx.connection.exec_driver_sql("SELECT count(*) FROM link").scalar_one() == 0
    world.run()


def test_a_double_that_was_deleted_is_booked_without_touching_a_record(
    world: Installation, invoice: Make
) -> None:
    world.put("invoice", invoice(1))
    world.run()
    before = world.record("invoice", "INV-1")
    line_ = "<ItemRef><FullName>Labor:Remote</FullName></ItemRef><Amount>1.00</Amount>"
    body = "<CustomerRef><FullName>Acme Corp</FullName></CustomerRef>"
    body += f"<InvoiceLineAdd>{line_}</InvoiceLineAdd>"
    again = [("InvoiceAdd", "x", f"<InvoiceAdd>{body}</InvoiceAdd>")]
    double = Session(world.company).process(envelope.message(again, version="13.0", on_error="continue"))
    txn_id = double.split("<TxnID>")[1].split("</TxnID>")[0]
    world.put("invoice", invoice(2))
    owner = Owner(OwnerKind.DOUBLE, "Invoice", 0, txn_id)
    xml = f"<TxnDelType>Invoice</TxnDelType><TxnID>{txn_id}</TxnID>"
    claim(world, (owner, "TxnDel", xml))
    with world.database.read() as tx:
        [line] = [line for line in tx.history.everything(1) if line.owner == "double"]
    assert (line.kind, line.entity, line.record_id, line.txn_id) == ("Sent", "Invoice", txn_id, txn_id)
    assert world.record("invoice", "INV-1") == before
    world.run()
    assert len([row for row in world.company.transactions("Invoice") if not row["deleted"]]) == 2


def test_markers_go_by_owner_and_a_record_keeps_the_one_it_always_had() -> None:
    record = Owner(OwnerKind.RECORD, "invoice", 7, "INV-1")
    entry = Owner(OwnerKind.ENTRY, "invoice", 0, "INV-1")
    assert marker(INSTALLATION, CONNECTOR, record, "invoice", 0) != marker(
        INSTALLATION, CONNECTOR, entry, "invoice", 0
    )
    moved = Owner(OwnerKind.RECORD, "invoice", 8, "INV-1")
    assert marker(INSTALLATION, CONNECTOR, record, "invoice", 0) == marker(
        INSTALLATION, CONNECTOR, moved, "invoice", 0
    ), "a database that was copied has other keys and the same markers"


def test_a_marker_is_a_guid_of_version_5_by_the_name_of_its_request() -> None:
    for number in range(200):  # of each variant some
        owner = Owner(OwnerKind.RECORD, "invoice", 7, f"INV-\u00c4{number}")
        name = f"{CONNECTOR}/invoice/{owner.id}/invoice/3"
        assert marker(INSTALLATION, CONNECTOR, owner, "invoice", 3) == (
            f"{{{str(uuid.uuid5(uuid.UUID(INSTALLATION), name)).upper()}}}"
        )
