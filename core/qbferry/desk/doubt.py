"""Records nobody can tell about: a person looks into QuickBooks, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.desk.drawer import Act
from qbferry.desk.readiness import queue
from qbferry.errors import InputError
from qbferry.store.records import Filter

if TYPE_CHECKING:
    from qbferry.desk.drawer import Drawer
    from qbferry.model import RecordRow

__all__ = ["doubtful", "not_there", "there"]


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


def _in_doubt(drawer: Drawer, name: str) -> RecordRow:
    label = drawer.entity.label  # only with its plugin can the next run do what is decided here
    [row] = drawer.find([name])
    if not row.in_doubt:
        raise InputError(f"{label} {name} is not in doubt; nothing was changed.")
    return row


def _decide(drawer: Drawer, row: RecordRow) -> None:
    row.in_doubt, row.doubtful = False, {}
    queue(drawer, row)
