"""A record as the core works with it: one row of the table ``record``, with its document and its state."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from qbferry.model.status import TransferStatus

if TYPE_CHECKING:
    from datetime import date, datetime

__all__ = ["Counted", "RecordRow"]

Counted: TypeAlias = tuple[str, str, str, int, int]
"""Status, currency, unit, whether it is due (0 or 1), and amount in hundredths."""


@dataclass(slots=True)
class RecordRow:
    """One record, whatever its entity. Hooks never see it: they get a ``Record``.

    Attributes:
        pk: The database's own key; 0 until it is stored.
        connector_id: The connector, and so the company file, it belongs to.
        entity: The name of its kind.
        id: The source's identity; what people type and read. Unique within entity and connector.
        batch: The batch it was processed in.
        source: Where it came from, such as ``file``.
        version: How often it was written; two that change it at once are told by it.
        party: Whom it is for; ``party_folded`` is what filters compare.
        dated: Its own date.
        amount: What it comes to, in hundredths.
        currency: Empty: the company file's own.
        unit: ``money`` or ``hours``.
        number: The number of the source.
        transfer_status: Where it stands.
        queue_position: Its place among the due, in the order records were set ready; None: not due.
        transfer_date: When the last transfer ended in QuickBooks.
        first_transfer_date: When the first one did since QuickBooks has it.
        transfer_count: How many transfers have; part of the marker, so that a wanted duplicate has its own.
        needs_resync: It is transferred, and its plugin has more to send.
        done: Request key -> TxnID of the current transfer's requests that QuickBooks already has.
        chained: The keys of the transfers that this one went on from.
        reason: Why the last transfer failed, in plain words.
        reason_code: What kind of reason it is, for grouping: ``quickbooks.3140``, ``plugin``, ``rule``.
        reason_about: What it is about, such as the name that was not found.
        not_ready_reason: Why it could not be set ready when that was last tried, by an import or a person.
        ref_number: The number a person sees in QuickBooks.
        txn_id: Its TxnID in QuickBooks.
        edit_sequence: QuickBooks' version of it.
        paid_date: When it was paid.
        balance: What is still owed, in hundredths.
        voided: It was voided in QuickBooks.
        deleted: It was deleted in QuickBooks by hand.
        changed_since_transfer: An import changed it after QuickBooks had it.
        changed_midway: An import changed it after QuickBooks had a part of the transfer that goes on.
        alone: A message with it was not understood or killed QuickBooks; it travels by itself.
        steps: How often in a row an answer led to the next question instead of an end.
        in_doubt: Nobody can tell whether QuickBooks has it; a person decides.
        doubtful: The keys of the requests that are in doubt, with their labels.
        lost: What was lost or deleted in QuickBooks while its plugin was absent, which has yet to hear of it:
            of each ``kind`` (of news), ``key``, ``request``, ``txn_id``, ``ref_number``, ``forget`` or not.
        created_at: When it came in.
        updated_at: When it was last written.
        document_text: The document as JSON.
        state_text: The state as JSON, empty for that of a new record.
        counted: The values under which the counters know it; None: they do not yet.
    """

    connector_id: int
    entity: str
    id: str
    pk: int = 0
    batch: str | None = None
    source: str = ""
    version: int = 0
    party: str = ""
    party_folded: str = ""
    dated: date | None = None
    amount: int | None = None
    currency: str = ""
    unit: str = "money"
    number: str = ""
    transfer_status: TransferStatus = TransferStatus.NOT_TRANSFERRED
    queue_position: int | None = None
    transfer_date: datetime | None = None
    first_transfer_date: datetime | None = None
    transfer_count: int = 0
    needs_resync: bool = False
    done: dict[str, str | None] = field(default_factory=dict)
    chained: list[str] = field(default_factory=list)
    reason: str | None = None
    reason_code: str = ""
    reason_about: str = ""
    not_ready_reason: str | None = None
    ref_number: str | None = None
    txn_id: str | None = None
    edit_sequence: str | None = None
    paid_date: date | None = None
    balance: int | None = None
    voided: bool = False
    deleted: bool = False
    changed_since_transfer: bool = False
    changed_midway: bool = False
    alone: bool = False
    steps: int = 0
    in_doubt: bool = False
    doubtful: dict[str, str | None] = field(default_factory=dict)
    lost: list[dict[str, Any]] = field(default_factory=list)
    created_at: datetime | None = None
    updated_at: datetime | None = None
    document_text: str = ""
    state_text: str = ""
    counted: Counted | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The document as JSON gives it, unchecked: what lists show though it no longer fits its model."""
        found: dict[str, Any] = json.loads(self.document_text)
        return found

    @property
    def state(self) -> dict[str, Any]:
        """The state as JSON gives it, unchecked, without its version."""
        found: dict[str, Any] = json.loads(self.state_text)["state"] if self.state_text else {}
        return found

    @staticmethod
    @cache
    def names() -> tuple[str, ...]:
        """The names of all fields that are columns of the table ``record``."""
        beside = {"document_text", "state_text", "counted"}
        return tuple(each.name for each in fields(RecordRow) if each.name not in beside)
