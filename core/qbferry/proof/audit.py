"""Holding the books against QuickBooks: nothing missing, nothing twice, every status true."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from qbferry.model import TransferStatus
from qbferry.simulator.transactions import KINDS
from qbferry.store.tables import MessageRow, OutcomeRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from sqlalchemy.orm import Session

    from qbferry.model import Entity
    from qbferry.plugin.manager import Plugins
    from qbferry.simulator import CompanyFile
    from qbferry.store.database import Database

__all__ = ["Books", "audit"]

Owner = tuple[str, int]
"""An entity's name and a record's database key."""


@dataclass(frozen=True, slots=True)
class Books:
    """What both sides hold of one connector.

    Attributes:
        records: Entity's name -> its records.
        there: (entity, pk) -> the live transactions that carry one of the record's markers.
        problems: What does not agree, in sentences.
    """

    records: Mapping[str, list[Any]]
    there: Mapping[Owner, list[dict[str, Any]]]
    problems: list[str] = field(default_factory=list)


def audit(
    database: Database,
    plugins: Plugins,
    company: CompanyFile,
    *,
    connector: int = 1,
    by_hand: Collection[str] = (),
) -> Books:
    """Compare one connector's records with its company file.

    Every live transaction belongs to exactly one request of one record and is known to it; every transaction
    the history says was made is there, unless the history says that it was deleted. What is in an unanswered
    message or in doubt is not judged: nobody claims anything of it.

    Args:
        database: The records.
        plugins: Whose records.
        company: The company file.
        connector: The connector's key.
        by_hand: TxnIDs that did not come from here.
    """
    with database.read() as session:
        messages = session.scalars(select(MessageRow).where(MessageRow.connector_id == connector)).all()
        owners = {
            _bare(part["marker"]): (part["entity"], part["pk"])
            for message in messages
            for part in message.requests
        }
        flying = {
            (part["entity"], part["pk"])
            for message in messages
            if message.settled_at is None
            for part in message.requests
        }
        records = {entity.name: _records(session, entity, connector) for entity in plugins.entities.values()}
        history: dict[Owner, list[OutcomeRow]] = defaultdict(list)
        for line in session.scalars(
            select(OutcomeRow).where(OutcomeRow.connector_id == connector).order_by(OutcomeRow.id)
        ):
            history[line.entity, line.record_pk].append(line)
    books = Books(records, defaultdict(list))
    books.problems.extend(_place(company, owners, by_hand, books))
    for entity in plugins.entities.values():
        for record in records[entity.name]:
            owner = entity.name, record.pk
            if owner not in flying and not record.in_doubt:
                books.problems.extend(_judge(entity, record, history[owner], books.there[owner]))
    return books


def _records(session: Session, entity: Entity, connector: int) -> list[Any]:
    kind = entity.record
    found = session.scalars(select(kind).where(kind.connector_id == connector).order_by(kind.pk)).all()
    return list(found)


def _place(
    company: CompanyFile, owners: Mapping[str, Owner], by_hand: Collection[str], books: Books
) -> Iterator[str]:
    """Give every live transaction to the record whose marker it carries."""
    seen: Counter[str] = Counter()
    for kind in KINDS:
        for row in company.transactions(kind):
            if row["deleted"] or row["TxnID"] in by_hand:
                continue
            name = f"{kind} {row['TxnID']}"
            marker = _bare(row["ExternalGUID"] or "")
            owner = owners.get(marker)
            if owner is None:
                yield f"{name} is in QuickBooks and belongs to no record."
                continue
            seen[marker] += 1
            if seen[marker] > 1:
                yield f"{name} is in QuickBooks {seen[marker]} times, for {owner[0]} {owner[1]}."
            books.there[owner].append({**row, "kind": kind})


def _judge(
    entity: Entity, record: Any, history: list[OutcomeRow], there: list[dict[str, Any]]
) -> Iterator[str]:
    name = f"{entity.label} {record.id}"
    live = {row["TxnID"] for row in there}
    made, deleted = _told(history)
    transferred = record.transfer_status is TransferStatus.TRANSFERRED
    if transferred and record.txn_id and record.txn_id not in deleted:
        made.add(record.txn_id)
    for txn_id in sorted(made - deleted - live):
        yield f"{name} is said to be in QuickBooks as {txn_id}, where it is not."
    for txn_id in sorted(live - made):
        yield f"{name} ({record.transfer_status}) does not know of {txn_id} in QuickBooks."
    for txn_id in sorted(live & deleted):
        yield f"{name}: {txn_id} is said to be deleted, and is in QuickBooks."
    if transferred and not made and not deleted:
        yield f"{name} is Transferred, and nothing of it ever was in QuickBooks."


def _told(history: list[OutcomeRow]) -> tuple[set[str], set[str]]:
    """What the history says was made, and was deleted; a later line about a transaction has the last word."""
    made: set[str] = set()
    deleted: set[str] = set()
    for line in history:
        if not line.txn_id:
            continue
        if line.kind == "Sent" and line.request.endswith("Add"):
            made.add(line.txn_id)
        elif line.kind == "Sent" and line.request == "TxnDel":
            deleted.add(line.txn_id)
        elif line.kind == "Lost" and line.request == "TxnDel":
            deleted.discard(line.txn_id)  # the backup has it again
        elif line.kind == "Lost":
            made.discard(line.txn_id)
        elif line.kind == "Deleted":
            deleted.add(line.txn_id)  # by hand
    return made, deleted


def _bare(guid: str) -> str:
    return guid.strip("{}").lower()
