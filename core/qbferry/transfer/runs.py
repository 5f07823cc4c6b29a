"""Runs: who may begin one, whose ticket is whose, and how they end."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from qbferry.errors import TicketError
from qbferry.store import queries
from qbferry.store.tables import ConnectorRow, RunRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["Seat", "end", "live", "new_ticket", "percent", "seat", "summary"]

UNKNOWN = "The ticket is not known here or has expired; start the update again in the Web Connector."


@dataclass(frozen=True, slots=True)
class Seat:
    """A run with its connector, locked for the rest of the transaction."""

    run: RunRow
    connector: ConnectorRow

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
    hashed = digest(ticket)
    connector_id = session.scalar(select(RunRow.connector_id).where(RunRow.ticket == hashed))
    if connector_id is None:
        idle = select(ConnectorRow.id).where(ConnectorRow.idle_ticket == hashed)
        if not ticket or session.scalar(idle) is None:
            raise TicketError(UNKNOWN)
        return None
    connector = queries.lock(session, connector_id)
    run = session.scalars(select(RunRow).where(RunRow.ticket == hashed)).one()
    return Seat(run, connector)


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
