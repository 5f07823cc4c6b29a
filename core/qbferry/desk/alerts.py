"""What a person must hear of, and their word that it was seen to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from qbferry.errors import NotFoundError

if TYPE_CHECKING:
    from qbferry.store.transaction import Transaction

__all__ = ["dismiss", "standing"]


def standing(tx: Transaction, connector: str | None) -> list[dict[str, Any]]:
    """The alerts nobody has dismissed, oldest first.

    Raises:
        NotFoundError: There is no such connector.
    """
    rows = tx.alerts.standing(tx.connectors.named(connector).id)
    records = tx.records.by_key([row.record_pk for row in rows if row.record_pk is not None])
    return [
        {
            "alert": row.id,
            "at": row.at.isoformat(),
            "kind": row.kind,
            "entity": row.entity,
            "id": records[row.record_pk].id if row.record_pk in records else None,
            "run": row.run_id,
            "text": row.text,
        }
        for row in rows
    ]


def dismiss(tx: Transaction, alert: int, actor: str = "") -> None:
    """Take a person's word that an alert was seen to.

    Raises:
        NotFoundError: No such alert stands.
    """
    if not tx.alerts.dismiss(alert, datetime.now(UTC), actor):
        raise NotFoundError(f"There is no alert {alert} that stands; qbferry alerts shows those that do.")
