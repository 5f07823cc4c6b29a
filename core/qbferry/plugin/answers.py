"""What hooks may answer, by type and by meaning. Everything that comes back from a plugin passes here."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from qbferry.model import (
    LIST_POLL,
    Already,
    Cleared,
    Continue,
    Gone,
    Ignore,
    More,
    NewEntry,
    Noted,
    Nothing,
    Poll,
    Reference,
    Rejected,
    Request,
    Retry,
    SendAgain,
    Sent,
    Skip,
    Summary,
    Withdraw,
)
from qbferry.plugin.mirror import Mirror
from qbferry.qbxml.characters import illegal_in_text, without_illegal
from qbferry.qbxml.search import transactions

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.model import Document, Entity, Occasion, Records, Result
    from qbferry.qbxml.response import Response

__all__ = [
    "NAME_IN_USE",
    "UnfitAnswerError",
    "asked",
    "checked",
    "checked_whole",
    "checker",
    "contradiction",
    "executed",
    "fault_of_poll",
    "fault_of_references",
    "fault_of_requests",
    "handled",
    "has_made",
    "in_words",
    "summed_up",
]

NAME_IN_USE = 3100
"""A list has an entry of that name already (facts B8)."""

LONGEST_KEY = 100
"""Characters of a request's key that the history takes, and of a poll's name."""

LONGEST_FAULT = 1000
"""Characters of an error that are shown."""

_TYPES: Mapping[str, tuple[type, ...]] = {
    "check_eligibility": (Skip,),
    "check_retransfer": (Skip, str),
    "clear_number": (Cleared, Skip),
    "check_change": (SendAgain, Noted, Ignore, Withdraw),
    "render_request": (str,),
    "handle_response": (Sent, Rejected, Retry, Continue, Already),
    "after_transfer": (More, Gone, Noted),
    "forget": (Nothing, Skip),
    "prepare_environment": (),
    "register_commands": (),
    "observe": (),
    "startup": (),
    "shutdown": (),
    "update_source": (),
}
_ANSWERED = frozenset(
    {"check_retransfer", "clear_number", "check_change", "render_request", "handle_response"}
)
"""Hooks that always have an answer, the framework's own at least; a wrapper must not lose it."""

_EACH = frozenset({"polls", "sources", "check_eligibility", "check_request", "after_transfer"})
"""Hooks in which all answers count."""

_LISTED: Mapping[str, tuple[type, str]] = {
    "references": (Reference, "references"),
    "possible_keys": (str, "keys"),
}
"""Hooks that answer lists of one type: it, and what their answers are called."""

_NO_LISTS = (str, bytes, Mapping)
"""What can be gone through, and is no list of answers."""

_FLAGS = {"executed": (None, True, False), "more": (True, False)}
_TEXTS = ("reason", "txn_id", "list_id", "ref_number", "edit_sequence", "note")


class UnfitAnswerError(Exception):
    """An answer that is none; the text goes on from "the plugin … answered …"."""


def checked(hook: str, answer: Any) -> Any:
    """An answer that is of a type its hook may give; what may be any iterable comes back as a list.

    Raises:
        UnfitAnswerError: It is not.
    """
    return checker(hook)(answer)


@cache
def checker(hook: str) -> Callable[[Any], Any]:
    """What ``checked`` does for one hook."""

    def one(answer: Any) -> Any:
        if answer is None:
            return None
        if not isinstance(answer, allowed):
            wanted = " or ".join([*(kind.__name__ for kind in allowed), "None"])
            raise UnfitAnswerError(f"answered {_shown(_synchronous(answer))}, not {wanted}")
        if hook == "check_retransfer" and isinstance(answer, str):
            return without_illegal(answer)
        return _whole(answer)

    def several(answer: Any) -> Any:
        if answer is None:
            return None
        if hook == "check_request":
            return [_sentence(problem) for problem in _list(answer, str, "sentences")]
        kind, what = _LISTED.get(hook, (object, hook))
        return _list(answer, kind, what)

    def requests(answer: Any) -> Any:
        if answer is None or isinstance(answer, Skip):
            return one(answer)
        return [_labelled(request) for request in _list(answer, Request, "requests")]

    allowed = _TYPES.get(hook, (Skip,))
    return requests if hook == "build_requests" else one if hook in _TYPES else several


def checked_whole(hook: str, answer: Any) -> Any:
    """What a wrapper makes of the answers of a hook, checked like each of them.

    Raises:
        UnfitAnswerError: It is none, or the answer was lost.
    """
    if _TYPES.get(hook) == ():
        return None
    if (hook in _EACH or hook in _ANSWERED) and answer is None:
        raise UnfitAnswerError(
            "is a wrapper that gives no answer; it must return what it was given, or another"
        )
    if hook in _EACH:
        found = [checked(hook, each) for each in _list(answer, object, "answers")]
        return [each for each in found if each is not None]
    return checked(hook, answer)


