"""Queries that belong to no record, and what they may do with records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date, timedelta
    from decimal import Decimal
    from types import EllipsisType

    from qbferry.model.connector import Connector
    from qbferry.model.news import NewsKind
    from qbferry.model.record import Record
    from qbferry.qbxml.response import Response

__all__ = ["Occasion", "Poll", "Records"]


class Records(Protocol):
    """The records of the connector that is polled, in the transaction that notes the answer."""

    @property
    def connector(self) -> Connector:
        """Whose QuickBooks answered."""

    def by_txn_id(self, txn_id: str) -> Record[Any, Any] | None:
        """Find the record that is this transaction in QuickBooks, of the poll's own plugin's entities."""

    def by_txn_ids(self, txn_ids: Iterable[str]) -> Mapping[str, Record[Any, Any]]:
        """Find several at once, by TxnID; what is none of theirs is left out."""

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

    def tell(self, record: Record[Any, Any], kind: NewsKind, **values: str) -> None:
        """Let the source hear of it, from the outbox, and note it in the history with its ``reason``."""

    def note(self, record: Record[Any, Any], reason: str) -> None:
        """Note something in the record's history that its source need not hear of."""

    def tie(self, record: Record[Any, Any], poll: str, ids: Iterable[str]) -> None:
        """Tie identities of QuickBooks to a record, such as those of its payments, in place of those before.

        Args:
            record: The record.
            poll: What is to ask about it when ``concern`` is told one of them.
            ids: TxnIDs or ListIDs.
        """

    def concern(self, poll: str, ids: Iterable[str]) -> None:
        """Let a poll ask about the records that are one of these in QuickBooks, or are tied to one."""

    def inquire(self, poll: str, about: Iterable[str]) -> None:
        """Let a poll ask about these: it is asked in the same run, or in the next if this one ends before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What a poll is to ask for this time.

    Attributes:
        since: What was changed from this moment on, as ``FromModifiedDate`` and ``FromDeletedDate`` take it;
            None: everything.
        about: What it was given to ask about, if it is a poll that asks about something.
    """

    since: str | None = None
    about: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Poll:
    """A query that belongs to no record, asked once an interval.

    Attributes:
        name: Unique among all polls; two plugins that declare the same one share it.
        interval: How long its answer stays fresh. Zero: it goes along with every run, but causes none.
        query: Given the occasion, the query's name without ``Rq`` and its qbXML:
            ``("VendorQuery", "<ActiveStatus>All</ActiveStatus>")``.
        handle: Receives an answer and the records, in the transaction that notes the time.
        iterated: Whether it is read in parts, with QuickBooks' iterators.
        mark: The element of what it is answered that tells when that was changed: ``TimeModified``. The
            latest there ever was is where ``since`` begins, less two hours, as QuickBooks' times may be wrong
            by one and something may change while it is read. Without it, ``since`` is a day before the last
            answer.
        whole: Whether it asks for everything at first. Otherwise it begins with when the connector was made,
            an interval after that: for what cannot have been in QuickBooks before.
        about: It asks about what ``Records.inquire`` and ``Records.concern`` say, at most so many at a time,
            and only then; not once an interval. 0: it does not.
    """

    name: str
    interval: timedelta
    query: Callable[[Occasion], tuple[str, str]]
    handle: Callable[[Response, Records], None]
    iterated: bool = False
    mark: str = ""
    whole: bool = True
    about: int = 0
