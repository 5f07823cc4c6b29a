"""An unanswered message and what comes back: an answer, a stored one, markers, or an error instead.

What became of a message whose answer was lost is found out in steps (facts B3). First QuickBooks is asked for
the stored answer, which executes nothing. If it has none, it may have died inside the message: then it is
asked for the objects themselves, which carry the markers of their requests.

``run.memory["next"]`` says which step comes after what was answered: ``search`` or ``resend``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.errors import AnswerError
from qbferry.model import OnError
from qbferry.qbxml import envelope, search, status
from qbferry.transfer.settle import Findings, Settler

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qbferry.model import Connector
    from qbferry.qbxml.response import Answer, Response
    from qbferry.store.rows import MessageRow
    from qbferry.transfer.call import Call

__all__ = ["Recovery", "answers_to", "explain"]

NOT_UNDERSTOOD = "0x80040400"
WRONG_VERSION = "0x80040423"
"""Both mean that nothing of the message set was executed (facts A4)."""

MOST_ATTEMPTS = 3
"""How often a message that QuickBooks never executed is given to it unchanged before its records go alone."""

HOPELESS = (
    "QuickBooks was given this record {times} times by itself and never got to the end of it. "
    "Look at the record and at QuickBooks, then set it ready again."
)

SEARCH, RESEND = "search", "resend"


class Recovery:
    """Decides what an answer means for the unanswered message, and what to ask next."""

    def __init__(self, settler: Settler) -> None:
        self._settler = settler

    def ask(self, call: Call, message: MessageRow) -> str:
        """What to hand out while a message is unanswered: never the next message."""
        step = call.run.memory.get("next")
        call.remember(next=None)
        if step == RESEND:
            message.run_id = call.run.id
            call.tx.messages.save(message)
            call.ask("message", question_id=message.message_set_id)
            return message.body
        if step == SEARCH:
            question_id = call.ask("search")
            questions = _questions(message, call.connector, question_id)
            if questions:
                return questions
        call.ask("check", question_id=message.message_set_id)
        return envelope.status_check(message.message_set_id, call.connector.qbxml_version)

    def accept(self, call: Call, message: MessageRow, answer: Answer, text: str) -> bool:
        """Take an answer, whoever brings it; one that is not about this message changes nothing.

        The true answer to a message that is still unsettled counts whatever was asked last, and in whatever
        run it was asked.

        Returns:
            Whether it is about this message.
        """
        answers = answers_to(message, answer)
        everything = range(len(message.requests))
        if len(answers) == len(message.requests):
            call.close_question()
            self._settle(call, message, Findings(answers), text)
        elif call.is_open("search") and call.is_answered_by(answer):
            question_id = call.run.question_id or ""
            call.close_question()
            self._conclude(call, message, _find(message, everything, question_id, answer.responses))
        elif (call.is_open("check") and call.is_answered_by(answer)) or (answers and call.is_open("message")):
            # No stored answer, or a part of one: ask QuickBooks what it has.
            call.close_question()
            self._search(call, message)
        else:
            return bool(answers)
        return True

    def refuse(self, call: Call, message: MessageRow, kind: str, hresult: str, text: str) -> str:
        """Take the error QuickBooks gave instead of an answer to a question about this message.

        Returns:
            Why the run must stop; empty: it goes on. An error that leaves open what was executed stops it,
            and the next run asks.
        """
        code = hresult.strip().lower()
        sentence = explain(hresult, text)
        if kind == "message" and code in (NOT_UNDERSTOOD, WRONG_VERSION):
            self._drop(call, message)
            if code == WRONG_VERSION:
                return sentence
            self._suspect(call, message, sentence)
            return ""
        if code == NOT_UNDERSTOOD and kind == "check":
            self._search(call, message)
            return ""
        if code == NOT_UNDERSTOOD and kind == "search":
            self._conclude(call, message, _find(message, range(len(message.requests)), "", ()))
            return ""
        return sentence

    # -- Parts

    def _search(self, call: Call, message: MessageRow) -> None:
        if _questions(message, call.connector, ""):
            call.remember(next=SEARCH)
        else:
            self._conclude(call, message, _find(message, range(len(message.requests)), "", ()))

    def _settle(self, call: Call, message: MessageRow, findings: Findings, text: str | None) -> None:
        refused = self._settler.settle(call, message, findings, text)
        call.message = None
        call.remember(next=None, settled=message.message_set_id)
        if refused and call.connector.on_error is OnError.STOP:
            call.run.halted = True

    def _drop(self, call: Call, message: MessageRow) -> None:
        """Let go of a message of which nothing was executed."""
        message.settled_at = call.now
        call.tx.messages.settle(message, None)
        call.message = None
        call.remember(next=None)

    def _conclude(self, call: Call, message: MessageRow, findings: Findings) -> None:
        """Act on what the search has shown."""
        if findings.answers or findings.doubtful:
            self._settle(call, message, findings, None)
            self._settler.rewind(call, message, suspects="first")
        elif message.attempts < MOST_ATTEMPTS:
            # Unchanged and under the same message set ID: should the first copy still be on its way,
            # QuickBooks executes only one of the two (facts B3).
            message.attempts += 1
            call.tx.messages.save(message)
            call.remember(next=RESEND)
        else:
            self._drop(call, message)
            self._suspect(call, message, HOPELESS.format(times=message.attempts), hold=True)

    def _suspect(self, call: Call, message: MessageRow, reason: str, *, hold: bool = False) -> None:
        """Find the culprit: a record by itself is one, several go again one by one."""
        if len({(part["owner"], part["entity"], part["pk"]) for part in message.requests}) == 1:
            self._settler.blame(call, message, reason, hold=hold)
        else:
            self._settler.rewind(call, message, suspects="all")


def explain(hresult: str, message: str) -> str:
    """An error of the connection in plain words."""
    return status.explain_hresult(hresult, message)


def answers_to(message: MessageRow, answer: Answer) -> dict[int, Response]:
    """The responses that belong to a message's requests, by index, told by their requestIDs alone."""
    found: dict[int, Response] = {}
    for response in answer.responses:
        set_id, _, index = response.request_id.rpartition(".")
        if set_id == message.message_set_id and index.isdecimal() and int(index) < len(message.requests):
            found[int(index)] = response
    return found