def fault_of_requests(entity: Entity, built: list[Request]) -> str | None:
    """What is wrong with a record's requests, each by itself of the right type; None: nothing."""
    keys: set[str] = set()
    for request in built:
        if not (isinstance(request.key, str) and request.key.isprintable() and request.key.strip()):
            return f"built a {request.name} whose key is {_shown(request.key)}"
        if not isinstance(request.label, str):
            return f"built a {request.name} whose label is {_shown(request.label)}, which is no text"
        if len(request.key) > LONGEST_KEY:
            return f"built a request whose key has more than {LONGEST_KEY} characters"
        if request.key in keys:
            return f"built two requests with one key, {request.key}"
        if request.name not in entity.requests:
            declared = ", ".join(entity.requests) or "none"
            return f"built the request {request.name}, which is not among those it declares ({declared})"
        if not isinstance(request.fields, Mapping):
            return f"built a {request.name} whose fields are no mapping"
        keys.add(request.key)
    return None


def fault_of_references(entity: Entity, given: list[Reference]) -> str | None:
    """What is wrong with a record's references, each by itself of the right type; None: nothing."""
    places: set[str] = set()
    themselves = {id(target) for target in entity.targets}
    for reference in given:
        if not (isinstance(reference.at, str) and reference.at):
            return f"gave a reference that stands at {_shown(reference.at)}"
        if reference.at in places:
            return f"gave two references that stand at {reference.at}"
        if not (isinstance(reference.name, str) and (reference.name.strip() or not reference.name)):
            return f"gave a reference at {reference.at} whose name is {_shown(reference.name)}"
        # Mostly it is one of them itself; that two are equal shows only by all they hold.
        if id(reference.target) not in themselves and reference.target not in entity.targets:
            return f"gave a reference at {reference.at} to a target that its entity does not declare"
        new = reference.new
        if new is not None and not (isinstance(new, NewEntry) and new.kind in reference.target.kinds):
            return f"gave a reference at {reference.at} that would make {_shown(new)}"
        while new is not None:
            if new.request not in entity.requests:
                return f"would make an entry by {new.request}, which is not among the requests it declares"
            if any(each.target not in entity.targets for each in new.names):
                return (
                    f"would make {new.full_name}, which names something to a target that it does not declare"
                )
            new = new.parent
        places.add(reference.at)
    return None


def fault_of_poll(poll: Any) -> str | None:
    """What is wrong with a poll that a plugin declares; None: nothing."""
    if not isinstance(poll, Poll):
        return f"answered a list with {_shown(poll)} in it, which is no Poll"
    if not (isinstance(poll.name, str) and 0 < len(poll.name) <= LONGEST_KEY and poll.name.isprintable()):
        return f"answered a poll whose name is {_shown(poll.name)}"
    if poll.name.startswith(LIST_POLL) and not isinstance(poll, Mirror):
        return f"answered a poll called {poll.name}, which is a name for mirrors of lists"
    if not (isinstance(poll.interval, timedelta) and callable(poll.query) and callable(poll.handle)):
        return f"answered a poll {poll.name} that lacks an interval, a query or what handles its answer"
    if not (isinstance(poll.mark, str) and type(poll.about) is int and poll.about >= 0):
        return f"answered a poll {poll.name} whose mark is no text, or about no number"
    return None


def asked(poll: Poll, occasion: Occasion) -> tuple[str, str]:
    """Let a poll say what it asks: a query's name and its qbXML.

    Raises:
        UnfitAnswerError: It says something else.
    """
    match _synchronous(poll.query(occasion)):
        case (str() as name, str() as xml) if name.endswith("Query"):
            return name, xml
        case other:
            raise UnfitAnswerError(f"asks {_shown(other)}, not a query's name and its qbXML")


def handled(poll: Poll, response: Response, records: Records) -> None:
    """Let a poll handle an answer."""
    handle: Callable[..., object] = poll.handle
    _synchronous(handle(response, records))


def summed_up(entity: Entity, document: Document) -> Summary:
    """Let an entity sum a document up.

    Raises:
        UnfitAnswerError: It gives no summary.
    """
    found = _synchronous(entity.summary(document))
    if not isinstance(found, Summary):
        raise UnfitAnswerError(f"answered {_shown(found)}, not Summary")
    return found


