"""What became of a message whose answer was lost (facts B3, design "Exactly once").

First QuickBooks is asked for the stored answer, which executes nothing. If it has none, it may have died
inside the message: then it is asked for the objects themselves, which carry the markers of their requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.errors import AnswerError
from qbferry.model import OnError
from qbferry.qbxml import envelope, search
from qbferry.transfer.settle import Findings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qbferry.model import Connector
    from qbferry.qbxml.response import Answer, Response
    from qbferry.store.tables import MessageRow

__all__ = ["answers_to", "check", "find", "questions"]

PREFIX = "search."


def check(message: MessageRow, connector: Connector) -> str:
    """The status check: asks for the stored answer of a message."""
    return envelope.status_check(message.message_set_id, connector.qbxml_version)


def answers_to(message: MessageRow, answer: Answer) -> dict[int, Response]:
    """The responses that belong to a message's requests, by index, told by their requestIDs alone."""
    found: dict[int, Response] = {}
    for response in answer.responses:
        set_id, _, index = response.request_id.rpartition(".")
        if set_id == message.message_set_id and index.isdecimal() and int(index) < len(message.requests):
            found[int(index)] = response
    return found


def questions(message: MessageRow, connector: Connector, missing: Iterable[int]) -> str | None:
    """The queries that show which of a message's requests QuickBooks has executed; None: there are none.

    Args:
        message: The message.
        connector: Whose QuickBooks is asked.
        missing: The indices that nothing is known of.
    """
    asked = dict.fromkeys(query for query in _queries(message, missing).values() if query)
    if not asked:
        return None
    return envelope.message(
        [(name, f"{PREFIX}{number}", xml) for number, (name, xml) in enumerate(asked)],
        version=connector.qbxml_version,
        on_error=OnError.CONTINUE,
    )


def find(message: MessageRow, missing: Iterable[int], responses: Iterable[Response]) -> Findings:
    """Compare markers: what was found was executed, what cannot be told is in doubt, the rest was not."""
    by_id = {response.request_id: response for response in responses}
    queries = _queries(message, missing)
    numbers = {query: number for number, query in enumerate(dict.fromkeys(filter(None, queries.values())))}
    sent = envelope.requests(message.body)
    answers: dict[int, Response] = {}
    doubtful: set[int] = set()
    for index, query in queries.items():
        name, _, xml = sent[index]
        if query is None:
            if not name.endswith("Query"):  # a question that was not answered is simply asked again
                doubtful.add(index)
            continue
        response = by_id.get(f"{PREFIX}{numbers[query]}")
        try:
            found = response and search.found(name, xml, message.requests[index]["marker"], response)
        except AnswerError:
            response = found = None
        if response is None:
            doubtful.add(index)
        elif found:
            answers[index] = found
    return Findings(answers, frozenset(doubtful))


def _queries(message: MessageRow, missing: Iterable[int]) -> dict[int, tuple[str, str] | None]:
    sent = envelope.requests(message.body)
    return {
        index: search.search_request(sent[index][0], sent[index][2], message.composed_at)
        for index in sorted(missing)
    }
