"""Runs: who may begin one, whose ticket is whose, and how they end."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from qbferry.errors import TicketError
from qbferry.store import queries
from qbferry.store.tables import ConnectorRow, MessageRow, RunRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["Seat", "end", "live", "new_ticket", "percent", "seat", "summary"]

UNKNOWN = "The ticket is not known here or has expired; start the update again in the Web Connector."


_LOCK = (
    select(ConnectorRow.id)
    .join(RunRow, RunRow.connector_id == ConnectorRow.id)
    .where(RunRow.ticket == bindparam("ticket"))
    .with_for_update(of=ConnectorRow)
)
_SEAT = (
    select(RunRow, ConnectorRow, MessageRow)
    .join(ConnectorRow, RunRow.connector_id == ConnectorRow.id)
    .outerjoin(MessageRow, (MessageRow.connector_id == ConnectorRow.id) & MessageRow.settled_at.is_(None))
    .where(RunRow.ticket == bindparam("ticket"))
)


@dataclass(frozen=True, slots=True)
class Seat:
    """A run, its connector, locked for the rest of the transaction, and the message nobody has answered."""

    run: RunRow
    connector: ConnectorRow
    waiting: MessageRow | None

    @property
    def live(self) -> bool:
        """Whether the run goes on."""
        return self.run.ended_at is None


def new_ticket() -> tuple[str, bytes]:
    """A ticket nobody can guess, and the hash under which it is stored."""
    ticket = secrets.token_urlsafe(32)
    return ticket, digest(ticket)


def digest(ticket: str) -> bytes:
    """What is stored of a ticket. It has 256 random bits, so a plain hash keeps it."""
    return hashlib.sha256(ticket.encode("utf-8", "surrogatepass")).digest()


def seat(session: Session, ticket: str) -> Seat | None:
    """The run of a ticket with its connector locked; None for a ticket that was given without a run.

    Raises:
        TicketError: Nobody was given this ticket.
    """
    values = {"ticket": digest(ticket)}
    if not queries.locked_by_begin(session):
        # Locked first and read then: what a lock was waited for must be read as it is now.
        session.execute(_LOCK, values)
    found = session.execute(_SEAT, values).one_or_none()
    if found is None:
        idle = select(ConnectorRow.id).where(ConnectorRow.idle_ticket == values["ticket"])
        if not ticket or session.scalar(idle) is None:
            raise TicketError(UNKNOWN)
        return None
    run, connector, waiting = found
    return Seat(run, connector, waiting)


def live(session: Session, connector_id: int) -> RunRow | None:
    """The connector's live run."""
    return session.scalar(
        select(RunRow).where(RunRow.connector_id == connector_id, RunRow.ended_at.is_(None))
    )


def end(run: RunRow, state: str, error: str = "") -> None:
    """End a run, once; what ended it first stays."""
    if run.ended_at is None:
        run.ended_at, run.state = datetime.now(UTC), state
        run.last_error = error


def percent(run: RunRow) -> int:
    """How far a run that goes on has come: rounded down and never 100, which would end it."""
    return min(99, 100 * run.tried // max(run.total, 1))


def summary(run: RunRow) -> str:
    """What the Web Connector shows at the end."""
    parts = [f"{run.sent} transferred"]
    if run.failed:
        parts.append(f"{run.failed} failed; see the transfer history for the reasons")
    return ", ".join(parts)
