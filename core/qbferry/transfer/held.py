"""A record at hand: the row the core keeps, and what its plugin's hooks see of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbferry.model import Owner, OwnerKind, Record

if TYPE_CHECKING:
    from qbferry.model import AnyRecord, Entity, RecordRow

__all__ = ["Held", "owner_of"]


def owner_of(row: RecordRow) -> Owner:
    """A record as the owner of its requests."""
    return Owner(OwnerKind.RECORD, row.entity, row.pk, row.id)


@dataclass(frozen=True, slots=True)
class Held:
    """A record whose plugin is there, and whose document and state fit.

    Attributes:
        entity: Its kind.
        row: What the core works with.
        record: What hooks see; it reads from the row.
    """

    entity: Entity
    row: RecordRow
    record: AnyRecord

    @classmethod
    def of(cls, entity: Entity, row: RecordRow) -> Held:
        """Read a row.

        Raises:
            MisfitError: Its document or state no longer fits.
        """
        return cls(entity, row, Record.read(entity, row))
