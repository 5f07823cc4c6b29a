"""Two kinds of records and the plugins that own them, small enough to see through."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qbferry import Connector, Document, Entity, TransferStatus, hookimpl

NORTH = Connector(id=1, name="north")


@dataclass
class Row:
    """What hooks see of a record, without a database behind it."""

    pk: int = 1
    connector_id: int = 1
    id: str = "A-1"
    document: dict[str, Any] = field(default_factory=dict)
    transfer_status: TransferStatus = TransferStatus.PENDING
    transfer_date: Any = None
    transfer_count: int = 0
    queue_position: int | None = 1
    changed_since_transfer: bool = False
    done: dict[str, str | None] = field(default_factory=dict)
    reason: str | None = None
    ref_number: str | None = None
    txn_id: str | None = None
    edit_sequence: str | None = None


def kind(name: str, order: int = 100, templates: Path | None = None) -> Entity:
    """An entity called ``name``."""
    return Entity(
        name=name,
        label=name.capitalize(),
        plural=f"{name.capitalize()}s",
        record=Row,
        document=Document,
        templates=templates or Path(__file__).parent,
        order=order,
    )


class Owner:
    """A plugin that owns one kind of record, and nothing else."""

    def __init__(self, name: str, order: int = 100, templates: Path | None = None) -> None:
        self.entity = kind(name, order, templates)

    @hookimpl
    def entities(self) -> list[Entity]:
        return [self.entity]
