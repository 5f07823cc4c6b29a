"""What the history says QuickBooks has, and what QuickBooks says to it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from qbferry.model import Owner, OwnerKind
from qbferry.qbxml import search
from qbferry.store.holdings import DELETION, Holdings
from qbferry.transfer.marker import marker

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from qbferry.qbxml.response import Answer
    from qbferry.store.rows import HistoryRow
    from qbferry.store.transaction import Transaction
    from qbferry.transfer.preparation import Origin

__all__ = ["Fact", "Seen", "facts", "holdings", "makes_transaction", "queries", "read"]

DELETED = "deleted"
ANSWERED = {0, 1, 500}
"""Statuses of a query by TxnID: all, none or some of them are there (facts B5)."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What the history says of one transaction.

    Attributes:
        id: The line's.
        pk: The record's key.
        txn_id: The transaction's.
        kind: ``Invoice``.
        marker: The ExternalGUID it was given; TxnIDs of a restored file may be given out a second time.
        deleted: It was deleted from here: QuickBooks must not have it.
    """

    id: int
    pk: int
    txn_id: str
    kind: str
    marker: str
    deleted: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """What QuickBooks said.

    Attributes:
        there: The lines whose transactions it has.
        deleted: TxnIDs of what was deleted in this very file; empty where that was not asked.
    """

    there: frozenset[int]
    deleted: frozenset[str]

    def denies(self, fact: Fact) -> bool:
        """Whether it is otherwise than the history says."""
        return fact.deleted == (fact.id in self.there)


def makes_transaction(request: str) -> bool:
    """Whether a request, such as ``InvoiceAdd``, makes something QuickBooks can be asked for by TxnID."""
    return request in _adds()


def holdings(tx: Transaction, connector_id: int, since: datetime) -> Holdings:
    """The lines of a connector's history that hold, of all kinds it was ever sent."""
    return Holdings(tx, connector_id, _adds(), since)


def facts(held: Holdings, lines: Iterable[HistoryRow], origin: Origin) -> list[Fact]:
    """What lines of the history say of transactions."""
    return [_fact(held, line, origin) for line in lines]


def _fact(held: Holdings, line: HistoryRow, origin: Origin) -> Fact:
    made = (held.born(line) or line) if line.request == DELETION else line
    owner = Owner(OwnerKind(line.owner), line.entity, line.record_pk, line.record_id)
    return Fact(
        id=line.id,
        pk=line.record_pk,
        txn_id=line.txn_id or "",
        kind=made.request.removesuffix("Add"),
        marker=made.marker or marker(origin.owner_id, origin.file_id, owner, made.request_key, made.transfer),
        deleted=line.request == DELETION,
    )


def queries(facts: Iterable[Fact], question_id: str, *, deletions: bool) -> list[tuple[str, str, str]]:
    """Ask which of the transactions are there.

    Args:
        facts: The transactions.
        question_id: What the requestIDs begin with; the kind follows.
        deletions: Ask as well what was deleted in this file, of these kinds.

    Returns:
        Name without ``Rq``, requestID and body of each query.
    """
    kinds = _by_kind(facts)
    asked = [
        (f"{kind}Query", f"{question_id}.{kind}", search.by_txn_id(fact.txn_id for fact in group))
        for kind, group in kinds.items()
    ]
    if deletions:
        name, xml = search.deletions(kinds)
        asked.append((name, f"{question_id}.{DELETED}", xml))
    return asked


def read(facts: Sequence[Fact], answer: Answer, question_id: str, *, deletions: bool) -> Seen | None:
    """Read the answer to ``queries``; None: QuickBooks did not answer all of it."""
    by_id = {response.request_id.removeprefix(f"{question_id}."): response for response in answer.responses}
    there: set[int] = set()
    for kind, group in _by_kind(facts).items():
        response = by_id.get(kind)
        if response is None or response.status_code not in ANSWERED:
            return None
        found = {ret.text("TxnID"): search.bare(ret.text("ExternalGUID") or "") for ret in response.objects}
        # Without a marker in the answer the TxnID alone must do.
        there.update(
            fact.id for fact in group if found.get(fact.txn_id, "-") in ("", search.bare(fact.marker))
        )
    gone: list[str] = []
    if deletions:
        response = by_id.get(DELETED)
        if response is None or response.status_code not in ANSWERED:
            return None
        gone = [ret.text("TxnID") or "" for ret in response.objects]
    return Seen(frozenset(there), frozenset(gone))


def _by_kind(facts: Iterable[Fact]) -> dict[str, list[Fact]]:
    ordered = sorted((fact for fact in facts if f"{fact.kind}Add" in _adds()), key=lambda fact: fact.kind)
    return {kind: [*group] for kind, group in groupby(ordered, key=lambda fact: fact.kind)}


def _adds() -> frozenset[str]:
    return frozenset(f"{kind}Add" for kind in search.transactions())
