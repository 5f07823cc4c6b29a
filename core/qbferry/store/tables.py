"""The core's own tables. Plugins bring theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from qbferry.store.transferable import Base

__all__ = [
    "ConnectorRow",
    "InstallationRow",
    "LinkRow",
    "ListEntryRow",
    "MessageRow",
    "OutboxRow",
    "OutcomeRow",
    "PollRow",
    "RunRow",
]


class InstallationRow(Base):
    """This installation: one row, made by the first migration's first use.

    ``owner_id`` is the .qwc file's OwnerID, a GUID in braces, and the root of all markers.
    """

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[str] = mapped_column(String(38))


class ConnectorRow(Base):
    """A connector: one company file, one user, one password, one .qwc file.

    ``idle_ticket`` and ``idle_text`` serve the calls that follow an ``authenticate`` without a run (nothing
    due, busy), so that polling leaves no rows behind. ``verified_outcome`` is the line of the history up to
    which QuickBooks was last found, at ``verified_at``, to have what it was given. ``has_file_id``: the
    company file said in the last run that it is the one this connector was added to (facts A6).
    """

    __tablename__ = "connector"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    user_name: Mapped[str] = mapped_column(String(60), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    file_id: Mapped[str] = mapped_column(String(38), unique=True)
    is_default: Mapped[bool] = mapped_column(default=False)
    paused: Mapped[bool] = mapped_column(default=False)
    every_minutes: Mapped[int | None]
    on_error: Mapped[str | None] = mapped_column(String(10))
    company_file: Mapped[str | None] = mapped_column(String(500))
    company_name: Mapped[str | None] = mapped_column(String(200))
    has_file_id: Mapped[bool] = mapped_column(default=False)
    country: Mapped[str] = mapped_column(String(10), default="")
    qbxml_version: Mapped[str] = mapped_column(String(10), default="13.0")
    product: Mapped[str | None] = mapped_column(String(200))
    features: Mapped[dict[str, str]] = mapped_column(default=dict)
    client_version: Mapped[str | None] = mapped_column(String(40))
    idle_ticket: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    idle_text: Mapped[str] = mapped_column(String(500), default="")
    last_seen_at: Mapped[datetime | None]
    settled_set_id: Mapped[str | None] = mapped_column(String(24))
    verified_outcome: Mapped[int] = mapped_column(default=0)
    verified_at: Mapped[datetime | None]


class RunRow(Base):
    """A run: one session of the Web Connector.

    ``expecting`` is what the next answer belongs to (see ``transfer.exchange``), ``asked`` what is needed to
    understand it. ``cursors`` holds, an entity, the queue position up to which the run has tried; ``tried``
    counts the records among ``total``. ``ended_at`` is None while it is live; one live run a connector.
    """

    __tablename__ = "run"
    __table_args__ = (
        Index(
            "uq_run_live",
            "connector_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "connector_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    connector_id: Mapped[int] = mapped_column(ForeignKey("connector.id"))
    ticket: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(20), default="running")
    expecting: Mapped[str | None] = mapped_column(String(20))
    asked: Mapped[dict[str, Any]] = mapped_column(default=dict)
    cursors: Mapped[dict[str, int]] = mapped_column(default=dict)
    greeted: Mapped[bool] = mapped_column(default=False)
    halted: Mapped[bool] = mapped_column(default=False)
    total: Mapped[int] = mapped_column(default=0)
    sent: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    tried: Mapped[int] = mapped_column(default=0)
    connection_errors: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(Text, default="")


class MessageRow(Base):
    """A message set that was, or may have been, given to QuickBooks.

    Committed before it is returned: this row is the claim on its records. At most one a connector is
    unsettled. ``requests`` lists, in order, ``{"entity", "pk", "id", "key", "name", "label", "marker"}``;
    a request's requestID is ``{message_set_id}.{index}``.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index(
            "uq_message_unsettled",
            "connector_id",
            unique=True,
            sqlite_where=text("settled_at IS NULL"),
            postgresql_where=text("settled_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    connector_id: Mapped[int] = mapped_column(ForeignKey("connector.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    message_set_id: Mapped[str] = mapped_column(String(24), unique=True)
    body: Mapped[str] = mapped_column(Text, deferred=True)
    requests: Mapped[list[dict[str, Any]]]
    attempts: Mapped[int] = mapped_column(default=1)
    composed_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class OutcomeRow(Base):
    """A line of the transfer history.

    ``kind``: ``Sent``, ``Rejected``, ``Retry``, ``Skipped`` (never left), ``Lost`` (with a restored backup),
    ``Deleted`` (by hand, in QuickBooks), or a person's decision. ``transfer`` is how many transfers of the
    record had ended before, as in its marker.
    """

    __tablename__ = "outcome"
    __table_args__ = (
        Index(None, "entity", "record_pk"),
        Index(None, "connector_id", "id"),
        Index(None, "run_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    connector_id: Mapped[int] = mapped_column(ForeignKey("connector.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"))
    entity: Mapped[str] = mapped_column(String(60))
    record_pk: Mapped[int]
    record_id: Mapped[str] = mapped_column(String(100))
    request_key: Mapped[str] = mapped_column(String(100), default="")
    request: Mapped[str] = mapped_column(String(60), default="")
    label: Mapped[str] = mapped_column(String(100), default="")
    transfer: Mapped[int] = mapped_column(default=0)
    kind: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(Text)
    status_code: Mapped[int | None]
    quickbooks_message: Mapped[str | None] = mapped_column(Text)
    txn_id: Mapped[str | None] = mapped_column(String(36))
    ref_number: Mapped[str | None] = mapped_column(String(100))


class OutboxRow(Base):
    """An outcome one plugin still has to tell the outside world; removed when it has."""

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "due_at"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    plugin: Mapped[str] = mapped_column(String(60))
    entity: Mapped[str] = mapped_column(String(60))
    record_pk: Mapped[int]
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    last_error: Mapped[str | None] = mapped_column(Text)


class ListEntryRow(Base):
    """An entry of a QuickBooks list, mirrored; ``folded`` is the name without regard to case."""

    __tablename__ = "list_entry"
    __table_args__ = (
        UniqueConstraint("connector_id", "kind", "list_id"),
        Index(None, "connector_id", "kind", "folded"),
    )

    pk: Mapped[int] = mapped_column(primary_key=True)
    connector_id: Mapped[int] = mapped_column(ForeignKey("connector.id"))
    kind: Mapped[str] = mapped_column(String(40))
    list_id: Mapped[str] = mapped_column(String(36))
    full_name: Mapped[str] = mapped_column(String(255))
    folded: Mapped[str] = mapped_column(String(255))
    is_active: Mapped[bool] = mapped_column(default=True)
    data: Mapped[dict[str, str]] = mapped_column(default=dict)


class LinkRow(Base):
    """A name of the source that stands for a certain QuickBooks entry; a person can see and edit it."""

    __tablename__ = "link"
    __table_args__ = (UniqueConstraint("connector_id", "kind", "folded"),)

    pk: Mapped[int] = mapped_column(primary_key=True)
    connector_id: Mapped[int] = mapped_column(ForeignKey("connector.id"))
    kind: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(255))
    folded: Mapped[str] = mapped_column(String(255))
    list_id: Mapped[str] = mapped_column(String(36))


class PollRow(Base):
    """When a poll was last answered, by the server's clock."""

    __tablename__ = "poll"
    __table_args__ = (UniqueConstraint("connector_id", "name"),)

    pk: Mapped[int] = mapped_column(primary_key=True)
    connector_id: Mapped[int] = mapped_column(ForeignKey("connector.id"))
    name: Mapped[str] = mapped_column(String(100))
    answered_at: Mapped[datetime]
