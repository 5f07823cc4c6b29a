"""Records nobody can tell about: a person looks into QuickBooks, and says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from qbferry.desk.readiness import queue
from qbferry.errors import InputError
from qbferry.transfer.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qbferry.desk.drawer import Drawer

__all__ = ["doubtful", "not_there", "there"]


def doubtful(drawer: Drawer) -> Sequence[Any]:
    """The records in doubt."""
    record = drawer.entity.record
    found: Sequence[Any] = drawer.session.scalars(
        drawer.select().where(record.in_doubt).order_by(record.pk)
    ).all()
    return found


def there(drawer: Drawer, name: str, *, txn_id: str | None = None, number: str | None = None) -> Any:
    """Take a person's word that QuickBooks has what is in doubt; the next run finishes the record.

    Args:
        drawer: Locked.
        name: The record's id.
        txn_id: Its TxnID in QuickBooks, if known.
        number: Its number in QuickBooks, if known.

    Raises:
        NotFoundError: There is no such record.
        InputError: It is not in doubt.
    """
    record = _in_doubt(drawer, name)
    record.done = record.done | dict.fromkeys(record.doubtful, txn_id)
    record.txn_id, record.ref_number = txn_id or record.txn_id, number or record.ref_number
    known = f" as number {number}" if number else ""
    _decide(drawer, record, "There", f"A person found it in QuickBooks{known}.")
    return record


def not_there(drawer: Drawer, name: str) -> Any:
    """Take a person's word that QuickBooks does not have it; the next run sends it.

    Raises:
        NotFoundError: There is no such record.
        InputError: It is not in doubt.
    """
    record = _in_doubt(drawer, name)
    _decide(drawer, record, "Not there", "A person did not find it in QuickBooks; it is sent again.")
    return record


def _in_doubt(drawer: Drawer, name: str) -> Any:
    [record] = drawer.find([name])
    if not record.in_doubt:
        raise InputError(f"{drawer.entity.label} {name} is not in doubt; nothing was changed.")
    return record


def _decide(drawer: Drawer, record: Any, kind: str, reason: str) -> None:
    record.in_doubt, record.doubtful = False, {}
    queue(drawer, record)
    ledger = Ledger(drawer.plugins, drawer.session, drawer.connector, None, datetime.now(UTC))
    ledger.note(drawer.entity, record, kind, reason)
    ledger.close()