def in_words(error: BaseException) -> str:
    """What was raised, on one line, whatever its text is."""
    try:
        text = str(error)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - whatever a plugin's error does when it is read
        text = "its text cannot be read"
    return _shortened(f"{type(error).__name__}: {' '.join(without_illegal(text).split())}", LONGEST_FAULT)


def executed(request: str, response: Response) -> bool:
    """Whether QuickBooks did what a request asked for.

    A warning to an add or a change that comes without the object has saved nothing (570, facts E).
    """
    if response.is_error:
        return False
    writes = request.endswith(("Add", "Mod"))
    return not (writes and response.severity == "Warn" and not response.objects)


def has_made(request: str, response: Response) -> bool:
    """Whether QuickBooks has something now that it had not before, or no longer has what was deleted."""
    return executed(request, response) and not request.endswith("Query")


def contradiction(request: str, response: Response, result: Result) -> str | None:
    """How a reading of an answer contradicts the answer; None: it does not."""
    done = executed(request, response)
    said = f"{response.severity or 'status'} {response.status_code}"
    match result:
        case Sent() if not done:
            return f"answered Sent, though QuickBooks said {said}"
        case Sent(txn_id=str() as txn_id) if not _names(response, txn_id):
            return f"answered Sent with the TxnID {txn_id}, which is not that of QuickBooks' answer"
        case Already() if not (response.status_code == NAME_IN_USE and request.endswith("Add")):
            return f"answered Already, which is for a name that is in use (3100), and QuickBooks said {said}"
        case Already() if request.removesuffix("Add") in transactions():
            return f"answered Already to {request}, and only an entry of a list can be there already"
        case Rejected(executed=False) if done and (response.severity != "Warn" or response.objects):
            return f"answered that nothing was executed, though QuickBooks said {said}"
        case Rejected(executed=True) if not done:
            return f"answered that it was executed, though QuickBooks said {said}"
        case Retry() if done and not request.endswith("Query"):
            return f"answered Retry, though QuickBooks said {said}"
        case Continue() if not (done or request.endswith("Query")):
            return f"answered Continue, though QuickBooks said {said}"
    return None


def _names(response: Response, identity: str) -> bool:
    """Whether an answer gives an identity."""
    if any(found.text("TxnID") == identity for found in response.objects):
        return True
    return any(identity in response.texts(path) for path in ("*/TxnID", "TxnID", "*/ListID", "ListID"))


def _synchronous(answer: Any) -> Any:
    """An answer that is there already."""
    if inspect.iscoroutine(answer):
        answer.close()
        raise UnfitAnswerError("is asynchronous, and hooks are not")
    return answer


def _list(answer: Any, kind: type, what: str) -> list[Any]:
    if type(answer) is not list and (isinstance(answer, _NO_LISTS) or not isinstance(answer, Iterable)):
        raise UnfitAnswerError(f"answered {_shown(_synchronous(answer))}, not a list of {what}")
    found = list(answer)
    for each in found:
        if not isinstance(each, kind):
            raise UnfitAnswerError(f"answered a list with {_shown(each)} in it, not of {what}")
    return found


def _whole(answer: Any) -> Any:
    """An answer whose flags are flags and whose texts are texts, without what no database takes."""
    what: type = type(answer)
    flags, texts = _fields(what)
    kind = what.__name__
    for name in flags:
        value = getattr(answer, name)
        if value not in _FLAGS[name]:
            raise UnfitAnswerError(f"answered {kind} with {name}={_shown(value)}")
    for name in texts:
        text = getattr(answer, name)
        if text is None and name != "reason":
            continue
        if not isinstance(text, str):
            raise UnfitAnswerError(f"answered {kind} with {name}={_shown(text)}, which is no text")
        if illegal_in_text(text):
            text = without_illegal(text)
            answer = replace(answer, **{name: text})
        if name == "reason" and not text.strip():
            raise UnfitAnswerError(f"answered {kind} without a reason")
    return answer


@cache
def _fields(kind: type) -> tuple[list[str], list[str]]:
    """The flags and the texts that answers of a kind have."""
    return [name for name in _FLAGS if hasattr(kind, name)], [name for name in _TEXTS if hasattr(kind, name)]


def _labelled(request: Request) -> Request:
    """A request whose label, if it is a text, has none of those characters."""
    label: object = request.label
    if isinstance(label, str) and illegal_in_text(label):
        return replace(request, label=without_illegal(label))
    return request


def _sentence(problem: str) -> str:
    text = without_illegal(problem)
    if not text.strip():
        raise UnfitAnswerError("answered a list with an empty sentence in it")
    return text


def _shown(value: object) -> str:
    try:
        return _shortened(repr(value), 60)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - whatever a plugin's value does when it is read
        return f"a {type(value).__name__}"


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
