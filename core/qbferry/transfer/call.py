"""One call of the Web Connector within its transaction: what it belongs to, and what is to be kept of it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from qbferry.errors import TicketError
from qbferry.store.rows import ConnectorRow, MessageRow, names
from qbferry.transfer.tickets import UNKNOWN

if TYPE_CHECKING:
    from datetime import datetime

    from qbferry.model import Connector
    from qbferry.plugin.clock import Times
    from qbferry.qbxml.response import Answer
    from qbferry.store.rows import RunRow
    from qbferry.store.transaction import Transaction
    from qbferry.transfer.journal import Journal
    from qbferry.transfer.ledger import Ledger

__all__ = ["Call", "end", "new_id", "percent", "summary"]

_CONNECTORS, _MESSAGES = attrgetter(*names(ConnectorRow)), attrgetter(*names(MessageRow))
"""All that a row holds: what tells whether it must be written back."""


@dataclass(slots=True)
class Call:
    """A call that carries the ticket of a run.

    Attributes:
        tx: The transaction.
        run: The run.
        row: Its connector, locked for the rest of the transaction.
        connector: The connector as hooks see it.
        message: The message of this company file whose answer is not booked.
        journal: What is written down of records.
        ledger: What becomes of them.
        now: The moment.
        times: What plugins have taken so far, and when the call began.
        patience: Seconds after which what is left waits for the next call.
        answered: The kind of the question this call has closed.
    """

    tx: Transaction
    run: RunRow
    row: ConnectorRow
    connector: Connector
    message: MessageRow | None
    journal: Journal
    ledger: Ledger
    now: datetime
    times: Times
    patience: float
    answered: str | None = None
    _row_before: tuple[Any, ...] = field(init=False, repr=False)
    _message_before: tuple[Any, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._row_before = _CONNECTORS(self.row)
        self._message_before = () if self.message is None else _MESSAGES(self.message)
        if self.message is not None and self.run.id in self.message.holders:
            # It calls again: QuickBooks is not at it any more for this Web Connector.
            self.message.holders = [each for each in self.message.holders if each != self.run.id]

    @property
    def live(self) -> bool:
        """Whether the run goes on."""
        return self.run.ended_at is None

    @property
    def impatient(self) -> bool:
        """Whether the time of the call is spent."""
        return self.times.spent() > self.patience

    def require_live(self) -> None:
        """Refuse a call of a run that is over.

        Raises:
            TicketError: It is.
        """
        if not self.live:
            raise TicketError(UNKNOWN)

    def ask(self, kind: str, about: dict[str, Any] | None = None, question_id: str | None = None) -> str:
        """Open a question, in place of one that was never answered.

        Args:
            kind: What it is (see ``transfer.exchange``).
            about: What is needed to understand its answer.
            question_id: Its identity, where it has one; otherwise it is given one.

        Returns:
            Its identity, what its requestIDs begin with.
        """
        self.run.question = kind
        self.run.question_id = question_id or new_id()
        self.run.question_about = about or {}
        return self.run.question_id

    def close_question(self) -> dict[str, Any]:
        """Close the open question: its answer is taken; give what it was about."""
        about, self.answered = self.run.question_about, self.run.question
        self.run.question = self.run.question_id = None
        self.run.question_about = {}
        return about

    def is_open(self, kind: str, question_id: str | None = None) -> bool:
        """Tell whether this question is the open one of a live run."""
        return self.live and self.run.question == kind and question_id in (None, self.run.question_id)

    def is_answered_by(self, answer: Answer) -> bool:
        """Tell whether an answer carries the identity of the open question of a live run."""
        if not self.live or self.run.question is None:
            return False
        if self.run.question == "check":
            return answer.message_set_id == self.run.question_id
        return any(
            response.request_id.rpartition(".")[0] == self.run.question_id for response in answer.responses
        )

    def remember(self, **changes: Any) -> None:
        """Keep something for the calls to come; None forgets it."""
        memory = self.run.memory | changes
        self.run.memory = {name: value for name, value in memory.items() if value is not None}

    def wait(self, text: str, until: datetime) -> None:
        """End the run, and leave the unanswered message alone for a while.

        Args:
            text: Why, for the person at the Web Connector.
            until: When it is asked about again.
        """
        assert self.message is not None  # noqa: S101
        self.message.due_at = until
        self.run.last_error = text
        self.remember(waits=True)

    def save(self) -> None:
        """Write down run, connector and books."""
        if self.times.longest * 1000 > self.run.slowest_ms:
            self.run.slowest, self.run.slowest_ms = self.times.slowest, int(self.times.longest * 1000)
        self.journal.flush()
        if self.message is not None and _MESSAGES(self.message) != self._message_before:
            self.tx.messages.save(self.message)
        if _CONNECTORS(self.row) != self._row_before:
            self.tx.connectors.save(self.row)
        self.tx.runs.save(self.run)


def new_id() -> str:
    """An identity nobody else gives out: 20 hexadecimal digits, as a message set ID takes (facts B3)."""
    return secrets.token_hex(10)


def end(run: RunRow, state: str, now: datetime, error: str = "") -> None:
    """End a run, once; what ended it first stays."""
    if run.ended_at is None:
        run.ended_at, run.state, run.last_error = now, state, error or run.last_error


def percent(call: Call) -> int:
    """How far a run that goes on has come: rounded down, never 100, which would end it, nor less than before.

    The parts of long lists count like records.
    """
    run = call.run
    done, left = run.memory.get("parts", (0, 0))
    reached: int = 100 * (run.tried + done) // max(run.total + done + left, 1)
    reached = min(99, max(reached, run.memory.get("percent", 0)))
    call.remember(percent=reached or None)
    return reached


def summary(run: RunRow) -> str:
    """What the Web Connector shows at the end."""
    parts = [f"{run.sent} transferred"]
    if run.failed:
        parts.append(f"{run.failed} failed; see the transfer history for the reasons")
    unread = run.memory.get("unread", {}).values()
    return ". ".join([", ".join(parts), *(text.rstrip(".") for text in unread)])
