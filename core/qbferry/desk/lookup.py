"""What a person can look up: records, the transfer history, runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from qbferry.errors import InputError
from qbferry.model import TransferStatus
from qbferry.store.tables import ConnectorRow, OutcomeRow, RunRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from qbferry.desk.drawer import Drawer
    from qbferry.model import Entity

__all__ = ["count", "history", "records", "runs", "status_named", "view"]

FAILURES = ("Rejected", "Skipped", "In doubt")
"""The kinds of history lines that tell of a failure."""

PART = 500


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


def records(
    drawer: Drawer,
    *,
    status: TransferStatus | None = None,
    batch: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[dict[str, Any]]:
    """Records as lists show them, in the order they arrived, read a part at a time."""
    statement = _filtered(drawer, drawer.select(), status, batch).order_by(drawer.entity.record.pk)
    page = statement.limit(limit).offset(offset).execution_options(yield_per=PART)
    for record in drawer.session.scalars(page):
        yield view(drawer.entity, record)


def count(drawer: Drawer, *, status: TransferStatus | None = None, batch: str | None = None) -> int:
    """How many records there are."""
    record = drawer.entity.record
    statement = select(func.count()).where(record.connector_id == drawer.row.id)
    return drawer.session.scalar(_filtered(drawer, statement, status, batch)) or 0


def view(entity: Entity, record: Any) -> dict[str, Any]:
    """A record as lists show it: the same keys for every entity, then the entity's own columns."""
    stored = entity.record.__mapper__.columns
    own = {
        column: _plain(getattr(record, column)) if column in stored else record.document[column]
        for column in entity.columns
    }
    return {
        "id": record.id,
        "transfer_status": str(record.transfer_status),
        "transfer_date": _iso(record.transfer_date),
        "ref_number": record.ref_number,
        "txn_id": record.txn_id,
        "reason": record.reason,
        "batch": record.batch,
        "changed_since_transfer": record.changed_since_transfer,
        "in_doubt": record.in_doubt,
    } | {name: value for name, value in own.items() if name not in ("id", "batch")}


def history(
    session: Session,
    connector_id: int,
    *,
    entity: str | None = None,
    pk: int | None = None,
    failed: bool = False,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Lines of the transfer history, the latest first."""
    statement = select(OutcomeRow).where(OutcomeRow.connector_id == connector_id)
    if entity is not None:
        statement = statement.where(OutcomeRow.entity == entity)
    if pk is not None:
        statement = statement.where(OutcomeRow.record_pk == pk)
    if failed:
        statement = statement.where(OutcomeRow.kind.in_(FAILURES))
    return [
        {
            "at": _iso(row.at),
            "entity": row.entity,
            "id": row.record_id,
            "kind": row.kind,
            "request": row.request,
            "label": row.label,
            "ref_number": row.ref_number,
            "txn_id": row.txn_id,
            "reason": row.reason,
            "status_code": row.status_code,
            "quickbooks_message": row.quickbooks_message,
            "run": row.run_id,
        }
        for row in session.scalars(statement.order_by(OutcomeRow.id.desc()).limit(limit))
    ]


def runs(session: Session, connector_id: int | None, limit: int | None = None) -> list[dict[str, Any]]:
    """Runs, the latest first; of all connectors when none is given."""
    statement = select(RunRow, ConnectorRow.name).join(ConnectorRow, ConnectorRow.id == RunRow.connector_id)
    if connector_id is not None:
        statement = statement.where(RunRow.connector_id == connector_id)
    return [
        {
            "run": run.id,
            "connector": name,
            "started_at": _iso(run.started_at),
            "ended_at": _iso(run.ended_at),
            "state": run.state,
            "due": run.total,
            "tried": run.tried,
            "sent": run.sent,
            "failed": run.failed,
            "error": run.last_error or None,
        }
        for run, name in session.execute(statement.order_by(RunRow.id.desc()).limit(limit))
    ]


def _filtered(
    drawer: Drawer, statement: Select[Any], status: TransferStatus | None, batch: str | None
) -> Select[Any]:
    record = drawer.entity.record
    if status is not None:
        statement = statement.where(record.transfer_status == status)
    if batch is not None:
        statement = statement.where(record.batch == batch)
    return statement


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def _plain(value: Any) -> Any:
    return value.isoformat(timespec="seconds") if hasattr(value, "isoformat") else value
