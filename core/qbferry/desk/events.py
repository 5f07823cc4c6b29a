"""What happened, as the outside is told it: the API's feed and webhooks say the same of the same event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry.desk.lookup import line
from qbferry.errors import InputError
from qbferry.store.events import BEGINNING, Place
from qbferry.store.rows import HistoryRow

if TYPE_CHECKING:
    from qbferry.store.rows import AlertRow
    from qbferry.store.transaction import Transaction

__all__ = ["events", "place_of"]

RAISED = "alert.raised"


def events(tx: Transaction, after: Place, limit: int) -> list[tuple[Place, dict[str, Any]]]:
    """The next events in their order.

    Args:
        tx: The transaction.
        after: Where the last one was.
        limit: So many at most.
    """
    found = tx.feed.page(after, limit)
    names = {row.id: row.name for row in tx.connectors.everyone()} if found else {}
    keys = [
        row.record_pk for _, row in found if not isinstance(row, HistoryRow) and row.record_pk is not None
    ]
    ids = {key: record.id for key, record in tx.records.by_key(keys).items()} if keys else {}
    return [(place, _event(place, row, names, ids)) for place, row in found]


def place_of(tx: Transaction, event: str | None) -> Place:
    """Where an event is; None or nothing: before all that are kept.

    Raises:
        InputError: There can be no such event.
    """
    if not event:
        return BEGINNING
    place = Place.read(event)
    if place is None:
        raise InputError(f"{event} is not the id of an event; give the id of the last one that you have.")
    if not tx.feed.knows(place):
        raise InputError(
            f"The event {event} is not known here: the database was restored from before it. Begin again "
            "without it, and leave out what you have."
        )
    return place


def _event(
    place: Place, row: HistoryRow | AlertRow, names: dict[int, str], ids: dict[int, str]
) -> dict[str, Any]:
    connector = names.get(row.connector_id)
    if isinstance(row, HistoryRow):
        kind = f"{row.owner}.{row.kind.lower().replace(' ', '_')}"
        told = line(row)
        del told["at"], told["kind"]
        data = {"connector": connector, **told, "status": row.status and str(row.status), **row.told}
    else:
        kind = RAISED
        data = {
            "connector": connector,
            "alert": row.id,
            "kind": row.kind,
            "about": row.about,
            "text": row.text,
            "entity": row.entity or None,
            "id": ids.get(row.record_pk or 0),
            "run": row.run_id,
        }
    kept = {name: value for name, value in data.items() if value not in (None, "")}
    return {"id": str(place), "type": kind, "timestamp": row.at.isoformat(), "data": kept}
