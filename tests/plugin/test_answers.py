"""What hooks answer is checked, by type and by meaning; what does not fit fails one record, and says why."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import (
    Already,
    AnyRecord,
    Cleared,
    Continue,
    Gone,
    Ignore,
    More,
    NewEntry,
    Noted,
    Nothing,
    Reference,
    Rejected,
    Request,
    Retry,
    SendAgain,
    Sent,
    Skip,
    Target,
    Withdraw,
    hookimpl,
)
from qbferry.errors import HookError
from qbferry.plugin.manager import Plugins
from qbferry.testing.probes import accepted, refused

from .kinds import APPLES, ASKING, NORTH, REQUEST, Kept, Owner, record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry import Response


class Saying(Owner):
    """Answers every entity hook the same, without a word about types."""

    def __init__(self, hook: str, answer: Any) -> None:
        super().__init__("apple", requests=("ClassAdd", "VendorAdd", "VendorQuery"))
        self.hook, self.answer = hook, answer

    def _say(self, hook: str) -> Any:
        if hook != self.hook:
            return None
        return self.answer() if callable(self.answer) else self.answer

    @hookimpl
    def check_eligibility(self) -> Any:
        return self._say("check_eligibility")

    @hookimpl
    def check_retransfer(self) -> Any:
        return self._say("check_retransfer")

    @hookimpl
    def clear_number(self) -> Any:
        return self._say("clear_number")

    @hookimpl
    def check_change(self) -> Any:
        return self._say("check_change")

    @hookimpl
    def build_requests(self) -> Any:
        return self._say("build_requests")

    @hookimpl
    def possible_keys(self) -> Any:
        return self._say("possible_keys")

    @hookimpl
    def references(self) -> Any:
        return self._say("references")

    @hookimpl
    def render_request(self) -> Any:
        return self._say("render_request")

    @hookimpl
    def check_request(self) -> Any:
        return self._say("check_request")

    @hookimpl
    def handle_response(self) -> Any:
        return self._say("handle_response")

    @hookimpl
    def after_transfer(self) -> Any:
        return self._say("after_transfer")

    @hookimpl
    def forget(self) -> Any:
        return self._say("forget")


def ask(hook: str, answer: Any) -> Any:
    owner = Saying(hook, answer)
    return ASKING[hook](Plugins({"apples": owner}), owner.entity, record(owner.entity))


async def later() -> None:
    """An answer that does not come now."""


def built(**changes: Any) -> Request:
    values: dict[str, Any] = {"key": "a", "name": "ClassAdd", "fields": {}} | changes
    return Request(**values)


def endless() -> Iterator[str]:
    yield "first"
    yield 2  # type: ignore[misc]


@pytest.mark.parametrize(
    ("hook", "answer", "said"),
    [
        ("check_eligibility", True, "answered True, not Skip or None"),
        ("check_eligibility", "it is void", "answered 'it is void', not Skip or None"),
        ("check_eligibility", later, "is asynchronous, and hooks are not"),
        ("check_eligibility", Skip(""), "answered Skip without a reason"),
        ("check_eligibility", Skip(" \x00"), "answered Skip without a reason"),
        ("check_eligibility", Skip(None), "answered Skip with reason=None, which is no text"),  # type: ignore[arg-type]
        ("check_eligibility", [Skip("no")], "answered [Skip(reason='no')], not Skip or None"),
        ("check_retransfer", False, "answered False, not Skip or str or None"),
        ("clear_number", True, "answered True, not Cleared or Skip or None"),
        ("check_change", True, "answered True, not SendAgain or Noted or Ignore or Withdraw or None"),
        ("check_change", Noted(more="all"), "answered Noted with more='all'"),  # type: ignore[arg-type]
        ("build_requests", "InvoiceAdd", "answered 'InvoiceAdd', not a list of requests"),
        ("build_requests", {"key": "a"}, "answered {'key': 'a'}, not a list of requests"),
        ("possible_keys", "a", "answered 'a', not a list of keys"),
        ("possible_keys", [7], "answered a list with 7 in it, not of keys"),
        ("build_requests", [{"key": "a"}], "answered a list with {'key': 'a'} in it, not of requests"),
        ("build_requests", REQUEST, "not a list of requests"),
        ("build_requests", 7, "answered 7, not a list of requests"),
        ("build_requests", Skip(""), "answered Skip without a reason"),
        ("build_requests", [built(name="ClassMod")], "built the request ClassMod, which is not among those"),
        ("build_requests", [built(), built()], "built two requests with one key, a"),
        ("build_requests", [built(key="k" * 101)], "a request whose key has more than 100 characters"),
        ("build_requests", [built(key="")], "built a ClassAdd whose key is ''"),
        ("build_requests", [built(key=7)], "built a ClassAdd whose key is 7"),
        ("build_requests", [built(key="a\x00b")], r"built a ClassAdd whose key is 'a\x00b'"),
        ("build_requests", [built(label=7)], "built a ClassAdd whose label is 7, which is no text"),
        ("build_requests", [built(fields=[1])], "built a ClassAdd whose fields are no mapping"),
        ("render_request", b"<ClassAdd/>", "answered b'<ClassAdd/>', not str or None"),
        ("check_request", "wrong", "answered 'wrong', not a list of sentences"),
        ("check_request", [None], "answered a list with None in it, not of sentences"),
        ("check_request", [""], "answered a list with an empty sentence in it"),
        ("check_request", endless, "answered a list with 2 in it, not of sentences"),
        ("handle_response", "Sent", "answered 'Sent', not Sent or Rejected or Retry or Continue or Already"),
        ("handle_response", Sent, "answered Sent with txn_id=1, which is no text"),
        ("handle_response", Rejected(""), "answered Rejected without a reason"),
        ("handle_response", Rejected("no", executed="yes"), "answered Rejected with executed='yes'"),  # type: ignore[arg-type]
        ("after_transfer", True, "answered True, not More or Gone or Noted or None"),
        ("after_transfer", SendAgain(), "answered SendAgain(), not More or Gone or Noted or None"),
        ("forget", False, "answered False, not Nothing or Skip or None"),
    ],
)
def test_an_answer_of_another_type(hook: str, answer: Any, said: str) -> None:
    if answer is Sent:
        answer = Sent(txn_id=1)  # type: ignore[arg-type]
    with pytest.raises(HookError) as caught:
        ask(hook, answer)
    assert str(caught.value).startswith(f"The plugin apples failed in {hook} for this apple: ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("hook", "answer", "found"),
    [
        ("check_eligibility", Skip("no"), Skip("no")),
        ("check_eligibility", Skip("in\x00voice\ud800"), Skip("invoice")),
        ("check_retransfer", "Sure\x00?", "Sure?"),
        ("clear_number", Cleared(), None),
        ("check_change", Ignore(), Ignore()),
        ("check_change", Withdraw(), Withdraw()),
        ("check_change", Noted(more=True), Noted(more=True)),
        ("build_requests", (request for request in [REQUEST]), [REQUEST]),
        ("possible_keys", (key for key in ["a", "b"]), ["a", "b"]),
        ("check_request", {"one": 1, "two": 2}.keys() - {"one"}, ["two", "x is no element QuickBooks"]),
        ("after_transfer", Gone(), [Gone()]),
        ("after_transfer", More(), [More()]),
        ("forget", Nothing(), Nothing()),
        ("forget", None, None),
    ],
)
def test_an_answer_that_fits_is_taken(hook: str, answer: Any, found: Any) -> None:
    if hook == "check_request":
        assert ask(hook, answer)[0] == found[0]
    else:
        assert ask(hook, answer) == found


TREES = Target(label="tree", kinds=("Class",), remedy="Plant it.")
"""A target that the kind does not declare."""


def named(target: Target = APPLES, at: str = "it", name: str = "Gala", **changes: Any) -> Reference:
    return Reference(at=at, target=target, name=name, **changes)


def new(kind: str = "Class", request: str = "ClassAdd", **changes: Any) -> NewEntry:
    return NewEntry(kind=kind, full_name="Gala", request=request, fields={}, **changes)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([named(at="")], "gave a reference that stands at ''"),
        ([named(), named()], "gave two references that stand at it"),
        ([named(name=" ")], "gave a reference at it whose name is ' '"),
        ([named(TREES)], "gave a reference at it to a target that its entity does not declare"),
        ([named(new=new("Vendor"))], "gave a reference at it that would make NewEntry("),
        (
            [named(new=new(request="ClassMod"))],
            "would make an entry by ClassMod, which is not among the requests it declares",
        ),
        (
            [named(new=new(names=(named(), named(TREES))))],
            "would make Gala, which names something to a target that it does not declare",
        ),
        (
            [named(new=new(parent=new(names=(named(TREES),))))],
            "would make Gala, which names something to a target that it does not declare",
        ),
    ],
)
def test_references_that_could_not_be_resolved(answer: list[Reference], said: str) -> None:
    owner = Saying("references", answer)
    plugins = Plugins({"apples": owner})
    with pytest.raises(HookError) as caught:
        plugins.references(owner.entity, record(owner.entity), NORTH)
    assert str(caught.value).startswith("The plugin apples failed in references for this apple: ")
    assert said in str(caught.value)


def test_references_to_what_is_declared_are_taken() -> None:
    given = [named(new=new(names=(named(),), parent=new(names=(named(at="kind"),))))]
    owner = Saying("references", given)
    assert Plugins({"apples": owner}).references(owner.entity, record(owner.entity), NORTH) == given


NAME_IN_USE = refused("VendorAdd", 3100, "The name is in use.")
NOTHING_FOUND = refused("VendorQuery", 1, "No match.")
WARNED = accepted("ClassAdd", "")


def warned(inner: str) -> Response:
    answer = accepted("ClassAdd", inner)
    return type(answer)(**{**vars_of(answer), "severity": "Warn", "status_code": 570})


def vars_of(answer: Response) -> dict[str, Any]:
    return {name: getattr(answer, name) for name in answer.__dataclass_fields__}


RET = "<ClassRet><ListID>80-1</ListID></ClassRet>"
DONE = accepted("ClassAdd", RET)


@pytest.mark.parametrize(
    ("request_name", "response", "answer", "said"),
    [
        ("ClassAdd", refused("ClassAdd"), Sent(), "answered Sent, though QuickBooks said Error 3140"),
        ("ClassAdd", warned(""), Sent(), "answered Sent, though QuickBooks said Warn 570"),
        ("ClassAdd", DONE, Sent(txn_id="80-2"), "TxnID 80-2, which is not that of QuickBooks' answer"),
        ("ClassAdd", DONE, Already(), "answered Already, which is for a name that is in use (3100)"),
        ("ClassAdd", refused("ClassAdd"), Already("80-1"), "answered Already, which is for a name"),
        ("VendorQuery", NAME_IN_USE, Already("80-1"), "answered Already, which is for a name"),
        ("ClassAdd", DONE, Retry("later"), "answered Retry, though QuickBooks said Info 0"),
        ("ClassAdd", DONE, Rejected("no", executed=False), "answered that nothing was executed"),
        ("ClassAdd", warned(RET), Rejected("no", executed=False), "answered that nothing was executed"),
        ("ClassAdd", refused("ClassAdd"), Rejected("no", executed=True), "answered that it was executed"),
        ("ClassAdd", refused("ClassAdd"), Continue(), "answered Continue, though QuickBooks said"),
    ],
)
def test_what_contradicts_quickbooks_answer(
    request_name: str, response: Response, answer: Any, said: str
) -> None:
    owner = Saying("handle_response", answer)
    plugins = Plugins({"apples": owner})
    asked = Request(key="a", name=request_name, fields={})
    with pytest.raises(HookError) as caught:
        plugins.handle_response(owner.entity, record(owner.entity), asked, response)
    assert str(caught.value).startswith("The plugin apples failed in handle_response for this apple: ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("request_name", "response", "answer"),
    [
        ("ClassAdd", DONE, Sent(txn_id="80-1")),
        ("ClassAdd", DONE, Sent()),
        ("ClassAdd", DONE, Rejected("It has another name than it should.")),
        ("ClassAdd", DONE, Continue()),
        ("ClassAdd", warned(RET), Sent(txn_id="80-1")),
        ("ClassAdd", warned(""), Rejected("It saved nothing.", executed=False)),
        ("ClassAdd", refused("ClassAdd"), Retry("later")),
        ("VendorAdd", NAME_IN_USE, Already("80-1")),
        ("VendorQuery", NOTHING_FOUND, Continue()),
        ("VendorQuery", NOTHING_FOUND, Retry("later")),
    ],
)
def test_what_the_answer_bears_out_is_taken(request_name: str, response: Response, answer: Any) -> None:
    owner = Saying("handle_response", answer)
    asked = Request(key="a", name=request_name, fields={})
    plugins = Plugins({"apples": owner})
    assert plugins.handle_response(owner.entity, record(owner.entity), asked, response) == answer


class Remembering(Owner):
    """Keeps something, and then goes wrong, or answers what is not true."""

    def __init__(self, then: Any) -> None:
        super().__init__("apple", state=Kept)
        self.then = then

    @hookimpl
    def handle_response(self, record: Any) -> Any:
        record.state = record.state.replace(count=7)
        return self.then()

    @hookimpl
    def after_transfer(self, record: Any) -> None:
        record.state = record.state.replace(count=7)


def _fails() -> None:
    raise LookupError("no rate")


@pytest.mark.parametrize("then", [_fails, lambda: Sent(txn_id="80-2"), lambda: "Sent"])
def test_a_hook_that_fails_leaves_the_state_as_it_was(then: Any) -> None:
    owner = Remembering(then)
    known = record(owner.entity, state=Kept(count=1))
    with pytest.raises(HookError):
        Plugins({"apples": owner}).handle_response(owner.entity, known, REQUEST, DONE)
    assert known.state == Kept(count=1)
    assert known.keep() is False


@pytest.mark.parametrize("hook", ["handle_response", "after_transfer"])
def test_what_an_owner_has_kept_goes_when_a_plugin_behind_it_fails(hook: str) -> None:
    class Behind:
        @hookimpl(trylast=True)
        def handle_response(self) -> None:
            raise LookupError("no rate")

        @hookimpl(trylast=True)
        def after_transfer(self) -> None:
            raise LookupError("no rate")

    owner = Remembering(lambda: None)
    known = record(owner.entity)
    with pytest.raises(HookError, match=f"The plugin behind failed in {hook}"):
        ASKING[hook](Plugins({"apples": owner, "behind": Behind()}), owner.entity, known)
    assert known.state == Kept()
    assert known.keep() is False


class Rewriting:
    """Changes what it is not given to change."""

    def __init__(self, change: Any) -> None:
        self.change = change

    @hookimpl
    def handle_response(self, record: AnyRecord) -> None:
        self.change(record)


def _write(name: str, value: Any) -> Any:
    return lambda record: setattr(record, name, value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_write("transfer_status", "Transferred"), "transfer_status is the framework's"),
        (_write("done", {}), "done is the framework's"),
        (lambda record: record.done.clear(), "'mappingproxy' object has no attribute 'clear'"),
        (lambda record: record.done.update(a="80-1"), "'mappingproxy' object has no attribute 'update'"),
        (lambda record: record.chained.append("a"), "'tuple' object has no attribute 'append'"),
        (_write("state", Kept(count=9)), "the state of a record is changed by its owner alone"),
        (_write("colour", "red"), "AttributeError"),
        (lambda record: setattr(record.document, "id", "B"), "ValidationError"),
    ],
)
def test_a_record_is_read_only_to_a_policy(change: Any, said: str) -> None:
    owner = Owner("apple", state=Kept)
    known = record(owner.entity, done={"b": "80-7"}, chained=["c"])
    plugins = Plugins({"apples": owner, "policy": Rewriting(change)})
    with pytest.raises(HookError) as caught:
        plugins.handle_response(owner.entity, known, REQUEST, DONE)
    assert str(caught.value).startswith("The plugin policy failed in handle_response for this apple: ")
    assert said in str(caught.value)
    assert (known.done, known.chained, known.state) == ({"b": "80-7"}, ("c",), Kept())


@pytest.mark.parametrize(
    "state",
    [
        Kept().model_copy(update={"count": date(2026, 10, 31)}),
        Kept().model_copy(update={"count": Decimal("1.5")}),
        Kept.model_construct(count="many"),
        Kept.model_construct(names={"a": object()}),
        NORTH,
        None,
    ],
)
def test_a_state_that_does_not_fit_is_not_kept(state: Any) -> None:
    owner = Owner("apple", state=Kept)
    owner_writes = Rewriting(_write("state", state))
    owner.handle_response = owner_writes.handle_response  # type: ignore[attr-defined]
    known = record(owner.entity, state=Kept(count=1))
    with pytest.raises(HookError, match="The plugin apples failed in handle_response"):
        Plugins({"apples": owner}).handle_response(owner.entity, known, REQUEST, DONE)
    assert known.state == Kept(count=1)


class Careless(Owner):
    """Changes a state in place, where it must be set as a whole."""

    @hookimpl
    def handle_response(self, record: Any) -> None:
        record.state.names["lost"] = 1

    @hookimpl
    def after_transfer(self, record: Any) -> None:
        record.state = record.state.replace(count=3)


def test_a_state_changed_in_place_is_not_changed_at_all() -> None:
    owner = Careless("apple", state=Kept)
    plugins = Plugins({"apples": owner})
    known: Any = record(owner.entity)
    plugins.handle_response(owner.entity, known, REQUEST, DONE)
    assert known.state == Kept()
    assert known.keep() is False
    assert record(owner.entity).state == Kept(), "nor has any other record got it"


def test_nothing_a_policy_puts_into_a_state_goes_along_with_what_its_owner_keeps() -> None:
    class Overwriting:
        @hookimpl(tryfirst=True)
        def after_transfer(self, record: Any) -> None:
            record.state.names["stolen"] = 1

    owner = Careless("apple", state=Kept)
    plugins = Plugins({"apples": owner, "policy": Overwriting()})
    known: Any = record(owner.entity)
    plugins.after_transfer(owner.entity, known, ())
    assert known.state == Kept(count=3)
