"""Clearing the number a record has in QuickBooks, so that it may go again as a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.desk.drawer import Act
from qbferry.desk.readiness import WAITING, Verdict, decide_first
from qbferry.errors import HookError, MisfitError
from qbferry.model import NewsKind, TransferStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qbferry.desk.drawer import Drawer
    from qbferry.model import RecordRow

__all__ = ["clear"]


def clear(drawer: Drawer, rows: Iterable[RecordRow]) -> Iterator[Verdict]:
    """Let go of what records became in QuickBooks; the history keeps the old link.

    Args:
        drawer: Locked.
        rows: Of that drawer.

    Raises:
        InputError: Their plugin does not run.
    """
    label = drawer.entity.label
    for row in rows:
        there = row.transfer_date is not None
        reason = _hold(drawer, row, f"{label} {row.id}")
        if reason is None:
            _clear(drawer, row)
        yield Verdict(
            id=row.id,
            status=row.transfer_status,
            changed=reason is None,
            refused=reason is not None and there,
            reason=reason or "",
        )


def _hold(drawer: Drawer, row: RecordRow, name: str) -> str | None:
    """Why a record keeps its number; None: its plugin has let go of it."""
    if row.pk in drawer.in_flight:
        return f"{name} is with QuickBooks at this moment; try again after the run."
    if row.in_doubt:
        return decide_first(drawer, row)
    if row.transfer_date is None:
        return f"{name} has no number in QuickBooks to clear."
    if row.transfer_status in WAITING:
        return f"{name} is ready to go; set it not ready first."
    try:
        record = drawer.read(row)
        skip = drawer.plugins.clear_number(drawer.entity, record)
    except (HookError, MisfitError) as error:
        return str(error)
    if skip is None:
        record.keep()
    return skip.reason if skip else None


def _clear(drawer: Drawer, row: RecordRow) -> None:
    reason = (
        f"A person cleared its link to QuickBooks; it was number {row.ref_number or 'unknown'}, TxnID "
        f"{row.txn_id or 'unknown'}, of {row.transfer_date:%Y-%m-%d %H:%M} UTC."
    )
    drawer.note(row, Act.CLEARED, reason, txn_id=row.txn_id, ref_number=row.ref_number)
    drawer.tell(row, NewsKind.CLEARED, txn_id=row.txn_id, ref_number=row.ref_number)
    row.ref_number = row.txn_id = row.edit_sequence = None
    row.transfer_date = row.first_transfer_date = row.paid_date = row.balance = None
    row.voided = row.deleted = row.changed_since_transfer = row.needs_resync = False
    row.done, row.chained = {}, []
    row.transfer_status = TransferStatus.NOT_TRANSFERRED
    drawer.touch(row, text=True)
