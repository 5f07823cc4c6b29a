"""The audit notices what it is there to notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry.model import TransferStatus
from qbferry.simulator import Session
from qbferry.testing.audit import audit

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]

HEAD = '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
TAIL = "</QBXMLMsgsRq></QBXML>"


def by_hand(world: Installation, request: str) -> None:
    Session(world.company).process(HEAD + request + TAIL)


@pytest.fixture
def transferred(world: Installation, invoice: Make) -> Installation:
    world.put("invoice", invoice("INV-1"), invoice("INV-2"))
    world.run()
    return world


def test_books_that_agree_pass(transferred: Installation) -> None:
    audit(transferred)


def test_what_is_missing_is_named(transferred: Installation) -> None:
    gone = transferred.record("invoice", "INV-1").txn_id
    by_hand(
        transferred,
        f"<TxnDelRq><TxnDelType>Invoice</TxnDelType><TxnID>{gone}</TxnID></TxnDelRq>",
    )
    with pytest.raises(AssertionError, match=f"Invoice INV-1 is said to be in QuickBooks as {gone}"):
        audit(transferred)


def test_what_is_there_twice_is_named(transferred: Installation) -> None:
    body = transferred.messages()[0].body
    first = body[body.index("<InvoiceAddRq") : body.index("</InvoiceAddRq>")] + "</InvoiceAddRq>"
    by_hand(transferred, first)
    with pytest.raises(AssertionError, match="2 times"):
        audit(transferred)


def test_what_nobody_asked_for_is_named(transferred: Installation) -> None:
    request = (
        "<InvoiceAddRq><InvoiceAdd><CustomerRef><FullName>Acme Corp</FullName></CustomerRef><InvoiceLineAdd>"
        "<ItemRef><FullName>Labor:Remote</FullName></ItemRef></InvoiceLineAdd></InvoiceAdd></InvoiceAddRq>"
    )
    by_hand(transferred, request)
    ours = {record.txn_id for record in transferred.records("invoice")}
    [foreign] = [
        row["TxnID"] for row in transferred.company.transactions("Invoice") if row["TxnID"] not in ours
    ]
    with pytest.raises(AssertionError, match="belongs to no record"):
        audit(transferred)
    audit(transferred, by_hand=[foreign])


def test_a_status_that_is_not_true_is_named(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice("INV-1"))
    record = world.record("invoice", "INV-1")
    record.transfer_status = TransferStatus.TRANSFERRED
    with world.database.write() as tx:
        tx.records.save([record])
    with pytest.raises(AssertionError, match="nothing of it ever was in QuickBooks"):
        audit(world)


def test_a_counter_that_is_not_true_is_named(transferred: Installation) -> None:
    with transferred.database.writing() as connection:
        connection.exec_driver_sql("UPDATE counter SET records = 3")
    with pytest.raises(AssertionError, match="The counter of invoice Transferred money says"):
        audit(transferred)
