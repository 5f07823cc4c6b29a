"""What answers are made of, as their description says it, and how records are written into it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from qbferry.desk.browsing import filterable
from qbferry.desk.lookup import columns, view
from qbferry.model import Kind, TransferStatus
from qbferry.store.places import ORDERS

if TYPE_CHECKING:
    from qbferry.desk.shelf import Shelf
    from qbferry.model import Entity, RecordRow
    from qbferry.store.catalog import KnownKind

__all__ = ["Record", "RecordPage", "filters_of", "pages_of", "paging_of", "record_of", "seen", "title"]

Text = Annotated[str, Field(max_length=255, pattern=r"^[^\x00]*$")]
Day = Annotated[str, Field(json_schema_extra={"format": "date"}, examples=["2026-10-31"])]
Amount = Annotated[str, Field(pattern=r"^-?[0-9]{1,13}(\.[0-9]{1,2})?$", examples=["1234.50"])]

LONGEST_PAGE = 1000


class Record(BaseModel):
    """A record, whatever its kind.

    Attributes:
        id: What its source calls it.
        version: Goes up whenever it is written.
        batch: What its source says belongs together.
        source: Where it came from.
        number: The number of its source.
        party: Whom it is for.
        dated: Its own date.
        amount: What it comes to.
        currency: Empty: the company file's own.
        transfer_status: Where it stands.
        transfer_date: When the last transfer ended in QuickBooks.
        ref_number: Its number in QuickBooks.
        txn_id: Its TxnID in QuickBooks.
        reason: Why the last transfer failed.
        not_ready_reason: Why it could not be set ready.
        partly: What QuickBooks has of it, where that is not all.
        paid_date: When it was paid.
        balance: What is still owed.
        voided: It was voided in QuickBooks.
        deleted: It was deleted in QuickBooks.
        changed_since_transfer: It was changed after QuickBooks had it.
        needs_resync: It is transferred, and there is more to send.
        in_doubt: Nobody can tell whether QuickBooks has it; a person decides.
        waits_for: The plugin without which nothing can be done with it.
        columns: What its own kind shows besides.
    """

    id: str
    version: int
    batch: str | None
    source: str
    number: str
    party: str
    dated: date | None
    amount: Decimal | None
    currency: str
    transfer_status: TransferStatus
    transfer_date: datetime | None
    ref_number: str | None
    txn_id: str | None
    reason: str | None
    not_ready_reason: str | None
    partly: str | None
    paid_date: date | None
    balance: Decimal | None
    voided: bool
    deleted: bool
    changed_since_transfer: bool
    needs_resync: bool
    in_doubt: bool
    waits_for: str | None
    columns: dict[str, Any]


class RecordPage(BaseModel):
    """A page of records.

    Attributes:
        records: Those on it; there may be fewer than were asked for, though more follow.
        total: How many there are in all; null: more than anybody counts.
        next: The cursor of the next page; null: this is the last.
        previous: The cursor of the one before; null: this is the first.
    """

    records: list[Record]
    total: int | None
    next: str | None
    previous: str | None


class Line(BaseModel):
    """A line of a record's history.

    Attributes:
        at: When.
        kind: What happened.
        actor: Which person or program did it.
        request: The qbXML request it is about.
        run: The run in which it happened.
    """

    at: datetime
    entity: str
    id: str
    kind: str
    actor: str | None
    request: str | None
    label: str | None
    ref_number: str | None
    txn_id: str | None
    reason: str | None
    reason_code: str | None
    about: str | None
    status_code: int | None
    quickbooks_message: str | None
    run: int | None


class Preview(BaseModel):
    """What would be sent now.

    Attributes:
        qbxml: The message; empty when nothing would be.
        problem: Why it cannot go.
    """

    qbxml: str
    problem: str | None


class Reference(BaseModel):
    """A name in a record.

    Attributes:
        label: What it is, such as customer.
        where: Where it stands; empty for a record that has one such name.
        name: As its source gives it.
        stands_for: The name in QuickBooks; empty: none yet.
        note: That it is going to be made, or why it stands for nothing.
    """

    label: str
    where: str
    name: str
    stands_for: str
    note: str


class Filters(BaseModel):
    """Which records: those that fit all that is given."""

    model_config = ConfigDict(extra="forbid")

    status: Annotated[
        Text, Field(description="Transfer statuses, with commas between.", examples=["Pending"])
    ] = ""
    never: Annotated[bool, Field(description="Only those that were never transferred.")] = False
    party: Annotated[Text, Field(description="What whom it is for begins with.")] = ""
    number: Annotated[Text, Field(description="What its number or id begins with.")] = ""
    batch: Annotated[Text, Field(description="Its batch.")] = ""
    reason: Annotated[Text, Field(description="A part of why it failed or is not ready.")] = ""
    in_doubt: Annotated[bool, Field(description="Only those nobody can tell about.")] = False
    needs_resync: Annotated[bool, Field(description="Only those of which more is to be sent.")] = False
    date_from: Day | None = None
    date_to: Day | None = None
    amount_from: Amount | None = None
    amount_to: Amount | None = None
    transferred_from: Day | None = None
    transferred_to: Day | None = None

    def given(self) -> dict[str, str]:
        """The same as the search page's fields."""
        said = {name: value for name, value in self if value not in (None, "", False)}
        return {name: "yes" if value is True else str(value) for name, value in said.items()}


