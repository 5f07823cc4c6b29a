"""What would be sent for a record, without sending anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbferry.errors import MisfitError
from qbferry.model import Skip
from qbferry.qbxml import envelope
from qbferry.transfer.preparation import Origin, Waiting, prepare

if TYPE_CHECKING:
    from qbferry.desk.drawer import Drawer
    from qbferry.model import RecordRow

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


def preview(drawer: Drawer, row: RecordRow) -> Preview:
    """Prepare a record as the next run would, whatever its transfer status.

    Raises:
        InputError: Its plugin does not run.
    """
    try:
        record = drawer.read(row)
    except MisfitError as error:
        return Preview(problem=str(error))
    prepared = prepare(
        drawer.plugins,
        drawer.entity,
        record,
        drawer.connector,
        drawer.tx.lists.of(drawer.row.id),
        Origin(drawer.tx.installations.owner_id() or "", drawer.row.file_id),
    )
    if isinstance(prepared, Skip):
        return Preview(problem=prepared.reason)
    parts = [part for _, part in prepared.entries.values()] if isinstance(prepared, Waiting) else prepared
    if not parts:
        return Preview()
    triples = [(part.request.name, f"preview.{index}", part.xml) for index, part in enumerate(parts)]
    return Preview(
        envelope.message(triples, version=drawer.connector.qbxml_version, on_error=drawer.connector.on_error)
    )
