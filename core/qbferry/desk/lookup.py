"""What a person can look up: records, the transfer history, runs."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from qbferry.desk.readiness import partly
from qbferry.errors import InputError, NotFoundError
from qbferry.model import TransferStatus

if TYPE_CHECKING:
    from qbferry.desk.shelf import Shelf
    from qbferry.model import Column, RecordRow
    from qbferry.store.rows import HistoryRow, RunRow
    from qbferry.store.transaction import Transaction

__all__ = ["columns", "history", "line", "run", "runs", "status_named", "view"]

SLOW = 1000
"""Milliseconds from which a plugin's longest hook is shown with its run."""


def status_named(text: str) -> TransferStatus | None:
    """A transfer status as people write it, without regard to case; blank stands for all.

    Raises:
        InputError: There is no such status.
    """
    wanted = text.strip().casefold()
    for status in TransferStatus:
        if status.casefold() == wanted:
            return status
    if wanted:
        raise InputError(f"There is no transfer status {text}; there are: {', '.join(TransferStatus)}.")
    return None


def columns(shelf: Shelf) -> tuple[Column, ...]:
    """What lists show of these records beside what they show of all."""
    return tuple(column for column in shelf.kind.columns if column.name not in ("id", "batch"))


def view(shelf: Shelf, row: RecordRow) -> dict[str, Any]:
    """A record as lists show it: the same keys for every entity, then the entity's own columns.

    It is read as it is stored: one that no longer fits its entity's models is shown all the same.
    """
    shown = {
        "id": row.id,
        "transfer_status": str(row.transfer_status),
        "transfer_date": _plain(row.transfer_date),
        "ref_number": row.ref_number,
        "txn_id": row.txn_id,
        "reason": row.reason,
        "not_ready_reason": row.not_ready_reason,
        "partly": partly(row),
        "batch": row.batch,
        "paid_date": _plain(row.paid_date),
        "balance": None if row.balance is None else f"{Decimal(row.balance) / 100:.2f}",
        "voided": row.voided,
        "deleted": row.deleted,
        "changed_since_transfer": row.changed_since_transfer,
        "in_doubt": row.in_doubt,
        "waits_for": shelf.waits_for,
    }
    document, state = row.document, row.state
    own = {column.name: _plain(column.value(document, state, row)) for column in columns(shelf)}
    return shown | {name: value for name, value in own.items() if name not in shown}


def history(
    tx: Transaction,
    connector_id: int,
    *,
    entity: str | None = None,
    pk: int | None = None,
    failed: bool = False,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Lines of the transfer history, the latest first."""
    rows = tx.history.latest(connector_id, entity=entity, pk=pk, failed=failed, limit=limit)
    return [line(row) for row in rows]


def line(row: HistoryRow) -> dict[str, Any]:
    """A line of the transfer history."""
    return {
        "at": _plain(row.at),
        "entity": row.entity,
        "id": row.record_id,
        "kind": row.kind,
        "actor": row.actor or None,
        "request": row.request,
        "label": row.label,
        "ref_number": row.ref_number,
        "txn_id": row.txn_id,
        "reason": row.reason,
        "reason_code": row.reason_code or None,
        "about": row.about or None,
        "status_code": row.status_code,
        "quickbooks_message": row.quickbooks_message,
        "run": row.run_id,
    }


def runs(tx: Transaction, connector_id: int | None, limit: int | None = None) -> list[dict[str, Any]]:
    """Runs, the latest first; of all connectors when none is given."""
    return [_run(row, name) for row, name in tx.runs.latest(connector_id, limit)]


def run(tx: Transaction, run_id: int) -> dict[str, Any]:
    """One run.

    Raises:
        NotFoundError: There is none of that number.
    """
    found = tx.runs.by_id(run_id)
    if found is None:
        raise NotFoundError(f"There is no run {run_id}.")
    return _run(*found)


def _run(row: RunRow, connector: str) -> dict[str, Any]:
    return {
        "run": row.id,
        "connector": connector,
        "started_at": _plain(row.started_at),
        "ended_at": _plain(row.ended_at),
        "state": row.state,
        "due": row.total,
        "tried": row.tried,
        "sent": row.sent,
        "failed": row.failed,
        "error": row.last_error or None,
        "user": row.memory.get("user"),
        "unread": [*row.memory.get("unread", {}).values()],
        "slowest": f"{row.slowest}: {row.slowest_ms / 1000:.1f} s" if row.slowest_ms > SLOW else None,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if hasattr(value, "isoformat") else value
