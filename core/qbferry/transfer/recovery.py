"""An unanswered message and what comes back: an answer, a stored one, markers, or an error instead.

What became of a message whose answer was lost is found out in steps (facts B3). First QuickBooks is asked for
the stored answer, which executes nothing. If it has none, it may have died inside the message: then it is
asked for the objects themselves, which carry the markers of their requests.

``run.memory["next"]`` says which step comes after what was answered: ``search`` or ``resend``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.qbxml import envelope, status
from qbferry.transfer import finding
from qbferry.transfer.conclusion import RESEND, SEARCH, Conclusion
from qbferry.transfer.finding import Finding, answers_to
from qbferry.transfer.preparation import Origin

if TYPE_CHECKING:
    from qbferry.config import TransferSettings
    from qbferry.qbxml.response import Answer
    from qbferry.store.rows import MessageRow
    from qbferry.transfer.call import Call
    from qbferry.transfer.settle import Settler

__all__ = ["Recovery", "explain"]

NOT_UNDERSTOOD = "0x80040400"
WRONG_VERSION = "0x80040423"
"""Both mean that nothing of the message set was executed (facts A4)."""


class Recovery:
    """Decides what an answer means for the unanswered message, and what to ask next."""

    def __init__(self, settler: Settler, settings: TransferSettings, owner_id: str) -> None:
        self._conclusion = Conclusion(settler, settings)
        self._owner_id = owner_id

    def ask(self, call: Call, message: MessageRow) -> str:
        """What to hand out while a message is unanswered: never the next message."""
        step = call.run.memory.get("next")
        call.remember(next=None)
        if step == RESEND:
            message.run_id = call.run.id
            message.holders = [*message.holders, call.run.id]
            call.ask("message", question_id=message.message_set_id)
            return message.body
        if step == SEARCH:
            questions = finding.question(call, message, self._origin(call))
            if questions:
                return questions
        call.ask("check", question_id=message.message_set_id)
        return envelope.status_check(message.message_set_id, call.connector.qbxml_version)

    def accept(self, call: Call, message: MessageRow, answer: Answer, text: str) -> str | None:
        """Take an answer, whoever brings it; one that is not about this message changes nothing.

        The true and whole answer to a message that is still unsettled counts whatever was asked last, and in
        whatever run it was asked. Rows that contradict each other, and an add that is said to be done without
        what it has made, are no answer: they are asked about.

        Returns:
            None: it is not about this message. Else why the run must stop; empty: it goes on.
        """
        answers = answers_to(message, answer)
        whole = len(answers) == len(message.requests) and not any(
            finding.askable(message, index, response) for index, response in answers.items()
        )
        if whole:
            call.close_question()
            self._conclusion.settle(call, message, Finding(answers), text)
        elif call.is_open("search") and call.is_answered_by(answer):
            return self._conclude(call, message, answer)
        elif (call.is_open("check") and call.is_answered_by(answer)) or (answers and call.is_open("message")):
            # No stored answer, or a part of one: ask QuickBooks what it has.
            call.close_question()
            if answers:
                call.tx.messages.keep(message, text)
            return self._search(call, message)
        elif not answers:
            return None
        return ""

    def refuse(self, call: Call, message: MessageRow, kind: str, hresult: str, text: str) -> str:
        """Take the error QuickBooks gave instead of an answer to a question about this message.

        Returns:
            Why the run must stop; empty: it goes on. An error that leaves open what was executed stops it,
            and the next run asks.
        """
        code = hresult.strip().lower()
        sentence = explain(hresult, text)
        if kind == "message" and code in (NOT_UNDERSTOOD, WRONG_VERSION):
            self._conclusion.drop(call, message)
            if code == WRONG_VERSION:
                return sentence
            self._conclusion.suspect(call, message, sentence)
            return ""
        if code == NOT_UNDERSTOOD and kind == "check":
            return self._search(call, message)
        if code == NOT_UNDERSTOOD and kind == "search":
            return self._conclusion.ask_again(call, message, sentence)
        if kind == "search":
            message.unanswered += 1
        message.deaths += kind == "message"
        return sentence

    # -- Parts

    def _origin(self, call: Call) -> Origin:
        return Origin(self._owner_id, call.row.file_id)

    def _search(self, call: Call, message: MessageRow) -> str:
        if finding.has_question(call, message, self._origin(call)):
            call.remember(next=SEARCH)
            return ""
        return self._conclude(call, message, None)

    def _conclude(self, call: Call, message: MessageRow, answer: Answer | None) -> str:
        question_id = call.run.question_id or ""
        witnesses = call.close_question().get("witnesses", []) if answer else []
        found = finding.read(call, message, self._origin(call), question_id, answer, witnesses)
        return self._conclusion.draw(call, message, found)


def explain(hresult: str, message: str) -> str:
    """An error of the connection in plain words."""
    return status.explain_hresult(hresult, message)
