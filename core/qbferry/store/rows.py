"""Rows of the core's tables as plain values: read whole, written back where the table's module says so.

They are written with names; only the store, which reads many, fills them in the order of their fields.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from qbferry.model import TransferStatus

__all__ = [
    "AlertRow",
    "ConnectorRow",
    "DoubleRow",
    "FoundRow",
    "HistoryRow",
    "ListedRequest",
    "MessageRow",
    "RunRow",
    "names",
]


def names(kind: Any) -> tuple[str, ...]:
    """The names of a row's fields, which are those of its table's columns."""
    return tuple(each.name for each in fields(kind))


@dataclass(slots=True)
class ConnectorRow:
    """A connector: one company file, one user, one password, one .qwc file.

    Attributes:
        id: The database's own key; 0 until it is stored.
        has_file_id: The company file said in the last run that it is the one this was added to (facts A6).
        conventions: Entity -> kind -> how names are made, as ``model.Connector`` has them.
        settled_set_id: The message set whose answer QuickBooks may forget, as the last run left it.
        quickbooks_time: The latest time QuickBooks has told of something of ours, in its own words.
        clock_behind: Seconds by which its clock was behind the server's then; None: unknown.
        verified_line: The line of the history up to which QuickBooks was last found, at ``verified_at``, to
            have what it was given.
        quiet: Its quiet hours, as ``model.QuietHours`` reads them.
        last_position: The last place in the queue that was given out.
        doubled: A double is to be deleted in QuickBooks.
        owing: Some message's answer was booked without its plugin, which has not heard of it yet.
        created_at: When it was made; nothing of its records can be older in QuickBooks.
        restored: When QuickBooks says that the company file was last restored from a backup, in its own text.
        found: QuickBooks has something with a marker of ours that nobody has booked or dismissed.
        elsewhere: The newest line of the history that may be about another company file than the one that is
            open; 0: there is none; -1: a person is sure that there is none.
    """

    name: str
    user_name: str
    password_hash: str
    file_id: str
    id: int = 0
    is_default: bool = False
    paused: bool = False
    every_minutes: int | None = None
    quiet: str | None = None
    on_error: str | None = None
    company_file: str | None = None
    company_name: str | None = None
    has_file_id: bool = False
    country: str = ""
    qbxml_version: str = "13.0"
    product: str | None = None
    features: dict[str, str] = field(default_factory=dict)
    conventions: dict[str, dict[str, str]] = field(default_factory=dict)
    client_version: str | None = None
    last_seen_at: datetime | None = None
    settled_set_id: str | None = None
    quickbooks_time: str | None = None
    clock_behind: int | None = None
    verified_line: int = 0
    verified_at: datetime | None = None
    last_position: int = 0
    owing: bool = False
    doubled: bool = False
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    restored: str | None = None
    found: bool = False
    elsewhere: int = 0

    def next_position(self) -> int:
        """A place behind everything that is due; the row must be locked, and saved."""
        self.last_position += 1
        return self.last_position


@dataclass(slots=True)
class RunRow:
    """A run: one session of the Web Connector.

    Attributes:
        id: The database's own key; 0 until it is stored.
        ticket: The hash of its ticket.
        seen: The moment of its last call, as ``elapsed.mark`` gives it, by a clock that cannot be set.
        ended_at: None while it is live; one live run a connector.
        question: What was handed out and not answered yet (see ``transfer.exchange``); None: nothing.
        question_id: Its identity; what its requestIDs begin with.
        question_about: What is needed to understand its answer.
        memory: What the run remembers beyond a question: the polls and the look back that are over, the
            message set whose answer QuickBooks may forget.
        cursors: Entity -> the queue position up to which the run has tried.
        halted: Nothing new is sent in this run any more.
        voided: Its ticket counts for nothing any more: the password was changed, or the connector paused.
        total: How many records were due when it began.
        tried: How many of them were.
        slowest: The plugin and hook that took longest in one call.
        heard: What went wrong in it has been looked at, to be told to people.
    """

    connector_id: int
    ticket: bytes
    started_at: datetime
    seen_at: datetime
    id: int = 0
    seen: dict[str, Any] = field(default_factory=dict)
    ended_at: datetime | None = None
    state: str = "running"
    question: str | None = None
    question_id: str | None = None
    question_about: dict[str, Any] = field(default_factory=dict)
    memory: dict[str, Any] = field(default_factory=dict)
    cursors: dict[str, int] = field(default_factory=dict)
    greeted: bool = False
    halted: bool = False
    voided: bool = False
    total: int = 0
    sent: int = 0
    failed: int = 0
    tried: int = 0
    connection_errors: int = 0
    last_error: str = ""
    slowest: str = ""
    slowest_ms: int = 0
    heard: bool = False


class ListedRequest(TypedDict):
    """A request as its message lists it: whose it is, and what is needed to understand its answer."""

    owner: str
    entity: str
    pk: int
    id: str
    key: str
    name: str
    label: str
    marker: str


@dataclass(slots=True)
class MessageRow:
    """A message set that was, or may have been, given to QuickBooks.

    Committed before it is returned: from then on its records are in flight. At most one a connector is
    unsettled.

    Attributes:
        id: The database's own key; 0 until it is stored.
        run_id: The run it was last handed out in.
        requests: In order; a request's requestID is ``{message_set_id}.{index}``.
        attempts: How often it was handed out.
        holders: The runs it was handed to of which nothing was heard since: they may still be executing it.
        deaths: How often QuickBooks gave an error that leaves open what was executed.
        unanswered: How often QuickBooks was asked what it has executed, and did not say.
        found: What the last search found (``requests``), ``since`` when nothing else (``elapsed.mark``), and
            whether people were ``alerted``.
        due_at: When it is to be asked about again; None: in the next run.
        company_file: The path of the company file it was composed for.
        marked: That file carried the connector's FileID.
        quickbooks_time: The latest time, in QuickBooks' own words, that QuickBooks had told before.
        clock_behind: Seconds by which QuickBooks' clock was behind the server's then; None: unknown.
        owed: The indices of the requests whose answers were booked without their plugin.
    """

    connector_id: int
    run_id: int
    message_set_id: str
    body: str
    composed_at: datetime
    id: int = 0
    requests: list[ListedRequest] = field(default_factory=list)
    attempts: int = 1
    holders: list[int] = field(default_factory=list)
    deaths: int = 0
    unanswered: int = 0
    found: dict[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None
    company_file: str | None = None
    marked: bool = False
    quickbooks_time: str | None = None
    clock_behind: int | None = None
    settled_at: datetime | None = None
    owed: list[int] = field(default_factory=list)


@dataclass(slots=True)
class HistoryRow:
    """A line of the transfer history.

    Attributes:
        id: The database's own key; 0 until it is stored. Lines are numbered in the order they are booked.
        message_id: The message it tells of.
        actor: Who did it: a person's name, or a further user's whose run it was; empty for the framework.
        owner: What the request belongs to: ``record``, ``entry`` or ``double``.
        kind: ``Sent``, ``Rejected``, ``Retry``, ``Skipped`` (never left), ``Lost`` (with a restored backup),
            ``Deleted`` (by hand, in QuickBooks), ``Differs`` (a second answer that is not the booked one), or
            a person's decision.
        transfer: How many transfers of the record had ended before, as in its marker.
        reason_code: What kind of reason it is, for grouping: ``quickbooks.3140``.
        about: What it is about, such as a name.
        marker: The ExternalGUID of what QuickBooks made, or has no more.
        status: The record's transfer status once the transaction was through that booked the line.
        told: What was learnt, as its source was told: ``paid_date``, ``balance``.
    """

    at: datetime
    connector_id: int
    entity: str
    record_pk: int
    record_id: str
    kind: str
    id: int = 0
    run_id: int | None = None
    message_id: int | None = None
    actor: str = ""
    owner: str = "record"
    request_key: str = ""
    request: str = ""
    label: str = ""
    transfer: int = 0
    reason: str | None = None
    reason_code: str = ""
    about: str = ""
    status_code: int | None = None
    quickbooks_message: str | None = None
    txn_id: str | None = None
    ref_number: str | None = None
    marker: str | None = None
    status: TransferStatus | None = None
    told: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class FoundRow:
    """What QuickBooks has with a marker of ours, and nobody has booked.

    Attributes:
        id: The database's own key; 0 until it is stored.
        kind: ``Invoice``, ``Vendor``.
        txn_id: Its TxnID or ListID.
        number: Its number, or the name of a list's entry.
        created: QuickBooks' TimeCreated, in its own text.
        booked_as: The TxnID under which the same marker is booked, and which QuickBooks has as well: it is a
            double.
        at: When it was found.
    """

    connector_id: int
    marker: str
    kind: str
    txn_id: str
    at: datetime
    number: str = ""
    created: str = ""
    id: int = 0
    booked_as: str | None = None
    run_id: int | None = None
    dismissed_at: datetime | None = None
    dismissed_by: str | None = None


@dataclass(slots=True)
class DoubleRow:
    """A transaction QuickBooks has beside the one that is booked.

    Attributes:
        id: The database's own key; 0 until it is stored.
        kind: ``Invoice``.
        txn_id: Its TxnID; ``booked_txn_id`` is that of the booked one.
        marker: The ExternalGUID of both.
        wanted_by: Who wants it deleted; None: nobody has said so.
        gone_at: When QuickBooks no longer had it.
        problem: Why it was not deleted, in a sentence.
    """

    connector_id: int
    found_at: datetime
    kind: str
    txn_id: str
    booked_txn_id: str
    marker: str
    entity: str
    record_pk: int
    record_id: str
    id: int = 0
    ref_number: str | None = None
    booked_number: str | None = None
    wanted_by: str | None = None
    gone_at: datetime | None = None
    problem: str | None = None


@dataclass(slots=True)
class AlertRow:
    """What a person must hear of.

    Attributes:
        id: The database's own key; 0 until it is stored.
        kind: What it is: ``answer.differs``.
        about: What tells it from another of its kind: it is raised once.
        told_at: When it was delivered.
        dismissed_by: The person who has seen to it; empty: it came right by itself.
        over_at: When what a person had dismissed had come right; before that it is not raised again.
    """

    at: datetime
    connector_id: int
    kind: str
    about: str
    text: str
    id: int = 0
    run_id: int | None = None
    entity: str = ""
    record_pk: int | None = None
    told_at: datetime | None = None
    dismissed_at: datetime | None = None
    dismissed_by: str | None = None
    over_at: datetime | None = None
