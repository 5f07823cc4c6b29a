"""Clearing the number a record has in QuickBooks, so that it may go again as a new one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from qbferry.desk.readiness import WAITING, Verdict, decide_first
from qbferry.errors import HookError
from qbferry.model import TransferStatus
from qbferry.transfer.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qbferry.desk.drawer import Drawer

__all__ = ["clear"]


def clear(drawer: Drawer, records: Iterable[Any]) -> Iterator[Verdict]:
    """Let go of what records became in QuickBooks; the history keeps the old link.

    Args:
        drawer: Locked.
        records: Of that drawer.
    """
    for record in records:
        there = record.transfer_date is not None
        reason = _hold(drawer, record)
        if reason is None:
            _clear(drawer, record)
        yield Verdict(
            id=record.id,
            status=record.transfer_status,
            changed=reason is None,
            refused=reason is not None and there,
            reason=reason or "",
        )


def _hold(drawer: Drawer, record: Any) -> str | None:
    """Why a record keeps its number; None: its plugin has let go of it."""
    name = f"{drawer.entity.label} {record.id}"
    if record.pk in drawer.in_flight:
        return f"{name} is with QuickBooks at this moment; try again after the run."
    if record.in_doubt:
        return decide_first(drawer, record)
    if record.transfer_date is None:
        return f"{name} has no number in QuickBooks to clear."
    if record.transfer_status in WAITING:
        return f"{name} is ready to go; set it not ready first."
    try:
        skip = drawer.plugins.clear_number(drawer.entity, record)
    except HookError as error:
        return str(error)
    return skip.reason if skip else None


def _clear(drawer: Drawer, record: Any) -> None:
    reason = (
        f"A person cleared its link to QuickBooks; it was number {record.ref_number or 'unknown'}, TxnID "
        f"{record.txn_id or 'unknown'}, of {record.transfer_date:%Y-%m-%d %H:%M} UTC."
    )
    record.ref_number = record.txn_id = record.edit_sequence = record.transfer_date = None
    record.transfer_status, record.changed_since_transfer = TransferStatus.NOT_TRANSFERRED, False
    ledger = Ledger(drawer.plugins, drawer.session, drawer.connector, None, datetime.now(UTC))
    ledger.note(drawer.entity, record, "Cleared", reason)
    ledger.close()
