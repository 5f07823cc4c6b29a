"""Which requests of an unanswered message QuickBooks has executed: what it is asked, and what it says.

Objects of ours are recognized by their markers, whatever a person has changed in them since. What was made
and then deleted by hand is told by its TxnID, by its number, or by there being as many deletions as are
missing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from qbferry.errors import AnswerError
from qbferry.model import OnError
from qbferry.plugin.answers import executed
from qbferry.qbxml import envelope, search, status
from qbferry.qbxml import response as responses
from qbferry.transfer import evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qbferry.qbxml.response import Answer, Node, Response
    from qbferry.store.rows import MessageRow
    from qbferry.transfer.call import Call
    from qbferry.transfer.preparation import Origin

__all__ = ["Finding", "answers_to", "askable", "has_question", "question", "read", "requests_of"]

OVERLAP = timedelta(hours=2)
"""QuickBooks' offsets are an hour wrong in summer (facts B2)."""

UNKNOWN_CLOCK, STEPPED_CLOCK = timedelta(days=1), timedelta(days=31)
"""So far back where QuickBooks' clock is not known, or the server's was set back since."""

EVER = datetime(1970, 1, 1, tzinfo=UTC)
WITNESSES = 20
BOOKED = 1000
"""Lines of the history among which a deletion is looked for that is not one of this message."""

