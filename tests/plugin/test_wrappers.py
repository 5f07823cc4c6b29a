"""Wrappers: around every hook, checked and named like any other implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry import AnyRecord, Entity, PluginError, Poll, Rejected, Request, Retry, Sent, Skip, hookimpl
from qbferry.errors import HookError
from qbferry.plugin.manager import Plugins
from qbferry.plugin.registry import HOOKS
from qbferry.testing.probes import accepted

from .kinds import ASKING, NORTH, REQUEST, VENDORS, Kept, Owner, record

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

WRAPPED = [hook for hook in HOOKS if hook not in {"entities", "extensions"}]
"""Entities and what is added to them are declared before there is anything to wrap."""

AT_START = ("prepare_environment", "sources", "register_commands", "startup")
NOTED = ("polls", "observe", "shutdown")
"""Hooks whose failures go to the log, since no record is to blame."""


def implementing(log: list[str], **given: Any) -> Any:
    """An owner of apples that implements every hook, notes each call and answers what is given."""

    def implement(hook: str) -> Callable[[Any], Any]:
        def implementation(self: Any) -> Any:
            log.append(hook)
            return "<x/>" if hook == "render_request" else given.get(hook)

        return hookimpl(implementation)

    return type("Everything", (Owner,), {hook: implement(hook) for hook in WRAPPED})("apple", state=Kept)


def wrapping(hook: str, wrapper: Callable[[Any], Any]) -> Any:
    """A plugin that wraps one hook and does nothing else."""
    return type("Wrapping", (), {hook: hookimpl(wrapper=True)(wrapper)})()


def call(plugins: Plugins, hook: str) -> Any:
    """Let the framework call a hook; those of the start were called when the plugins were registered."""
    entity = plugins.entities["apple"]
    return ASKING[hook](plugins, entity, record(entity)) if hook in ASKING else None


@pytest.mark.parametrize("first", [True, False], ids=["registered first", "registered last"])
@pytest.mark.parametrize("hook", WRAPPED)
def test_every_hook_can_be_wrapped(hook: str, first: bool) -> None:
    log: list[str] = []

    def wrapper(self: Any) -> Generator[None, Any, Any]:
        log.append("before")
        answer = yield
        log.append("after")
        return answer

    wrapped, around = {"apples": implementing(log)}, {"around": wrapping(hook, wrapper)}
    plugins = Plugins(around | wrapped if first else wrapped | around)
    call(plugins, hook)
    begin = log.index("before")
    assert log[begin : begin + 3] == ["before", hook, "after"]


@pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("hook", WRAPPED)
def test_a_wrapper_that_raises_is_named(hook: str, late: bool, caplog: pytest.LogCaptureFixture) -> None:
    def wrapper(self: Any) -> Generator[None, Any, Any]:
        if late:
            yield
        raise KeyError("rate")
        yield

    def start() -> Any:
        call(Plugins({"apples": implementing([]), "around": wrapping(hook, wrapper)}), hook)

    fault = f"The plugin around failed in {hook}"
    if hook in NOTED:
        start()
        told = caplog.text
    else:
        with pytest.raises(PluginError if hook in AT_START else HookError) as caught:
            start()
        told = str(caught.value)
    assert "KeyError: 'rate'" in told
    if hook in ("polls", "observe"):
        assert "The plugin apples failed to " in told, "whose it was goes to the log with its traceback"
    assert fault in (told if hook not in ("polls", "observe") else caplog.text)


@pytest.mark.parametrize(
    ("hook", "answer", "said"),
    [
        ("check_eligibility", None, "is a wrapper that gives no answer"),
        ("check_eligibility", Skip("no"), "answered Skip(reason='no'), not a list of answers"),
        ("check_eligibility", ["no"], "answered 'no', not Skip or None"),
        ("check_retransfer", None, "is a wrapper that gives no answer"),
        ("clear_number", None, "is a wrapper that gives no answer"),
        ("check_change", None, "is a wrapper that gives no answer"),
        ("check_change", True, "answered True, not SendAgain or Noted or Ignore or Withdraw or None"),
        ("build_requests", [7], "answered a list with 7 in it, not of requests"),
        ("render_request", None, "is a wrapper that gives no answer"),
        ("check_request", None, "is a wrapper that gives no answer"),
        ("check_request", ["no"], "answered 'no', not a list of sentences"),
        ("handle_response", None, "is a wrapper that gives no answer"),
        ("handle_response", "Sent", "answered 'Sent', not Sent or Rejected or Retry or Continue or Already"),
        ("after_transfer", None, "is a wrapper that gives no answer"),
        ("after_transfer", [True], "answered True, not More or Gone or Noted or None"),
        ("forget", True, "answered True, not Nothing or Skip or None"),
    ],
)
def test_what_a_wrapper_makes_of_an_answer_is_checked_like_an_answer(
    hook: str, answer: Any, said: str
) -> None:
    def wrapper(self: Any) -> Generator[None, Any, Any]:
        yield
        return answer

    plugins = Plugins({"apples": implementing([]), "around": wrapping(hook, wrapper)})
    with pytest.raises(HookError) as caught:
        call(plugins, hook)
    assert str(caught.value).startswith(f"The plugin around failed in {hook} for this apple: ")
    assert said in str(caught.value)


def test_what_a_wrapper_answers_counts_and_is_held_against_quickbooks_answer() -> None:
    class Strict:
        @hookimpl(wrapper=True)
        def handle_response(self, record: AnyRecord) -> Generator[None, Any, Any]:
            answer = yield
            return Rejected("Not to my taste.") if isinstance(answer, Sent) else answer

    class Stubborn:
        @hookimpl(wrapper=True)
        def handle_response(self) -> Generator[None, Any, Retry]:
            yield
            return Retry("Once more.")

    owner = Owner("apple")
    done = accepted("ClassAdd")
    strict = Plugins({"apples": owner, "strict": Strict()})
    assert strict.handle_response(owner.entity, record(owner.entity), REQUEST, done) == (
        Rejected("Not to my taste.")
    )
    stubborn = Plugins({"apples": owner, "stubborn": Stubborn()})
    with pytest.raises(HookError, match=r"^The plugin stubborn .* answered Retry, though QuickBooks said"):
        stubborn.handle_response(owner.entity, record(owner.entity), REQUEST, done)


def test_a_wrapper_may_answer_for_a_plugin_that_fails() -> None:
    class Failing(Owner):
        @hookimpl
        def check_eligibility(self) -> None:
            raise LookupError("no rate")

    class Soothing:
        @hookimpl(wrapper=True)
        def check_eligibility(self) -> Generator[None, list[Skip], list[Skip]]:
            try:
                return (yield)
            except Exception as error:  # noqa: BLE001
                return [Skip(f"Look at it first: {error}")]

    owner = Failing("apple")
    plugins = Plugins({"apples": owner, "soothing": Soothing()})
    skip = plugins.check_eligibility(owner.entity, record(owner.entity), NORTH)
    assert skip == Skip("Look at it first: LookupError: no rate")


def test_what_fails_inside_a_wrapper_is_not_taken_for_the_wrappers() -> None:
    class Failing(Owner):
        @hookimpl
        def check_eligibility(self) -> None:
            raise LookupError("no rate")

    class Looking:
        @hookimpl(wrapper=True)
        def check_eligibility(self) -> Generator[None, list[Skip], list[Skip]]:
            return (yield)

    owner = Failing("apple")
    plugins = Plugins({"apples": owner, "looking": Looking()})
    with pytest.raises(HookError, match=r"^The plugin apples failed in check_eligibility"):
        plugins.check_eligibility(owner.entity, record(owner.entity), NORTH)


def test_a_wrapper_of_polls_may_leave_some_out() -> None:
    class Frugal:
        @hookimpl(wrapper=True)
        def polls(self) -> Generator[None, list[list[Poll]], list[list[Poll]]]:
            answers = yield
            return [[poll for poll in answer if poll != VENDORS] for answer in answers]

    plugins = Plugins({"apples": implementing([], polls=[VENDORS]), "frugal": Frugal()})
    assert VENDORS not in plugins.polls(NORTH, ["apple"])


def test_the_owner_of_another_kind_wraps_nothing_of_ones_own() -> None:
    seen: list[str] = []

    class Curious(Owner):
        @hookimpl(wrapper=True)
        def check_eligibility(self, entity: Entity) -> Generator[None, list[Skip], list[Skip]]:
            seen.append(entity.name)
            return (yield)

    plugins = Plugins({"apples": Owner("apple"), "pears": Curious("pear")})
    for entity in plugins.entities.values():
        plugins.check_eligibility(entity, record(entity), NORTH)
    assert seen == ["pear"]


def _no_generator(self: Any) -> Any:
    return None


def _twice(self: Any) -> Generator[None, Any, Any]:
    answer = yield
    yield
    return answer


def _never(self: Any) -> Generator[None, Any, Any]:
    if self is None:
        yield


def test_a_function_without_a_yield_wraps_nothing() -> None:
    with pytest.raises(PluginError) as caught:
        Plugins({"apples": Owner("apple"), "around": wrapping("check_eligibility", _no_generator)})
    assert str(caught.value) == (
        "The plugin around does not wrap the hook check_eligibility rightly: a wrapper is marked "
        "@hookimpl(wrapper=True) and has one yield, which gives the answer it must return."
    )


def test_wrappers_of_the_old_kind_are_not_taken() -> None:
    class Old:
        @hookimpl(hookwrapper=True)
        def check_eligibility(self) -> Generator[None, Any, None]:
            yield

    with pytest.raises(PluginError, match="does not wrap the hook check_eligibility rightly"):
        Plugins({"apples": Owner("apple"), "old": Old()})


@pytest.mark.parametrize(
    ("wrapper", "said"),
    [
        (_twice, "is a wrapper that yields more than once"),
        (_never, "is a wrapper that does not yield"),
    ],
)
def test_a_wrapper_that_yields_amiss_fails_by_name(wrapper: Any, said: str) -> None:
    owner = Owner("apple")
    plugins = Plugins({"apples": owner, "around": wrapping("check_eligibility", wrapper)})
    with pytest.raises(HookError) as caught:
        plugins.check_eligibility(owner.entity, record(owner.entity), NORTH)
    assert f"The plugin around failed in check_eligibility for this apple: {said}." in str(caught.value)


def test_a_wrapper_cannot_change_what_its_record_keeps() -> None:
    class Meddling:
        @hookimpl(wrapper=True)
        def handle_response(self, record: Any) -> Generator[None, Any, Any]:
            record.state.names["stolen"] = 1
            answer = yield
            record.state = record.state.replace(count=1)
            return answer

    class Keeping(Owner):
        @hookimpl
        def handle_response(self, record: Any, request: Request) -> None:
            record.state = record.state.replace(count=7)

    owner = Keeping("apple", state=Kept)
    known = record(owner.entity)
    plugins = Plugins({"apples": owner, "meddling": Meddling()})
    with pytest.raises(HookError, match=r"The plugin meddling failed in handle_response .* its owner alone"):
        plugins.handle_response(owner.entity, known, REQUEST, accepted("ClassAdd"))
    assert known.state == Kept()
