"""Queries that belong to no record, and what they may do with records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime, timedelta
    from decimal import Decimal

    from qbferry.model.connector import Connector
    from qbferry.model.news import NewsKind
    from qbferry.model.record import AnyRecord
    from qbferry.qbxml.response import Response

__all__ = ["Poll", "Records"]


class Records(Protocol):
    """The records of the connector that is polled, in the transaction that notes the answer."""

    @property
    def connector(self) -> Connector:
        """Whose QuickBooks answered."""

    def by_txn_id(self, txn_id: str) -> AnyRecord | None:
        """Find the record that is this transaction in QuickBooks, of the poll's own plugin's entities."""

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

    def tell(self, record: AnyRecord, kind: NewsKind, **values: str) -> None:
        """Let the source hear of it, from the outbox."""


@dataclass(frozen=True, kw_only=True)
class Poll:
    """A query that belongs to no record, asked once an interval.

    Attributes:
        name: Unique among all polls; two plugins that declare the same one share it.
        interval: How long its answer stays fresh. Zero: it goes along with every run, but causes none.
        query: Given the time of the last answer (None at first), the query's name without ``Rq`` and its
            qbXML: ``("VendorQuery", "<ActiveStatus>All</ActiveStatus>")``.
        handle: Receives an answer and the records, in the transaction that notes the time.
        iterated: Whether it is read in parts, with QuickBooks' iterators.
    """

    name: str
    interval: timedelta
    query: Callable[[datetime | None], tuple[str, str]]
    handle: Callable[[Response, Records], None]
    iterated: bool = False
