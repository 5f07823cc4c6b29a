"""Records nobody can tell about: a person looks into QuickBooks, and says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from qbferry.desk.drawer import Act, Drawer
from qbferry.desk.readiness import queue
from qbferry.errors import InputError
from qbferry.model import OwnerKind, TransferStatus
from qbferry.store.records import Filter

if TYPE_CHECKING:
    from qbferry.model import RecordRow
    from qbferry.plugin.manager import Plugins
    from qbferry.store.transaction import Transaction

__all__ = ["doubtful", "not_there", "raise_doubt", "there"]

RAISED = (
    "A person decides about {name}, as QuickBooks did not say whether it has it. Look for it in QuickBooks, "
    "then say so with: qbferry doubt there {entity} {id}, or qbferry doubt not-there {entity} {id}."
)


def doubtful(drawer: Drawer) -> list[RecordRow]:
    """The records in doubt."""
    return drawer.tx.records.page(drawer.row.id, drawer.kind.name, Filter(in_doubt=True), limit=None)


def there(drawer: Drawer, name: str, *, txn_id: str | None = None, number: str | None = None) -> RecordRow:
    """Take a person's word that QuickBooks has what is in doubt; the next run finishes the record.

    Args:
        drawer: Locked.
        name: The record's id.
        txn_id: Its TxnID in QuickBooks, if known.
        number: Its number in QuickBooks, if known.

    Raises:
        NotFoundError: There is no such record.
        InputError: It is not in doubt, or its plugin does not run.
    """
    row = _in_doubt(drawer, name)
    row.done = row.done | dict.fromkeys(row.doubtful, txn_id)
    row.txn_id, row.ref_number = txn_id or row.txn_id, number or row.ref_number
    _decide(drawer, row)
    known = f" as number {number}" if number else ""
    reason = f"A person found it in QuickBooks{known}."
    drawer.note(row, Act.THERE, reason, txn_id=txn_id, ref_number=number)
    return row


def not_there(drawer: Drawer, name: str) -> RecordRow:
    """Take a person's word that QuickBooks does not have it; the next run sends it.

    Raises:
        NotFoundError: There is no such record.
        InputError: It is not in doubt, or its plugin does not run.
    """
    row = _in_doubt(drawer, name)
    row.changed_midway = row.changed_midway and bool(row.done)
    _decide(drawer, row)
    drawer.note(row, Act.NOT_THERE, "A person did not find it in QuickBooks; it is sent again.")
    return row


def raise_doubt(tx: Transaction, plugins: Plugins, connector: str | None, on_error: str) -> list[str]:
    """Put the records of the unanswered message in doubt, so that a person can decide instead of QuickBooks.

    Returns:
        Their names, such as ``Invoice INV-1001``.

    Raises:
        NotFoundError: There is no such connector.
        InputError: No message is unanswered, or a run goes on, in which QuickBooks may still answer.
    """
    row = tx.connectors.named(connector, lock=True)
    message, running = tx.messages.unsettled(row.id), tx.runs.live(row.id)
    if message is None:
        raise InputError(f"No message of the connector {row.name} is unanswered; nothing was changed.")
    if running is not None:
        raise InputError(
            f"Run {running.id} of the connector {row.name} goes on, and QuickBooks may still answer. Try "
            f"again after it, or end it first: qbferry runs end {running.id}"
        )
    names: list[str] = []
    parts = [part for part in message.requests if part["owner"] == OwnerKind.RECORD]
    for entity in dict.fromkeys(part["entity"] for part in parts):
        with Drawer.open(tx, plugins, entity, row.name, on_error, lock=True) as drawer:
            for record in drawer.find([part["id"] for part in parts if part["entity"] == entity]):
                mine = {part["key"]: part["label"] for part in parts if part["pk"] == record.pk}
                record.doubtful = {key: label for key, label in mine.items() if key not in record.done}
                name = f"{drawer.kind.label} {record.id}"
                record.in_doubt, record.queue_position = True, None
                record.transfer_status = TransferStatus.FAILED
                record.reason = RAISED.format(name=name, entity=entity, id=record.id)
                record.reason_code = "doubt"
                drawer.touch(record)
                drawer.note(record, Act.DOUBT, record.reason)
                names.append(name)
    message.settled_at = datetime.now(UTC)
    tx.messages.settle(message, None)
    tx.alerts.resolve(row.id, message.message_set_id, message.settled_at)
    return names


def _in_doubt(drawer: Drawer, name: str) -> RecordRow:
    label = drawer.entity.label  # only with its plugin can the next run do what is decided here
    [row] = drawer.find([name])
    if not row.in_doubt:
        raise InputError(f"{label} {name} is not in doubt; nothing was changed.")
    return row


def _decide(drawer: Drawer, row: RecordRow) -> None:
    row.in_doubt, row.doubtful = False, {}
    queue(drawer, row)
