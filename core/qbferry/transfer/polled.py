"""The records as a poll may work with them; what it does is kept only when it comes to its end."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar, cast

from qbferry.errors import MisfitError
from qbferry.model import News, NewsKind
from qbferry.qbxml.characters import without_illegal
from qbferry.store.outbox import Line
from qbferry.transfer.held import Held

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from qbferry.model import AnyRecord, Connector
    from qbferry.plugin.manager import Plugins
    from qbferry.transfer.call import Call

__all__ = ["PolledRecords"]

T = TypeVar("T")


MOST = Decimal(10) ** 15
"""More than any amount QuickBooks can hold."""


class PolledRecords:
    """The records of one plugin's entities, for one answer to its polls; implements ``qbferry.Records``."""

    def __init__(self, plugins: Plugins, plugin: str, call: Call) -> None:
        """Begin.

        Args:
            plugins: All that run.
            plugin: Whose poll it is.
            call: The call that brought the answer.
        """
        self.connector: Connector = call.connector
        self._plugins = plugins
        self._plugin = plugin
        self._call = call
        self._held: dict[int, Held] = {}
        self._changes: list[tuple[Held, dict[str, object]]] = []
        self._news: list[Line] = []
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Book what was done, unless something was raised."""
        self._open.__exit__(kind, error, trace)
        if error is not None:
            return
        for held, changes in self._changes:
            for name, value in changes.items():
                setattr(held.row, name, value)
            self._call.journal.keep(held)
        self._call.journal.tell(self._news)

    def by_txn_id(self, txn_id: str) -> AnyRecord | None:
        """Find the record that is this transaction in QuickBooks, of the poll's own plugin's entities."""
        found = self._call.tx.records.by_txn_id(self._call.row.id, _fit("txn_id", txn_id, str))
        entity = self._plugins.entities.get(found.entity) if found else None
        if found is None or entity is None or self._plugins.owner(entity.name) != self._plugin:
            return None
        if found.pk not in self._held:
            row = self._call.journal.rows([found.pk])[found.pk]
            try:
                held = Held.of(entity, row)
            except MisfitError:
                return None  # what no longer fits is told when its turn comes
            self._open.enter_context(held.record.writing())
            self._held[found.pk] = held
        return self._held[found.pk].record

    def save(
        self,
        record: AnyRecord,
        *,
        paid_date: date | None = None,
        balance: Decimal | None = None,
        voided: bool | None = None,
        ref_number: str | None = None,
    ) -> None:
        """Keep what was learnt of a record, its state as well; None leaves a value as it is."""
        changes: dict[str, object] = {}
        if paid_date is not None:
            changes["paid_date"] = _fit("paid_date", paid_date, date)
        if balance is not None:
            if abs(_fit("balance", balance, Decimal)) > MOST:
                raise ValueError(f"balance is {balance}, which is no amount")
            changes["balance"] = int(balance * 100)
        if voided is not None:
            changes["voided"] = _fit("voided", voided, bool)
        if ref_number is not None:
            changes["ref_number"] = _fit("ref_number", ref_number, str)[:100]
        self._changes.append((self._held[record.pk], changes))

    def tell(self, record: AnyRecord, kind: NewsKind, **values: str) -> None:
        """Let the source hear of it, from the outbox."""
        told = {name: _fit(name, text, str) for name, text in values.items()}
        news = News(kind=_fit("kind", kind, NewsKind), at=self._call.now, run=self._call.run.id, values=told)
        self._news += [
            Line(plugin=plugin, entity=record.entity, record_pk=record.pk, news=news)
            for plugin in self._plugins.source_updaters(record.entity)
        ]


def _fit(name: str, value: object, kind: type[T]) -> T:
    """A value of the right kind, whatever a plugin gave; a text without what no database takes."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} is {value!r}, not of the type {kind.__name__}")
    return cast("T", without_illegal(value)) if isinstance(value, str) and kind is str else value