class Paging(BaseModel):
    """Which page, of which connector."""

    connector: Annotated[Text | None, Field(description="Its name; otherwise the default one.")] = None
    size: Annotated[int, Field(ge=1, le=LONGEST_PAGE)] = 100
    cursor: Annotated[Text, Field(description="What the page before this one said is next.")] = ""


class SortedPaging(Paging):
    """Which page in which order, of which connector."""

    sort: Annotated[
        str,
        Field(pattern=f"^-?({'|'.join(ORDERS)})$", description="With a minus in front: the highest first."),
    ] = "-arrival"


def filters_of(kind: KnownKind) -> type[Filters]:
    """The filters of a kind of record: those of all, and its own columns."""
    own: dict[str, Any] = {}
    for column in filterable(kind):
        match column.kind:
            case Kind.TEXT:
                own[column.name] = (Text, Field("", description=f"What {column.heading} begins with."))
            case Kind.FLAG:
                own[column.name] = (Annotated[str, Field(pattern="^(yes|no)$")] | None, None)
            case Kind.MONEY | Kind.QUANTITY:
                own |= {f"{column.name}_{end}": (Amount | None, None) for end in ("from", "to")}
            case _:
                own |= {f"{column.name}_{end}": (Day | None, None) for end in ("from", "to")}
    own = {name: made for name, made in own.items() if name not in Filters.model_fields}
    return create_model(f"{title(kind.name)}Filters", __base__=Filters, **own)


def paging_of(filters: type[Filters], name: str) -> type[BaseModel]:
    """The parameters of a list: which records, and which page of them."""
    return create_model(f"{title(name)}Query", __base__=(SortedPaging, filters))


def pages_of(filters: type[Filters], name: str) -> type[BaseModel]:
    """The parameters of what is done with a page: the same, in the order in which records arrived."""
    return create_model(f"{title(name)}Page", __base__=(Paging, filters))


def record_of(kind: KnownKind, entity: Entity | None) -> type[BaseModel]:
    """One record whole: with its document, in its kind's shape where its plugin runs."""
    document: Any = entity.document if entity else dict[str, Any]
    return create_model(
        f"{title(kind.name)}Record",
        __base__=Record,
        document=(document, ...),
        history=(list[Line] | None, None),
        preview=(Preview | None, None),
        references=(list[Reference] | None, None),
    )


def seen(shelf: Shelf, row: RecordRow) -> dict[str, Any]:
    """A record as JSON. What is stored is not held against its kind's shape: it may no longer fit."""
    shown = view(shelf, row)
    own = {column.name: column.value(row.document, row.state, row) for column in columns(shelf)}
    more = {
        "version": row.version,
        "source": row.source,
        "number": row.number,
        "party": row.party,
        "dated": row.dated,
        "amount": None if row.amount is None else f"{Decimal(row.amount) / 100:.2f}",
        "currency": row.currency,
        "needs_resync": row.needs_resync,
        "columns": own,
    }
    return {name: (shown | more)[name] for name in Record.model_fields}


def title(name: str) -> str:
    """A kind's name as names of shapes begin with it."""
    return "".join(part.capitalize() for part in name.split("_"))
