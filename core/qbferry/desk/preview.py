"""What would be sent for a record, without sending anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qbferry.model import Skip
from qbferry.qbxml import envelope
from qbferry.store import queries
from qbferry.store.lists import StoredLists
from qbferry.transfer.preparation import Origin, prepare

if TYPE_CHECKING:
    from qbferry.desk.drawer import Drawer

__all__ = ["Preview", "preview"]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen.

    Attributes:
        qbxml: The message with this record alone; empty when it cannot go or QuickBooks has all of it.
        problem: Why it cannot go.
    """

    qbxml: str = ""
    problem: str | None = None


def preview(drawer: Drawer, record: Any) -> Preview:
    """Prepare a record as the next run would, whatever its transfer status."""
    session, row = drawer.session, drawer.row
    parts = prepare(
        drawer.plugins,
        drawer.entity,
        record,
        drawer.connector,
        StoredLists(session, row.id),
        Origin(queries.owner_id(session), row.file_id),
    )
    # What hooks may have changed on the record belongs to a real run only.
    session.rollback()
    if isinstance(parts, Skip):
        return Preview(problem=parts.reason)
    if not parts:
        return Preview()
    triples = [(part.request.name, f"preview.{index}", part.xml) for index, part in enumerate(parts)]
    return Preview(
        envelope.message(triples, version=drawer.connector.qbxml_version, on_error=drawer.connector.on_error)
    )
