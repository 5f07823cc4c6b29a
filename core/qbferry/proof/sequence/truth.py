"""What is true whatever the server says: whose each object in QuickBooks is, and what people did there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qbferry.model import OwnerKind
from qbferry.simulator.transactions import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry.proof.sequence.premises import Premises
    from qbferry.simulator import CompanyFile

__all__ = ["Made", "Truth", "bare"]

CREATED = ("Customer", "Vendor", "ItemService", "ItemInventory")
"""The lists whose entries are made for records here."""


@dataclass(frozen=True, slots=True)
class Made:
    """Something in QuickBooks that carries a marker of ours.

    Attributes:
        entity: Of the record.
        id: The record's.
        key: Of the request.
        kind: ``Invoice``.
        txn_id: In QuickBooks.
        marker: Its ExternalGUID, bare.
        data: Its elements.
    """

    entity: str
    id: str
    key: str
    kind: str
    txn_id: str
    marker: str
    data: dict[str, Any]


class Truth:
    """Collects it.

    Attributes:
        elsewhere: Other company files that were open for a while, each with the markers of what was in the
            right one before that.
        deleted: TxnID -> what a person deleted in QuickBooks, of which nothing was left.
        thinned: TxnIDs of what a person deleted of two of the same; the other one stayed.
    """

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        self._owners: dict[str, tuple[str, str, str]] = {}
        self._entries: set[str] = set()
        self._there = {entry.list_id for entry in premises.company.select_entries(CREATED)}
        self.elsewhere: list[tuple[CompanyFile, set[str]]] = []
        self.deleted: dict[str, Made] = {}
        self.thinned: set[str] = set()

    def note_requests(self) -> None:
        """Note whose the markers are that the server has given out so far."""
        with self._premises.office.application.database.read() as tx:
            for message in tx.messages.everything(1):
                for part in message.requests:
                    if part["owner"] == OwnerKind.ENTRY:
                        self._entries.add(bare(part["marker"]))
                    elif part["owner"] == OwnerKind.RECORD:
                        self._owners[bare(part["marker"])] = (part["entity"], part["id"], part["key"])

    def live(self) -> list[Made]:
        """What is in the right company file now, oldest first."""
        self.note_requests()
        return [*self.of(self._premises.company)]

    def astray(self) -> list[Made]:
        """What is in other company files."""
        return [made for company, _ in self.elsewhere for made in self.of(company)]

    def needless(self) -> list[Made]:
        """What went into another company file though the right one had it."""
        return [
            made for company, settled in self.elsewhere for made in self.of(company) if made.marker in settled
        ]

    def open(self, other: CompanyFile) -> None:
        """Another company file is about to be opened."""
        self.elsewhere.append((other, {made.marker for made in self.live()}))

    def note_deleted(self, made: Made) -> None:
        """Note what a person is about to delete; where it is there twice, one of the two stays."""
        if sum(each.marker == made.marker for each in self.of(self._premises.company)) > 1:
            self.thinned.add(made.txn_id)
        else:
            self.deleted[made.txn_id] = made

    def strangers(self) -> list[str]:
        """What is in QuickBooks and belongs to no record: TxnIDs, and entries that were made."""
        self.note_requests()
        made = (
            entry
            for entry in self._premises.company.select_entries(CREATED)
            if entry.list_id not in self._there
        )
        return [
            f"{entry.kind} {entry.full_name}"
            for entry in made
            if bare(entry.data.get("ExternalGUID", "nobody's")) not in self._entries
        ] + [
            row["TxnID"]
            for kind in KINDS
            for row in self._premises.company.transactions(kind)
            if not row["deleted"] and bare(row["ExternalGUID"] or "") not in self._owners
        ]

    def has_entry(self, marker: str) -> bool:
        """Whether a list entry carries a marker."""
        return any(
            bare(entry.data.get("ExternalGUID", "")) == bare(marker)
            for entry in self._premises.company.select_entries(CREATED)
        )

    def of(self, company: CompanyFile) -> Iterator[Made]:
        """What is in one file, oldest first."""
        rows = [(row, kind) for kind in KINDS for row in company.transactions(kind) if not row["deleted"]]
        for row, kind in sorted(rows, key=lambda each: each[0]["TxnNumber"]):
            marker = bare(row["ExternalGUID"] or "")
            if marker in self._owners:
                yield Made(*self._owners[marker], kind, row["TxnID"], marker, row)


def bare(guid: str) -> str:
    """A GUID as it can be compared."""
    return guid.strip("{}").lower()
