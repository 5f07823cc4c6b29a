"""What every record has: the columns that take it to QuickBooks and tell how it went."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Enum,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from qbferry.model import TransferStatus

__all__ = ["Base", "Transferable", "UtcDateTime"]


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, aware on both sides; SQLite itself forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Store UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The declarative base of the core's tables and of every plugin's."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        dict[str, str | None]: JSON,
        dict[str, int]: JSON,
        dict[str, str]: JSON,
        list[dict[str, Any]]: JSON,
        TransferStatus: Enum(
            TransferStatus, native_enum=False, length=20, values_callable=lambda kind: [str(v) for v in kind]
        ),
    }


class Transferable:
    """Mixin of a plugin's record class.

    Attributes:
        pk: The database's own key.
        connector_id: The connector, and so the company file, it belongs to.
        id: The source's identity, unique within entity and connector.
        batch: The batch it was processed in.
        document: The record in the shape of its entity's ``Document``.
        transfer_status: Where it stands.
        queue_position: Its place among the due, in the order records were set ready; None: not due.
        transfer_date: When the last transfer ended in QuickBooks.
        transfer_count: How many transfers have; part of the marker, so that a wanted duplicate has its own.
        done: Request key -> TxnID of the current transfer's requests that QuickBooks already has.
        reason: Why the last transfer failed, in plain words.
        ref_number: The number a person sees in QuickBooks.
        changed_since_transfer: An import changed it after QuickBooks had it.
        alone: A message with it was not understood or killed QuickBooks; it travels by itself.
        steps: How often in a row an answer led to the next question instead of an end.
        in_doubt: Nobody can tell whether QuickBooks has it; a person decides.
        doubtful: The keys of the requests that are in doubt, with their labels.
    """

    pk: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[str] = mapped_column(String(100))
    batch: Mapped[str | None] = mapped_column(String(100))
    document: Mapped[dict[str, Any]]
    transfer_status: Mapped[TransferStatus] = mapped_column(default=TransferStatus.NOT_TRANSFERRED)
    queue_position: Mapped[int | None] = mapped_column(BigInteger)
    transfer_date: Mapped[datetime | None]
    transfer_count: Mapped[int] = mapped_column(default=0)
    done: Mapped[dict[str, str | None]] = mapped_column(default=dict)
    reason: Mapped[str | None] = mapped_column(Text)
    ref_number: Mapped[str | None] = mapped_column(String(100))
    txn_id: Mapped[str | None] = mapped_column(String(36))
    edit_sequence: Mapped[str | None] = mapped_column(String(16))
    changed_since_transfer: Mapped[bool] = mapped_column(default=False)
    alone: Mapped[bool] = mapped_column(default=False)
    steps: Mapped[int] = mapped_column(default=0)
    in_doubt: Mapped[bool] = mapped_column(default=False)
    doubtful: Mapped[dict[str, str | None]] = mapped_column(default=dict)

    @declared_attr
    def connector_id(cls) -> Mapped[int]:  # noqa: N805
        """The connector the record belongs to."""
        return mapped_column(ForeignKey("connector.id"))

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805
        """One record an id; finding what is due, a batch or a status reads an index only."""
        return (
            UniqueConstraint("connector_id", "id"),
            Index(None, "connector_id", "queue_position"),
            Index(None, "connector_id", "batch"),
            Index(None, "connector_id", "transfer_status", "pk"),
        )
