"""The records as a poll may work with them; what it does is kept only when it comes to its end."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar, cast

from qbferry.errors import MisfitError
from qbferry.model import News, NewsKind
from qbferry.qbxml.characters import without_illegal
from qbferry.store.outbox import Line
from qbferry.transfer.held import Held

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import EllipsisType, TracebackType
    from typing import Self

    from qbferry.model import Connector, Record
    from qbferry.plugin.manager import Plugins
    from qbferry.transfer.call import Call

__all__ = ["PolledRecords"]

T = TypeVar("T")


NOTED = "Noticed"
"""The kind of a history line that nobody outside hears of."""

LEARNT = frozenset(
    (
        *(NewsKind.NUMBER, NewsKind.PAID, NewsKind.UNPAID, NewsKind.BALANCE),
        *(NewsKind.VOIDED, NewsKind.DELETED),
    )
)
"""What is noted in the history as well; the framework notes the rest itself."""

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
        self._own = [name for name in plugins.entities if plugins.owner(name) == plugin]
        self._call = call
        self._held: dict[int, Held] = {}
        self._changes: list[tuple[Held, dict[str, object]]] = []
        self._notes: list[tuple[Held, str, str | None, Mapping[str, str]]] = []
        self._news: list[Line] = []
        self._ties: dict[str, dict[int, list[str]]] = {}
        self._concerns: list[tuple[str, list[str]]] = []
        self._inquiries: list[tuple[str, list[str]]] = []
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
        journal, polls, connector_id = self._call.journal, self._call.tx.polls, self._call.row.id
        for held, changes in self._changes:
            for name, value in changes.items():
                setattr(held.row, name, value)
            journal.keep(held)
        for held, line, reason, told in self._notes:
            # Of what it is in QuickBooks: that it was deleted must not be looked for any more.
            journal.note(held.row, line, reason, txn_id=held.row.txn_id, told=told)
        journal.tell(self._news)
        for poll, ties in self._ties.items():
            polls.tie(connector_id, poll, ties)
        for poll, ids in self._concerns:
            polls.inquire(connector_id, poll, polls.concerned(connector_id, poll, self._own, ids))
        for poll, about in self._inquiries:
            polls.inquire(connector_id, poll, about)

    def by_txn_id(self, txn_id: str) -> Record[Any, Any] | None:
        """Find the record that is this transaction in QuickBooks, of the poll's own plugin's entities."""
        return self.by_txn_ids([txn_id]).get(txn_id)

    def by_txn_ids(self, txn_ids: Iterable[str]) -> Mapping[str, Record[Any, Any]]:
        """Find several at once, by TxnID; what is none of theirs is left out."""
        wanted = [_fit("txn_id", txn_id, str) for txn_id in txn_ids]
        keys = self._call.tx.records.keys_of(self._call.row.id, self._own, wanted)
        rows = self._call.journal.rows([key for key in keys.values() if key not in self._held])
        for key, row in rows.items():
            try:
                held = Held.of(self._plugins.entities[row.entity], row)
            except MisfitError:
                continue  # what no longer fits is told when its turn comes
            self._open.enter_context(held.record.writing())
            self._held[key] = held
        return {txn_id: self._held[key].record for txn_id, key in keys.items() if key in self._held}

    def save(
        self,
        record: Record[Any, Any],
        *,
        paid_date: date | EllipsisType | None = ...,
        balance: Decimal | EllipsisType | None = ...,
        voided: bool | EllipsisType = ...,
        deleted: bool | EllipsisType = ...,
        ref_number: str | EllipsisType = ...,
    ) -> None:
        """Keep what was learnt of a record, its state as well; what is left out stays, None empties it."""
        changes: dict[str, object] = {}
        if paid_date is not ...:
            changes["paid_date"] = None if paid_date is None else _fit("paid_date", paid_date, date)
        if balance is not ...:
            if balance is not None and abs(_fit("balance", balance, Decimal)) > MOST:
                raise ValueError(f"balance is {balance}, which is no amount")
            changes["balance"] = None if balance is None else int(balance * 100)
        if voided is not ...:
            changes["voided"] = _fit("voided", voided, bool)
        if deleted is not ...:
            changes["deleted"] = _fit("deleted", deleted, bool)
        if ref_number is not ...:
            changes["ref_number"] = _fit("ref_number", ref_number, str)[:100]
        self._changes.append((self._held[record.pk], changes))

    def tell(self, record: Record[Any, Any], kind: NewsKind, **values: str) -> None:
        """Let the source hear of it, from the outbox, and note it in the history with its ``reason``."""
        told = {name: _fit(name, text, str) for name, text in values.items()}
        news = News(kind=_fit("kind", kind, NewsKind), at=self._call.now, run=self._call.run.id, values=told)
        held = self._held[record.pk]
        if kind in LEARNT:
            learnt = {name: text for name, text in told.items() if name != "reason"}
            self._notes.append((held, kind.capitalize(), told.get("reason"), learnt))
        self._news += [
            Line(plugin=plugin, entity=record.entity, record_pk=record.pk, news=news)
            for plugin in self._plugins.source_updaters(record.entity)
        ]

    def note(self, record: Record[Any, Any], reason: str) -> None:
        """Note something in the record's history that its source need not hear of."""
        self._notes.append((self._held[record.pk], NOTED, _fit("reason", reason, str), {}))

    def tie(self, record: Record[Any, Any], poll: str, ids: Iterable[str]) -> None:
        """Tie identities of QuickBooks to a record, in place of those before."""
        known = [_fit("id", each, str)[:36] for each in ids]
        self._ties.setdefault(_fit("poll", poll, str), {})[self._held[record.pk].row.pk] = known

    def concern(self, poll: str, ids: Iterable[str]) -> None:
        """Let a poll ask about the records that are one of these in QuickBooks, or are tied to one."""
        self._concerns.append((_fit("poll", poll, str), [_fit("id", each, str) for each in ids]))

    def inquire(self, poll: str, about: Iterable[str]) -> None:
        """Let a poll ask about these."""
        self._inquiries.append((_fit("poll", poll, str), [_fit("about", each, str)[:100] for each in about]))


def _fit(name: str, value: object, kind: type[T]) -> T:
    """A value of the right kind, whatever a plugin gave; a text without what no database takes."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} is {value!r}, not of the type {kind.__name__}")
    return cast("T", without_illegal(value)) if isinstance(value, str) and kind is str else value
