"""One kind of records of one connector, within one transaction: what every act at the desk begins with."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from qbferry.desk.kinds import declared, entity_of, kind_named
from qbferry.desk.shelf import Shelf, name_some
from qbferry.desk.values import values
from qbferry.model import News, Record
from qbferry.store.connectors import connector_of
from qbferry.store.outbox import Line
from qbferry.store.records import MANY
from qbferry.store.rows import HistoryRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from typing import Self

    from qbferry.model import AnyRecord, Connector, Entity, Lists, NewsKind, RecordRow
    from qbferry.plugin.manager import Plugins
    from qbferry.store.catalog import KnownKind
    from qbferry.store.rows import ConnectorRow, FoundRow
    from qbferry.store.transaction import Transaction
    from qbferry.transfer.preparation import Origin

__all__ = ["Act", "Cause", "Drained", "Drawer", "name_some", "parts"]

T = TypeVar("T")


class Act(StrEnum):
    """What people do with a record, as the history tells it."""

    READY = "Ready"
    NOT_READY = "Not ready"
    CLEARED = "Cleared"
    THERE = "There"
    NOT_THERE = "Not there"
    CHANGED = "Changed"
    DOUBT = "In doubt"


class Cause(StrEnum):
    """Why it was done, as the history's code of the reason."""

    PERSON = "person"
    SOURCE = "source"


def parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """So many at a time that memory and statements stay small."""
    for start in range(0, len(items), MANY):
        yield items[start : start + MANY]


class Drained(NamedTuple):
    """What acts have touched, not written: records by id, the ids of those with other texts, and lines."""

    touched: Mapping[str, RecordRow]
    rewritten: Collection[str]
    lines: Sequence[HistoryRow]