SILENT = "the connection broke, and QuickBooks does not say"
DELETED = (
    "QuickBooks lists {number} deleted since it was sent, and it may have been made and be among them or not"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What the search has shown. A request in none of these was not executed.

    Attributes:
        answers: By index, the answers QuickBooks would have given.
        deleted: Which of them a person has deleted since.
        doubtful: By index, why nobody can tell.
        unanswered: What QuickBooks said instead of an answer; empty: it has answered all.
        witnessed: The company file that is open has something of ours, or did. That there is nothing in it, a
            name that others may have given, and a deletion that only fits, are no witnesses.
        doubles: By index, what QuickBooks has of it beyond the first.
    """

    answers: Mapping[int, Response] = field(default_factory=dict)
    deleted: frozenset[int] = frozenset()
    doubtful: Mapping[int, str] = field(default_factory=dict)
    unanswered: str = ""
    witnessed: bool = False
    doubles: tuple[tuple[int, Response], ...] = ()


def has_question(call: Call, message: MessageRow, origin: Origin) -> bool:
    """Whether there is anything QuickBooks could be asked about a message."""
    return bool(_numbered(message, call.now) or (not call.row.has_file_id and _witnesses(call, origin)))


def question(call: Call, message: MessageRow, origin: Origin) -> str | None:
    """Ask QuickBooks what it has of a message; None: there is nothing it could be asked."""
    facts = [] if call.row.has_file_id else _witnesses(call, origin)
    asked = [*_numbered(message, call.now)]
    if not (asked or facts):
        return None
    question_id = call.ask("search", {"witnesses": [fact.id for fact in facts]})
    triples = [(name, f"{question_id}.{number}", xml) for number, (name, xml) in enumerate(asked)]
    triples += evidence.queries(facts, question_id, deletions=bool(facts))
    return envelope.message(triples, version=call.connector.qbxml_version, on_error=OnError.CONTINUE)


def read(
    call: Call,
    message: MessageRow,
    origin: Origin,
    question_id: str,
    answer: Answer | None,
    witnesses: list[int],
) -> Finding:
    """Read what QuickBooks said; None: there was nothing to ask.

    Args:
        call: The call.
        message: The message.
        origin: What markers are made from.
        question_id: The search's.
        answer: QuickBooks' answer to it.
        witnesses: The lines of the history that were asked about beside it.
    """
    rows = answer.responses if answer else ()
    by_id = {row.request_id.removeprefix(f"{question_id}."): row for row in rows}
    numbers = {query: str(number) for number, query in enumerate(_numbered(message, call.now))}
    heard = _heard(call, message)
    finding = _Reading(message, heard)
    for index, (name, _, xml) in enumerate(envelope.requests(message.body)):
        asked = search.queries(name, xml, since(message, call.now))
        finding.take(index, name, xml, [by_id.get(numbers[query]) for query in asked])
    if finding.missing:
        made = _made(message)
        gone = by_id.get(numbers[search.deletions(made, since(message, call.now))]) if made else None
        finding.look_among_deletions(call, gone)
    there = _seen(call, origin, question_id, answer, witnesses)
    return Finding(
        finding.answers,
        frozenset(finding.deleted),
        finding.doubtful,
        finding.unanswered,
        there or finding.witnessed,
        tuple(finding.doubles),
    )


def answers_to(message: MessageRow, answer: Answer) -> dict[int, Response]:
    """The responses that belong to a message's requests, by index, told by their requestIDs alone.

    Two that contradict each other say nothing.
    """
    found: dict[int, Response] = {}
    torn: set[int] = set()
    for response in answer.responses:
        set_id, _, index = response.request_id.rpartition(".")
        if set_id == message.message_set_id and index.isdecimal() and int(index) < len(message.requests):
            before = found.setdefault(int(index), response)
            if _said(before) != _said(response):
                torn.add(int(index))
    return {index: response for index, response in found.items() if index not in torn}


def askable(message: MessageRow, index: int, response: Response) -> bool:
    """Whether an answer is to be asked about, not believed: an add that is done, and without its object.

    QuickBooks always gives the object (facts B1).
    """
    if response.is_error or response.objects or not message.requests[index]["name"].endswith("Add"):
        return False
    name, _, xml = envelope.requests(message.body)[index]
    return bool(search.queries(name, xml, "2000-01-01"))


def requests_of(message: MessageRow) -> list[int]:
    """The indices of the requests that do something, beyond asking."""
    return [index for index, part in enumerate(message.requests) if not part["name"].endswith("Query")]


def since(message: MessageRow, now: datetime) -> str:
    """A moment before a message was composed, by QuickBooks' clock, as qbXML writes it."""
    if message.quickbooks_time:
        told = datetime.fromisoformat(message.quickbooks_time) - OVERLAP
        if message.clock_behind is not None and message.composed_at <= now:
            # What was last told may be old; no clock is set by more than a month unnoticed.
            then = message.composed_at - timedelta(seconds=message.clock_behind)
            told = max(told, then - STEPPED_CLOCK)
        return told.isoformat(timespec="seconds")
    back = STEPPED_CLOCK if message.composed_at > now else UNKNOWN_CLOCK
    moment = min(message.composed_at, now) - back
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


# -- Parts


class _Reading:
    """What is found, request by request."""

    def __init__(self, message: MessageRow, heard: Mapping[int, Response]) -> None:
        self.message, self.heard = message, heard
        self.answers: dict[int, Response] = {}
        self.deleted: set[int] = set()
        self.doubtful: dict[int, str] = {}
        self.unanswered = ""
        self.doubles: list[tuple[int, Response]] = []
        self.witnessed = False
        self.missing: dict[int, str] = {}
        self._numbers: dict[int, str] = {}

    def take(self, index: int, name: str, xml: str, replies: Sequence[Response | None]) -> None:
        """Take what was answered about one request; it carried ``xml``."""
        if name.endswith("Query"):
            return  # a question that was not answered is simply asked again
        if not replies:
            if not self._believe(index):
                self.doubtful[index] = SILENT
            return
        given = [reply for reply in replies if reply is not None]
        try:
            hits = search.found(name, xml, self.message.requests[index]["marker"], given)
        except AnswerError as error:
            self.unanswered = str(error)
            return
        if hits:
            heard = self.heard.get(index)
            agrees = heard is not None and heard.objects and _said(heard)[1] == _said(hits[0])[1]
            self.answers[index] = heard if heard is not None and agrees else hits[0]
            self.doubles += [(index, hit) for hit in hits[1:]]
            self.witnessed |= _marked(hits[0], self.message.requests[index]["marker"])
        elif len(given) < len(replies):
            self.unanswered = f"QuickBooks did not say whether it has the {name}."
        else:
            self.missing[index] = name
            self._numbers[index] = search.number_of(name, xml)

    def look_among_deletions(self, call: Call, gone: Response | None) -> None:
        """Tell what was made and then deleted by hand; what is left of ``missing`` was not executed."""
        kinds: dict[str, list[int]] = defaultdict(list)
        for index, name in self.missing.items():
            if name.removesuffix("Add") in search.transactions():
                kinds[name.removesuffix("Add")].append(index)
        if kinds and (gone is None or status.is_lock(gone.status_code, gone.message)):
            self.unanswered = "QuickBooks did not say what was deleted in it."
            return
        rows = [row for row in gone.objects if _created_since(self.message, row)] if gone else []
        known = _booked(call) if rows else set()
        for kind, indices in kinds.items():
            mine = [row for row in rows if row.text("TxnDelType") == kind and row.text("TxnID") not in known]
            mine.sort(key=lambda row: (row.text("TimeCreated") or "", row.text("TxnID") or ""))
            self._match(kind, indices, mine, gone)
        for index in [*self.missing]:
            self._believe(index)

    def _match(self, kind: str, indices: list[int], rows: list[Node], gone: Response | None) -> None:
        left = [*indices]
        for index in indices:
            for row in rows:
                heard = self.heard.get(index)
                same = heard is not None and _said(heard)[1] == row.text("TxnID")
                if same or (self._numbers[index] and self._numbers[index] == row.text("RefNumber")):
                    self._note(kind, index, row, gone)
                    self.witnessed |= same
                    left.remove(index)
                    rows = [each for each in rows if each is not row]
                    break
        if rows and len(rows) == len(left):
            for index, row in zip(left, rows, strict=True):
                self._note(kind, index, row, gone)
        elif rows:
            number = f"{len(rows)} {kind} transaction{'s' if len(rows) > 1 else ''}"
            for index in left:
                self.doubtful[index] = DELETED.format(number=number)
                del self.missing[index]

    def _note(self, kind: str, index: int, row: Node, gone: Response | None) -> None:
        if gone is not None:
            self.answers[index] = search.deleted(kind, row, gone)
            self.deleted.add(index)
            del self.missing[index]

    def _believe(self, index: int) -> bool:
        """Take what QuickBooks has said of a request already, if that is all: a refusal, or a warning."""
        heard = self.heard.get(index)
        name = self.message.requests[index]["name"]
        if heard is None or (executed(name, heard) and index in self.missing):
            return False
        self.answers[index] = heard
        self.missing.pop(index, None)
        return True


def _numbered(message: MessageRow, now: datetime) -> list[tuple[str, str]]:
    """The queries about a message, each once, in their order; what was deleted is asked last."""
    moment = since(message, now)
    asked = dict.fromkeys(
        query
        for name, _, xml in envelope.requests(message.body)
        for query in search.queries(name, xml, moment)
    )
    kinds = _made(message)
    return [*asked, *([search.deletions(kinds, moment)] if kinds else [])]


def _made(message: MessageRow) -> list[str]:
    """The kinds of transactions a message makes."""
    kinds = dict.fromkeys(part["name"].removesuffix("Add") for part in message.requests)
    adds = {part["name"] for part in message.requests}
    return [kind for kind in kinds if kind in search.transactions() and f"{kind}Add" in adds]


def _heard(call: Call, message: MessageRow) -> dict[int, Response]:
    """What was answered of a message so far, though not whole."""
    text = call.tx.messages.answer(message.id)
    try:
        return answers_to(message, responses.parse(text)) if text else {}
    except AnswerError:
        return {}


def _said(response: Response) -> tuple[int, str | None]:
    found = next(iter(response.objects), response)
    return response.status_code, found.text("TxnID") or found.text("ListID")


def _marked(response: Response, marker: str) -> bool:
    found = next(iter(response.objects), response)
    return bool(marker) and search.bare(found.text("ExternalGUID") or "") == search.bare(marker)


def _created_since(message: MessageRow, row: Node) -> bool:
    """Whether something was made after a message was composed, by QuickBooks' clock."""
    try:
        made = datetime.fromisoformat(row.text("TimeCreated") or "").astimezone(UTC)
    except ValueError:
        return True
    bounds = [datetime.fromisoformat(message.quickbooks_time)] if message.quickbooks_time else []
    if message.clock_behind is not None:
        slack = timedelta(seconds=message.clock_behind, minutes=5)
        bounds.append(message.composed_at - slack)
    return made >= max(bounds, default=message.composed_at - OVERLAP)


def _booked(call: Call) -> set[str]:
    return {line.txn_id for line in call.tx.history.latest(call.row.id, limit=BOOKED) if line.txn_id}


def _witnesses(call: Call, origin: Origin) -> list[evidence.Fact]:
    held = evidence.holdings(call.tx, call.row.id, EVER)
    newest = held.page(2**62, WITNESSES)
    return [fact for fact in evidence.facts(held, newest, origin) if not fact.deleted]


def _seen(call: Call, origin: Origin, question_id: str, answer: Answer | None, witnesses: list[int]) -> bool:
    """Whether the company file has, or has itself deleted, something of ours."""
    if not (witnesses and answer):
        return False
    held = evidence.holdings(call.tx, call.row.id, EVER)
    facts = evidence.facts(held, held.lines(witnesses), origin)
    seen = evidence.read(facts, answer, question_id, deletions=True)
    return seen is not None and any(fact.id in seen.there or fact.txn_id in seen.deleted for fact in facts)
