"""The vocabulary: values that travel between the rooms. Frozen, and without I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta
    from importlib.resources.abc import Traversable

    from sqlalchemy.orm import Session

    from qbferry.qbxml.response import Response

__all__ = [
    "Connector",
    "Continue",
    "Document",
    "Entity",
    "Event",
    "ListEntry",
    "Lists",
    "OnError",
    "Outcome",
    "Poll",
    "Record",
    "Rejected",
    "Request",
    "Retry",
    "Sent",
    "Skip",
    "TransferStatus",
]


_PARSED = "_parsed_document"


class TransferStatus(StrEnum):
    """Where a record stands on its way to QuickBooks; the words a bookkeeper sees."""

    NOT_TRANSFERRED = "Not Transferred"
    PENDING = "Pending"
    FAILED = "Pending/Failed"
    TRANSFERRED = "Transferred"


class OnError(StrEnum):
    """What QuickBooks does with the rest of a message after a request that fails."""

    CONTINUE = "continue"
    STOP = "stop"


class Document(BaseModel):
    """Base of an entity's record shape: one JSON object, unknown fields refused.

    Attributes:
        id: The source's own identity of the record, unique within its entity and connector.
        batch: The batch it was processed in, if the source has batches.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, max_length=100)
    batch: str | None = Field(default=None, max_length=100)

    @classmethod
    def of(cls, record: Record) -> Self:
        """Read a record's document back, typed.

        Several hooks read it on a record's way; it is parsed once for as long as it is the same.
        """
        kept = vars(record).get(_PARSED)
        if kept and kept[0] is record.document and type(kept[1]) is cls:
            return kept[1]
        parsed = cls.model_validate(record.document)
        setattr(record, _PARSED, (record.document, parsed))
        return parsed


class Record(Protocol):
    """What the framework knows of a record, whatever its entity.

    Attributes:
        pk: The database's own key.
        id: The source's identity; what people type and read.
        document: The record as it was imported, in the shape of its entity's ``Document``.
        transfer_count: How many transfers of it have ended in QuickBooks.
        done: Request key -> TxnID of the requests of the current transfer that QuickBooks already has.
        reason: Why the last transfer failed, in plain words.
    """

    pk: int
    id: str
    document: dict[str, Any]
    transfer_status: TransferStatus
    transfer_date: datetime | None
    transfer_count: int
    queue_position: int | None
    changed_since_transfer: bool
    done: dict[str, str | None]
    reason: str | None
    ref_number: str | None
    txn_id: str | None
    edit_sequence: str | None

    @property
    def connector_id(self) -> int:
        """The connector, and so the company file, it belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A kind of record, owned by one plugin.

    Attributes:
        name: What commands and settings call it: ``invoice``.
        label: What a person reads: ``Invoice``.
        plural: The label for several: ``Invoices``.
        record: The SQLAlchemy class of its table, a ``Transferable``.
        document: The record's shape as JSON; ``qbferry schema NAME`` prints it.
        templates: The folder with its Jinja2 templates, one a request: ``InvoiceAdd.xml.j2``.
        columns: What lists show beside what every entity has: columns of its record, fields of its document.
        order: Entities take their turns in a message in this order, lowest first.
    """

    name: str
    label: str
    plural: str
    record: type[Any]
    document: type[Document]
    templates: Traversable
    columns: tuple[str, ...] = ()
    order: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """One web connector, as hooks see it: one QuickBooks company file.

    Attributes:
        id: The database's own key.
        name: What people call it.
        on_error: ``stop``: after a refusal the later requests of the run stay Pending.
        qbxml_version: What is declared on its messages, such as ``13.0``.
        country: ``US``, ``CA``, ``UK`` or ``AU``, as its QuickBooks said; empty before the first run.
        features: QuickBooks' preferences as last read, such as ``IsUsingClassTracking``.
    """

    id: int
    name: str
    on_error: OnError = OnError.CONTINUE
    qbxml_version: str = "13.0"
    country: str = ""
    features: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One qbXML request for a record.

    Attributes:
        key: Its identity within the record, the same every time: ``invoice``, ``entry:7``.
        name: The qbXML request without ``Rq``: ``InvoiceAdd``.
        fields: What its template is rendered with.
        label: What a person calls it when it fails: ``entry 7``. Empty for a record of one request.
        marker: The ExternalGUID that makes it recognizable in QuickBooks, ``{GUID}``; the framework sets it.
    """

    key: str
    name: str
    fields: Mapping[str, Any]
    label: str = ""
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """A veto: the record does not go, and why, in a sentence for a person."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """QuickBooks has it.

    Attributes:
        txn_id: TxnID or ListID of the object, None where the answer has none.
        ref_number: The number a person sees in QuickBooks.
        edit_sequence: QuickBooks' version of the object, needed to change it later.
        note: A warning of QuickBooks worth keeping in the history.
    """

    txn_id: str | None = None
    ref_number: str | None = None
    edit_sequence: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """QuickBooks refused it, and why, in plain words. It goes again in the next run."""

    reason: str


@dataclass(frozen=True, slots=True)
class Retry:
    """It was not refused, but not done either (a lock, a request not reached). It stays Pending."""

    reason: str


@dataclass(frozen=True, slots=True)
class Continue:
    """QuickBooks answered, and the record has more to send: it is built again in this run.

    For a record that must ask QuickBooks something before it knows what to send; ``handle_response`` keeps
    the answer on the record.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one request; a line of the transfer history.

    Attributes:
        entity: The entity's name.
        record_id: The record's id in its source.
        request: The request, with its key, label and marker.
        result: What it means for the record.
        response: QuickBooks' answer; None when it was found to be in QuickBooks without one.
    """

    entity: str
    record_id: str
    request: Request
    result: Sent | Rejected | Retry | Continue
    response: Response | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """An entry of a QuickBooks list, as mirrored.

    Attributes:
        kind: The list: ``Customer``, ``Vendor``, ``Employee``, ``Account``, ``ShipMethod``, …
        list_id: QuickBooks' own identity of the entry.
        full_name: ``Parent:Child``.
        is_active: False when a person made it inactive in QuickBooks.
        data: Further elements of the entry that a plugin's poll kept, by name.
    """

    kind: str
    list_id: str
    full_name: str
    is_active: bool = True
    data: Mapping[str, str] = field(default_factory=dict)


class Lists(Protocol):
    """QuickBooks' lists as last mirrored, for the connector at hand."""

    def known(self, kind: str) -> bool:
        """Tell whether the list was ever read; before that, nothing can be said about a name."""

    def find(self, kind: str, name: str) -> ListEntry | None:
        """Find an entry by stored link, then by full name without regard to case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """A query that belongs to no record, asked once an interval.

    Attributes:
        name: Unique among all polls; two plugins that declare the same one share it.
        interval: How long its answer stays fresh. Zero: it goes along with every run, but causes none.
        query: Given the time of the last answer (None at first), the query's name without ``Rq`` and its
            qbXML: ``("VendorQuery", "<ActiveStatus>All</ActiveStatus>")``.
        handle: Receives the open session and an answer, in the transaction that notes the time.
        iterated: Whether it is read in parts, with QuickBooks' iterators.
    """

    name: str
    interval: timedelta
    query: Callable[[datetime | None], tuple[str, str]]
    handle: Callable[[Session, Connector, Response], None]
    iterated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened, for ``observe``: ``run.started``, ``record.transferred``, and so on."""

    name: str
    connector: str
    data: Mapping[str, Any] = field(default_factory=dict)