@dataclass
class Drawer:
    """The records at hand. What acts have touched is written when the drawer is closed.

    Attributes:
        tx: The open transaction.
        plugins: Whose hooks are asked.
        kind: The kind of record.
        row: The connector's row; in a transaction that writes, locked.
        on_error: The setting, for connectors that have none of their own.
        actor: The person at the desk, for the history.
    """

    tx: Transaction
    plugins: Plugins
    kind: KnownKind
    row: ConnectorRow
    on_error: str
    actor: str = ""
    _at: datetime = field(default_factory=lambda: datetime.now(UTC), init=False)
    _touched: dict[str, RecordRow] = field(default_factory=dict, init=False)
    _rewritten: set[str] = field(default_factory=set, init=False)
    _lines: list[HistoryRow] = field(default_factory=list, init=False)
    _news: list[Line] = field(default_factory=list, init=False)
    _placed: bool = field(default=False, init=False)

    @classmethod
    @contextmanager
    def open(
        cls,
        tx: Transaction,
        plugins: Plugins,
        entity: str,
        connector: str | None,
        on_error: str,
        *,
        actor: str = "",
        lock: bool = False,
    ) -> Iterator[Self]:
        """Find a kind of record and a connector by name; at the end, write what was touched.

        Args:
            tx: The transaction.
            plugins: Which plugins run.
            entity: The kind's name, whether its plugin runs or not.
            connector: The connector's name; None: the default one.
            on_error: The setting, for connectors that have none of their own.
            actor: Who does it.
            lock: Keep runs and other writers away until the commit.

        Raises:
            NotFoundError: There is no such kind or connector.
        """
        kind = kind_named(tx, declared(plugins), entity)
        drawer = cls(tx, plugins, kind, tx.connectors.named(connector, lock=lock), on_error, actor)
        yield drawer
        drawer.save()

    @contextmanager
    def beside(self, connector_id: int) -> Iterator[Self]:
        """The drawer with the same kind of records of another connector, which is locked."""
        other = replace(self, row=self.tx.connectors.lock(connector_id))
        yield other
        other.save()

    @cached_property
    def connector(self) -> Connector:
        """The connector as hooks see it."""
        return connector_of(self.row, self.on_error, self._at)

    @cached_property
    def found(self) -> Mapping[str, Sequence[FoundRow]]:
        """Marker -> what QuickBooks was found to have with it, and nobody has booked."""
        return self.tx.found.claimable(self.row.id) if self.row.found else {}

    @cached_property
    def lists(self) -> Lists:
        """QuickBooks' lists as they were last read."""
        return self.tx.lists.of(self.row.id)

    @cached_property
    def origin(self) -> Origin:
        """What the markers of these records are made from."""
        from qbferry.transfer.preparation import Origin  # seldom needed, and what it loads is much

        return Origin(self.tx.installations.owner_id() or "", self.row.file_id)

    @property
    def entity(self) -> Entity:
        """The kind of record as its plugin declares it.

        Raises:
            InputError: The plugin does not run.
        """
        return entity_of(self.plugins, self.kind)

    @property
    def waits_for(self) -> str | None:
        """The plugin these records wait for; None: it runs."""
        return None if self.kind.name in self.plugins.entities else self.kind.plugin

    @property
    def shelf(self) -> Shelf:
        """The same records, to look at."""
        return Shelf(self.tx, self.kind, self.row, self.waits_for)

    @cached_property
    def in_flight(self) -> frozenset[int]:
        """The keys of the records that are with QuickBooks at this moment."""
        return self.tx.messages.in_flight(self.row.id, self.kind.name)

    # -- Finding

    def find(self, ids: Sequence[str]) -> list[RecordRow]:
        """Records by id, in the order given.

        Raises:
            NotFoundError: Some do not exist; all of them are named.
        """
        self.save()
        return self.shelf.find(ids)

    def read(self, row: RecordRow) -> AnyRecord:
        """A record as hooks see it.

        Raises:
            MisfitError: What is stored of it no longer fits its shape.
            InputError: Its plugin does not run.
        """
        return Record.read(self.entity, row)

    # -- Writing

    def touch(self, row: RecordRow, *, text: bool = False) -> None:
        """Let a record be written; with ``text`` its document and state as well."""
        self._touched[row.id] = row
        if text:
            self._rewritten.add(row.id)

    def note(
        self,
        row: RecordRow,
        act: Act,
        reason: str | None = None,
        *,
        cause: Cause = Cause.PERSON,
        txn_id: str | None = None,
        ref_number: str | None = None,
    ) -> None:
        """Put an act into the record's history."""
        line = self.line(row, act, reason, cause)
        line.txn_id, line.ref_number = txn_id, ref_number
        self._lines.append(line)

    def line(
        self, row: RecordRow, act: Act, reason: str | None = None, cause: Cause = Cause.PERSON
    ) -> HistoryRow:
        """An act as the history tells it."""
        return HistoryRow(
            at=self._at,
            connector_id=self.row.id,
            entity=self.kind.name,
            record_pk=row.pk,
            record_id=row.id,
            kind=str(act),
            actor=self.actor,
            transfer=row.transfer_count,
            reason=reason,
            reason_code=str(cause),
        )

    def tell(self, row: RecordRow, kind: NewsKind, **told: str | None) -> None:
        """Let the record's source hear of an act."""
        news = News(kind=kind, at=self._at, values={name: text for name, text in told.items() if text})
        self._news += [
            Line(plugin=plugin, entity=self.kind.name, record_pk=row.pk, news=news)
            for plugin in self.plugins.source_updaters(self.kind.name)
        ]

    def next_position(self) -> int:
        """A place in the queue behind everything that is due."""
        self._placed = True
        return self.row.next_position()

    def add(self, rows: Sequence[RecordRow]) -> None:
        """Store new records."""
        self.tx.records.add(rows)
        self._keep_values(rows)

    def save(self) -> None:
        """Write what was touched so far."""
        for part in parts(list(self._touched.values())):
            self.tx.records.save_documents([row for row in part if row.id in self._rewritten])
            self.tx.records.save(part)
            self._keep_values(part)
        self._say_status()
        for lines in parts(self._lines):
            self.tx.history.append(lines)
        self.tx.outbox.put(self._news)
        if self._placed:
            self.tx.connectors.save(self.row)
        self._forget()

    def drain(self) -> Drained:
        """What was touched so far, for who writes it himself."""
        self._say_status()
        drained = Drained(self._touched, self._rewritten, self._lines)
        self._forget()
        return drained

    def _say_status(self) -> None:
        for line in self._lines:
            if (row := self._touched.get(line.record_id)) is not None:
                line.status = row.transfer_status

    def _forget(self) -> None:
        self._touched, self._rewritten, self._lines, self._news = {}, set(), [], []
        self._placed = False

    def _keep_values(self, rows: Sequence[RecordRow]) -> None:
        entity = self.plugins.entities.get(self.kind.name)
        if entity and entity.filterable:
            self.tx.records.save_values(entity.name, {row.pk: values(entity, row) for row in rows})
