"""An unanswered message and what comes back: an answer, a stored one, markers, or an error instead."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from qbferry.model import OnError
from qbferry.qbxml import status
from qbferry.transfer import recover
from qbferry.transfer.settle import Findings, Settler

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from qbferry.model import Connector
    from qbferry.plugin.manager import Plugins
    from qbferry.qbxml.response import Answer
    from qbferry.store.tables import MessageRow
    from qbferry.transfer.ledger import Ledger
    from qbferry.transfer.runs import Seat

__all__ = ["Answering"]

NOT_UNDERSTOOD = "0x80040400"
WRONG_VERSION = "0x80040423"
"""Both mean that nothing of the message set was executed (facts A4)."""

MOST_ATTEMPTS = 3
"""How often a message that QuickBooks never executed is given to it unchanged before its records go alone."""

HOPELESS = (
    "QuickBooks was given this record {times} times by itself and never got to the end of it. "
    "Look at the record and at QuickBooks, then set it ready again."
)


class Answering:
    """Decides what an answer means for the unanswered message, and what to ask next."""

    def __init__(self, plugins: Plugins) -> None:
        self._settler = Settler(plugins)

    def ask(self, seat: Seat, message: MessageRow, connector: Connector) -> str:
        """What to hand out while a message is unanswered: never the next message."""
        run = seat.run
        if run.expecting == "resend":
            run.expecting, message.run_id = "message", run.id
            return message.body
        if run.expecting == "search":
            questions = recover.questions(message, connector, range(len(message.requests)))
            if questions:
                return questions
        run.expecting = "check"
        return recover.check(message, connector)

    def accept(
        self,
        session: Session,
        seat: Seat,
        expecting: str | None,
        message: MessageRow,
        connector: Connector,
        ledger: Ledger,
        answer: Answer,
    ) -> None:
        """Take an answer, whoever brings it; one that is not to this message changes nothing."""
        answers = recover.answers_to(message, answer)
        everything = range(len(message.requests))
        if len(answers) == len(message.requests):
            self._settle(session, seat, message, connector, ledger, Findings(answers))
        elif expecting == "search":
            self._conclude(
                session, seat, message, connector, ledger, recover.find(message, everything, answer.responses)
            )
        elif answers or expecting == "check":
            # No stored answer, or a part of one: ask QuickBooks what it has.
            if recover.questions(message, connector, everything):
                seat.run.expecting = "search"
            else:
                findings = recover.find(message, everything, ())
                self._conclude(session, seat, message, connector, ledger, findings)

    def refuse(
        self,
        session: Session,
        seat: Seat,
        expecting: str | None,
        message: MessageRow | None,
        connector: Connector,
        ledger: Ledger,
        hresult: str,
        text: str,
    ) -> str:
        """Take the error QuickBooks gave instead of an answer.

        Returns:
            Why the run must stop; empty: it goes on. An error that leaves open what was executed stops it,
            and the next run asks.
        """
        code = hresult.strip().lower()
        if message is None or not seat.live:
            return "" if code == NOT_UNDERSTOOD else self.explain(hresult, text)
        if expecting == "message" and code in (NOT_UNDERSTOOD, WRONG_VERSION):
            message.settled_at = datetime.now(UTC)
            if code == WRONG_VERSION:
                return self.explain(hresult, text)
            self._suspect(session, seat, message, ledger, self.explain(hresult, text))
            return ""
        if code == NOT_UNDERSTOOD and expecting == "check":
            seat.run.expecting = "search"
            return ""
        if code == NOT_UNDERSTOOD and expecting == "search":
            findings = recover.find(message, range(len(message.requests)), ())
            self._conclude(session, seat, message, connector, ledger, findings)
            return ""
        return self.explain(hresult, text)

    def explain(self, hresult: str, message: str) -> str:
        """An error of the connection in plain words."""
        return status.explain_hresult(hresult, message)

    def _settle(
        self,
        session: Session,
        seat: Seat,
        message: MessageRow,
        connector: Connector,
        ledger: Ledger,
        findings: Findings,
    ) -> None:
        refused = self._settler.settle(session, message, findings, ledger)
        message.settled_at = datetime.now(UTC)
        seat.connector.settled_set_id = message.message_set_id
        if refused and connector.on_error is OnError.STOP:
            seat.run.halted = True

    def _conclude(
        self,
        session: Session,
        seat: Seat,
        message: MessageRow,
        connector: Connector,
        ledger: Ledger,
        findings: Findings,
    ) -> None:
        """Act on what the search has shown."""
        if findings.answers or findings.doubtful:
            self._settle(session, seat, message, connector, ledger, findings)
            seat.run.cursors = self._settler.rewind(session, message, seat.run.cursors, suspects="first")
        elif message.attempts < MOST_ATTEMPTS:
            # Unchanged and under the same message set ID: should the first copy still be on its way,
            # QuickBooks executes only one of the two (facts B3).
            message.attempts += 1
            seat.run.expecting = "resend"
        else:
            message.settled_at = datetime.now(UTC)
            reason = HOPELESS.format(times=message.attempts)
            self._suspect(session, seat, message, ledger, reason, hold=True)

    def _suspect(
        self,
        session: Session,
        seat: Seat,
        message: MessageRow,
        ledger: Ledger,
        reason: str,
        *,
        hold: bool = False,
    ) -> None:
        """Find the culprit: a record by itself is one, several go again one by one."""
        if len({(part["entity"], part["pk"]) for part in message.requests}) == 1:
            self._settler.blame(session, message, ledger, reason, hold=hold)
        else:
            seat.run.cursors = self._settler.rewind(session, message, seat.run.cursors, suspects="all")
