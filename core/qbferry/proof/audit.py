"""Holding the books against QuickBooks: nothing missing, nothing twice, every status true."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qbferry.model import OwnerKind, TransferStatus
from qbferry.simulator.transactions import KINDS
from qbferry.store.counters import counted
from qbferry.store.records import Filter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from qbferry.model import Entity, RecordRow
    from qbferry.plugin.manager import Plugins
    from qbferry.simulator import CompanyFile
    from qbferry.store.database import Database
    from qbferry.store.rows import HistoryRow

__all__ = ["Audited", "audit"]

Owner = tuple[str, int]
"""An entity's name and a record's database key."""


@dataclass(frozen=True, slots=True)
class Audited:
    """What both sides hold of one connector.

    Attributes:
        records: Entity's name -> its records.
        there: (entity, pk) -> the live transactions that carry one of the record's markers.
        problems: What does not agree, in sentences.
    """

    records: Mapping[str, list[RecordRow]]
    there: Mapping[Owner, list[dict[str, Any]]]
    problems: list[str] = field(default_factory=list)


def audit(
    database: Database,
    plugins: Plugins,
    company: CompanyFile,
    *,
    connector: int = 1,
    by_hand: Collection[str] = (),
) -> Audited:
    """Compare one connector's records with its company file.

    Every live transaction belongs to exactly one request of one record and is known to it; every transaction
    the history says was made is there, unless the history says that it was deleted. What is in an unanswered
    message or in doubt is not judged: nobody claims anything of it. The counters agree with the records.

    Args:
        database: The records.
        plugins: Whose records.
        company: The company file.
        connector: The connector's key.
        by_hand: TxnIDs that did not come from here.
    """
    with database.read() as tx:
        messages = tx.messages.everything(connector)
        history = [line for line in tx.history.everything(connector) if line.owner == OwnerKind.RECORD]
        records = {name: tx.records.page(connector, name, Filter(), limit=None) for name in plugins.entities}
        counters = counted(tx.connection, connector)
    parts = [
        (message, part)
        for message in messages
        for part in message.requests
        if part["owner"] == OwnerKind.RECORD
    ]
    owners = {_bare(part["marker"]): (part["entity"], part["pk"]) for _, part in parts}
    flying = {(part["entity"], part["pk"]) for message, part in parts if message.settled_at is None}
    lines: dict[Owner, list[HistoryRow]] = defaultdict(list)
    for line in history:
        lines[line.entity, line.record_pk].append(line)
    books = Audited(records, defaultdict(list))
    books.problems.extend(_recount(counters, records))
    books.problems.extend(_place(company, owners, by_hand, books))
    for entity in plugins.entities.values():
        for record in records[entity.name]:
            owner = entity.name, record.pk
            if owner not in flying and not record.in_doubt:
                books.problems.extend(_judge(entity, record, lines[owner], books.there[owner]))
    return books


def _recount(counters: Sequence[Any], records: Mapping[str, Sequence[RecordRow]]) -> Iterator[str]:
    """Hold what the counters say against the records."""
    said = {
        (row.entity, str(row.transfer_status), row.currency, row.unit): (row.records, row.due, row.amount)
        for row in counters
        if row.entity in records and (row.records or row.due or row.amount)
    }
    there: dict[tuple[str, str, str, str], tuple[int, int, int]] = {}
    for record in (record for part in records.values() for record in part):
        key = record.entity, str(record.transfer_status), record.currency, record.unit
        number, due, amount = there.get(key, (0, 0, 0))
        due += record.queue_position is not None
        there[key] = number + 1, due, amount + (record.amount or 0)
    for key in sorted(said.keys() | there.keys()):
        if said.get(key) != there.get(key):
            name = " ".join(filter(None, key))
            yield f"The counter of {name} says {said.get(key)}, and the records {there.get(key)}."


def _place(
    company: CompanyFile, owners: Mapping[str, Owner], by_hand: Collection[str], books: Audited
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
    entity: Entity, record: RecordRow, history: Sequence[HistoryRow], there: list[dict[str, Any]]
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


def _told(history: Sequence[HistoryRow]) -> tuple[set[str], set[str]]:
    """What the history says was made, and was deleted; a later line about a transaction has the last word."""
    made: set[str] = set()
    deleted: set[str] = set()
    for line in history:
        if not line.txn_id:
            continue
        if line.kind == "Sent" and line.request.removesuffix("Add") in KINDS:
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