def _questions(message: MessageRow, connector: Connector, question_id: str) -> str | None:
    """The queries that show which of a message's requests QuickBooks has executed; None: there are none."""
    asked = dict.fromkeys(query for query in _queries(message).values() if query)
    if not asked:
        return None
    return envelope.message(
        [(name, f"{question_id}.{number}", xml) for number, (name, xml) in enumerate(asked)],
        version=connector.qbxml_version,
        on_error=OnError.CONTINUE,
    )


def _find(
    message: MessageRow, indices: Iterable[int], question_id: str, responses: Iterable[Response]
) -> Findings:
    """Compare markers: what was found was executed, what cannot be told is in doubt, the rest was not."""
    by_id = {response.request_id: response for response in responses}
    queries = _queries(message)
    numbers = {query: number for number, query in enumerate(dict.fromkeys(filter(None, queries.values())))}
    sent = envelope.requests(message.body)
    answers: dict[int, Response] = {}
    doubtful: set[int] = set()
    for index in indices:
        query = queries[index]
        name, _, xml = sent[index]
        if query is None:
            if not name.endswith("Query"):  # a question that was not answered is simply asked again
                doubtful.add(index)
            continue
        response = by_id.get(f"{question_id}.{numbers[query]}")
        try:
            found = response and search.found(name, xml, message.requests[index]["marker"], response)
        except AnswerError:
            response = found = None
        if response is None:
            doubtful.add(index)
        elif found:
            answers[index] = found
    return Findings(answers, frozenset(doubtful))


def _queries(message: MessageRow) -> dict[int, tuple[str, str] | None]:
    sent = envelope.requests(message.body)
    return {
        index: search.search_request(name, xml, message.composed_at)
        for index, (name, _, xml) in enumerate(sent)
    }
