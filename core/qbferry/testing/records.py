"""Records and lists without a database behind them, for a plugin's own tests."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from qbferry.model import Record, RecordRow, Request, Skip, fold
from qbferry.model.record import write_document, write_state
from qbferry.transfer.references import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qbferry.model import AnyRecord, Connector, Entity, ListEntry, Lists, Peer, State
    from qbferry.plugin.manager import Plugins

__all__ = ["FixedLists", "build", "make_record", "row_of"]


class FixedLists:
    """QuickBooks' lists as a test wants them; implements ``qbferry.Lists``.

    Args:
        entries: What is in the lists. A list with an entry counts as read.
        empty: Lists that were read and have nothing in them.
        peers: Other records, to which references may point.
        numbers: The numbers some of them have at their source, by id.
    """

    def __init__(
        self,
        entries: Iterable[ListEntry] = (),
        empty: Iterable[str] = (),
        peers: Iterable[Peer] = (),
        numbers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._entries = {(entry.kind, fold(entry.full_name)): entry for entry in entries}
        self._known = {kind for kind, _ in self._entries} | {*empty}
        self._peers = {(peer.entity, peer.id): peer for peer in peers}
        self._numbers = numbers

    def known(self, kind: str) -> bool:
        """Tell whether the list counts as read."""
        return kind in self._known

    def find(self, kind: str, name: str) -> ListEntry | None:
        """Find an entry by full name without regard to case."""
        return self._entries.get((kind, fold(name)))

    def ending(self, kind: str, name: str) -> list[ListEntry]:
        """Find active entries that have this name below another."""
        return [
            entry
            for (list_, folded), entry in self._entries.items()
            if list_ == kind and entry.is_active and folded.endswith(f":{fold(name)}")
        ]

    def numbered(self, entity: str, number: str) -> list[Peer]:
        """Find the records of a kind that have a number at their source."""
        peers = (peer for (kind, _), peer in self._peers.items() if kind == entity)
        return [peer for peer in peers if self._numbers.get(peer.id) == number]

    def peer(self, entity: str, record_id: str) -> Peer | None:
        """Find another record by its kind and its id."""
        return self._peers.get((entity, record_id))


def make_record(
    entity: Entity, document: Mapping[str, Any], state: State | None = None, **fields: Any
) -> Record[Any, Any]:
    """Make a record as hooks get it, not stored.

    Args:
        entity: What it is.
        document: Its shape as JSON.
        state: What its plugin remembers of it; None: the state of a new record.
        **fields: The framework's fields that differ from those of a new record: ``transfer_count=1``.

    Raises:
        pydantic.ValidationError: The document is not in the entity's shape.
    """
    typed = entity.document.model_validate(document)
    values: dict[str, Any] = {"pk": 1, "connector_id": 1, "id": typed.id, "batch": typed.batch} | fields
    row = RecordRow(
        entity=entity.name,
        document_text=write_document(typed),
        state_text=write_state(state) if state else "",
        **values,
    )
    return Record.read(entity, row)


def build(
    plugins: Plugins, entity: Entity, record: AnyRecord, connector: Connector, lists: Lists
) -> Skip | list[Request]:
    """A record's requests as a run would send them, those that make list entries first.

    Returns:
        The requests, without their markers; or why there are none.
    """
    references = plugins.references(entity, record, connector)
    resolution = resolve(references, lists, {})
    if problems := [*resolution.problems, *resolution.awaited]:
        return Skip(" ".join(problems))
    made = [
        Request(key=f"{new.kind}:{new.full_name}", name=new.request, fields=new.fields)
        for new in resolution.missing.values()
    ]
    built = plugins.build_requests(entity, record, connector, lists, resolution.names(references))
    return built if isinstance(built, Skip) else [*made, *built]


def row_of(record: Record[Any, Any]) -> RecordRow:
    """The row behind a record, to change what hooks can only read: ``row_of(record).voided = True``."""
    return record._row
