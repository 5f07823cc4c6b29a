"""What the history says QuickBooks has, and what QuickBooks says to it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from qbferry.model import OnError
from qbferry.qbxml import envelope, search
from qbferry.store.queue import MANY
from qbferry.store.tables import OutcomeRow
from qbferry.transfer.marker import marker

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from qbferry.model import Connector
    from qbferry.qbxml.response import Answer
    from qbferry.transfer.preparation import Origin

__all__ = ["DELETION", "Claims", "Fact", "Seen", "makes_transaction", "questions", "read"]

DELETION = "TxnDel"

ENDS = ("Sent", "Lost", "Deleted")
"""Kinds of lines after which an earlier one about the same transaction says nothing any more."""

DELETED = "deleted"
PREFIX = "lineage."

MOST = 1000
"""Messages, and deletions, asked about in the first question."""

ANSWERED = {0, 1, 500}
"""Statuses of a query by TxnID: all, none or some of them are there (facts B5)."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What the history says of one transaction.

    Attributes:
        id: The line's.
        owner: The entity's name and the record's key.
        txn_id: The transaction's.
        kind: ``Invoice``.
        marker: The ExternalGUID it was given; TxnIDs of a restored file may be given out a second time.
        deleted: It was deleted from here: QuickBooks must not have it.
    """

    id: int
    owner: tuple[str, int]
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


class Claims:
    """The lines of one connector's history that still hold, not older than a moment."""

    def __init__(
        self, session: Session, connector_id: int, entities: Collection[str], origin: Origin, since: datetime
    ) -> None:
        self._session = session
        self._connector_id = connector_id
        self._origin = origin
        later = aliased(OutcomeRow)
        self._holds: tuple[ColumnElement[bool], ...] = (
            OutcomeRow.connector_id == connector_id,
            OutcomeRow.entity.in_(entities),
            OutcomeRow.kind == "Sent",
            OutcomeRow.txn_id.is_not(None),
            OutcomeRow.at >= since,
            ~exists().where(
                later.entity == OutcomeRow.entity,
                later.record_pk == OutcomeRow.record_pk,
                later.id > OutcomeRow.id,
                later.txn_id == OutcomeRow.txn_id,
                later.kind.in_(ENDS),
            ),
        )
        self._made = OutcomeRow.request.in_(_adds())
        self._deleted = OutcomeRow.request == DELETION

    def latest(self) -> datetime | None:
        """When QuickBooks was last known to make something."""
        line = select(OutcomeRow.at).where(*self._holds, self._made).order_by(OutcomeRow.id.desc()).limit(1)
        return self._session.scalar(line)

    def anchors(self, verified: int) -> list[int]:
        """Lines by which a restored backup shows: the last of each message since a line, and one before.

        What one message made is lost together or not at all.
        """
        line, new = OutcomeRow.id, OutcomeRow.id > verified
        last = select(func.max(line)).where(*self._holds, self._made, new).group_by(OutcomeRow.at)
        before = select(line).where(*self._holds, self._made, ~new).order_by(line.desc())
        removed = select(line).where(*self._holds, self._deleted, new).order_by(line.desc())
        found: set[int] = set()
        for statement in (
            last.order_by(func.max(line).desc()).limit(MOST),
            before.limit(1),
            removed.limit(MOST),
        ):
            found.update(self._session.scalars(statement))
        return sorted(found)

    def facts(self, lines: Collection[int]) -> list[Fact]:
        """These lines."""
        return self._facts(OutcomeRow.id.in_(lines), len(lines))

    def page(self, below: int, limit: int) -> list[Fact]:
        """The lines next below one, newest first; fewer than the limit: there are no more."""
        return self._facts(OutcomeRow.id < below, limit)

    def owners(self, lines: Collection[int]) -> set[tuple[str, int]]:
        """Entity and record of some lines."""
        found: set[tuple[str, int]] = set()
        ordered = sorted(lines)
        for start in range(0, len(ordered), MANY):
            part = OutcomeRow.id.in_(ordered[start : start + MANY])
            rows = self._session.execute(select(OutcomeRow.entity, OutcomeRow.record_pk).where(part))
            found.update((entity, pk) for entity, pk in rows)
        return found

    def listed(self, above: int) -> list[tuple[str, int, str]]:
        """Entity, record and key of the list entries made above a line: they may be lost as well."""
        statement = select(OutcomeRow.entity, OutcomeRow.record_pk, OutcomeRow.request_key).where(
            self._holds[0],
            self._holds[1],
            OutcomeRow.id > above,
            OutcomeRow.kind == "Sent",
            OutcomeRow.request.endswith("Add"),
            ~self._made,
        )
        return [(entity, pk, key) for entity, pk, key in self._session.execute(statement)]

    def _facts(self, which: ColumnElement[bool], limit: int) -> list[Fact]:
        statement = select(OutcomeRow).where(*self._holds, self._made | self._deleted, which)
        rows = self._session.scalars(statement.order_by(OutcomeRow.id.desc()).limit(limit)).all()
        return [self._fact(row) for row in rows]

    def _fact(self, row: OutcomeRow) -> Fact:
        made = row
        if row.request == DELETION:
            born = select(OutcomeRow).where(
                OutcomeRow.entity == row.entity,
                OutcomeRow.record_pk == row.record_pk,
                OutcomeRow.kind == "Sent",
                OutcomeRow.txn_id == row.txn_id,
                self._made,
            )
            made = self._session.scalars(born.order_by(OutcomeRow.id.desc())).first() or row
        return Fact(
            id=row.id,
            owner=(row.entity, row.record_pk),
            txn_id=row.txn_id or "",
            kind=made.request.removesuffix("Add"),
            marker=marker(
                self._origin.owner_id,
                self._origin.file_id,
                row.entity,
                row.record_id,
                made.request_key,
                made.transfer,
            ),
            deleted=row.request == DELETION,
        )


def questions(facts: Iterable[Fact], connector: Connector, *, deletions: bool) -> str:
    """Ask which of the transactions are there.

    Args:
        facts: The transactions; at least one.
        connector: Whose QuickBooks is asked.
        deletions: Ask as well what was deleted in this file, of these kinds.
    """
    kinds = _by_kind(facts)
    asked = [
        (f"{kind}Query", f"{PREFIX}{kind}", search.by_txn_id(fact.txn_id for fact in group))
        for kind, group in kinds.items()
    ]
    if deletions:
        types = "".join(f"<TxnDelType>{kind}</TxnDelType>" for kind in kinds)
        asked.append(("TxnDeletedQuery", PREFIX + DELETED, types))
    return envelope.message(asked, version=connector.qbxml_version, on_error=OnError.CONTINUE)


def read(facts: Sequence[Fact], answer: Answer, *, deletions: bool) -> Seen | None:
    """Read the answer to ``questions``; None: QuickBooks did not answer all of it."""
    by_id = {response.request_id.removeprefix(PREFIX): response for response in answer.responses}
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
