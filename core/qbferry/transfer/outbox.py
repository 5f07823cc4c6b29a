"""What the outside world still has to be told: at least once, each plugin by itself."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from qbferry.errors import HookError
from qbferry.model import Outcome, Rejected, Request, Retry, Sent
from qbferry.store.tables import OutboxRow

if TYPE_CHECKING:
    from qbferry.model import Entity, Record
    from qbferry.plugin.manager import Plugins
    from qbferry.store.database import Database

__all__ = ["deliver", "row"]

log = logging.getLogger("qbferry.outbox")

LONGEST_PAUSE = timedelta(hours=1)
LEASE = timedelta(minutes=5)
"""After so long without a word, another process tells it again."""


def row(plugin: str, entity: Entity, record: Record, outcome: Outcome, now: datetime) -> OutboxRow:
    """A line of the outbox. Delivered after the commit, when the answer's XML is gone: it carries values."""
    result = outcome.result
    told: dict[str, Any] = {
        "key": outcome.request.key,
        "name": outcome.request.name,
        "label": outcome.request.label,
    }
    told["marker"] = outcome.request.marker
    if isinstance(result, Sent):
        told["sent"] = {name: getattr(result, name) for name in Sent.__slots__}
    else:
        told["rejected" if isinstance(result, Rejected) else "retry"] = getattr(result, "reason", "")
    return OutboxRow(plugin=plugin, entity=entity.name, record_pk=record.pk, outcome=told, due_at=now)


def deliver(database: Database, plugins: Plugins, limit: int = 100) -> int:
    """Tell what is due, one line a transaction; a plugin that raises is asked again later, ever less often.

    Returns:
        How many lines were delivered.
    """
    delivered = 0
    with database.read() as session:
        due = session.scalars(
            select(OutboxRow.id)
            .where(OutboxRow.due_at <= datetime.now(UTC))
            .order_by(OutboxRow.id)
            .limit(limit)
        ).all()
    for key in due:
        delivered += _deliver(database, plugins, key)
    return delivered


def _deliver(database: Database, plugins: Plugins, key: int) -> bool:
    # Leased first, told outside of any transaction: the outside world may take its time.
    with database.write() as session:
        waiting = session.scalar(
            select(OutboxRow).where(OutboxRow.id == key).with_for_update(skip_locked=True)
        )
        if waiting is None or waiting.due_at > datetime.now(UTC):
            return False
        waiting.attempts += 1
        waiting.due_at = datetime.now(UTC) + LEASE
        entity = plugins.entities.get(waiting.entity)
        record: Any = session.get(entity.record, waiting.record_pk) if entity else None
    if entity is None:
        return False
    fault: str | None = None
    try:
        if record is not None:
            plugins.update_source(waiting.plugin, entity, record, _outcome(entity, record, waiting.outcome))
    except HookError as error:
        fault = str(error)
        log.warning("%s %s: %s will be told later: %s", entity.label, record.id, waiting.plugin, fault)
    with database.write() as session:
        if fault is None:
            session.execute(delete(OutboxRow).where(OutboxRow.id == key))
        else:
            pause = min(LONGEST_PAUSE, timedelta(seconds=5 * 2 ** min(waiting.attempts, 10)))
            session.execute(
                update(OutboxRow)
                .where(OutboxRow.id == key)
                .values(last_error=fault, due_at=datetime.now(UTC) + pause)
            )
    return fault is None


def _outcome(entity: Entity, record: Record, told: dict[str, Any]) -> Outcome:
    result: Sent | Rejected | Retry
    if "sent" in told:
        result = Sent(**told["sent"])
    else:
        result = Rejected(told["rejected"]) if "rejected" in told else Retry(told["retry"])
    request = Request(
        key=told["key"], name=told["name"], label=told["label"], marker=told["marker"], fields={}
    )
    return Outcome(entity=entity.name, record_id=record.id, request=request, result=result)
