"""Whose answer counts where the first one does: the owner's, unless a policy says that it goes first."""

from __future__ import annotations

from typing import Any

import pytest

from qbferry import Cleared, Continue, Ignore, Nothing, Reference, Rejected, Request, Skip, Withdraw, hookimpl
from qbferry.plugin import hookspecs
from qbferry.plugin.manager import Plugins
from qbferry.plugin.registry import HOOKS

from .kinds import APPLES, ASKING, Owner, record

ANSWERS: dict[str, tuple[Any, Any]] = {
    "check_retransfer": ("The owner asks.", Skip("The policy forbids it.")),
    "clear_number": (Cleared(), Skip("The policy forbids it.")),
    "check_change": (Ignore(), Withdraw()),
    "references": (
        [Reference(at="a", target=APPLES, name="Boskop")],
        [Reference(at="b", target=APPLES, name="Cox")],
    ),
    "build_requests": (
        [Request(key="owner", name="ClassAdd", fields={})],
        [Request(key="policy", name="ClassAdd", fields={})],
    ),
    "possible_keys": (["owner"], ["policy"]),
    "render_request": ("<owner/>", "<policy/>"),
    "handle_response": (Continue(), Rejected("The policy forbids it.")),
    "forget": (Nothing(), Skip("The policy forbids it.")),
}
"""Hook -> what the owner answers, and what the policy does."""

NOTHING = object()


def answering(kind: type, hook: str, answer: Any, *arguments: Any, **options: Any) -> Any:
    def implementation(self: Any) -> Any:
        return answer

    return type("Answering", (kind,), {hook: hookimpl(**options)(implementation)})(*arguments)


def ask(hook: str, owner: Any, policy: Any, *, owner_first: bool) -> Any:
    mine, theirs = {"apples": owner}, {"policy": policy}
    plugins = Plugins(mine | theirs if owner_first else theirs | mine)
    return ASKING[hook](plugins, owner.entity, record(owner.entity))


def seen(answer: Any) -> Any:
    """What the facade gives for it."""
    return None if answer == Cleared() else answer


def test_these_are_all_hooks_in_which_the_first_answer_counts() -> None:
    first = {hook for hook in HOOKS if getattr(hookspecs, hook).qbferry_spec["firstresult"]}
    assert first == set(ANSWERS)


@pytest.mark.parametrize(
    "owner_first", [True, False], ids=["owner registered first", "owner registered last"]
)
@pytest.mark.parametrize("hook", ANSWERS)
def test_the_owners_answer_wins(hook: str, owner_first: bool) -> None:
    owners, policys = ANSWERS[hook]
    owner = answering(Owner, hook, owners, "apple")
    policy = answering(object, hook, policys)
    assert ask(hook, owner, policy, owner_first=owner_first) == seen(owners)


@pytest.mark.parametrize(
    "owner_first", [True, False], ids=["owner registered first", "owner registered last"]
)
@pytest.mark.parametrize("hook", ANSWERS)
def test_a_policy_that_says_tryfirst_wins(hook: str, owner_first: bool) -> None:
    owners, policys = ANSWERS[hook]
    owner = answering(Owner, hook, owners, "apple")
    policy = answering(object, hook, policys, tryfirst=True)
    assert ask(hook, owner, policy, owner_first=owner_first) == seen(policys)


@pytest.mark.parametrize("hook", ANSWERS)
def test_where_the_owner_has_no_opinion_a_policys_answer_counts_before_the_frameworks(hook: str) -> None:
    _, policys = ANSWERS[hook]
    policy = answering(object, hook, policys)
    assert ask(hook, Owner("apple"), policy, owner_first=True) == seen(policys)
    last = answering(object, hook, policys, trylast=True)
    assert ask(hook, Owner("apple"), last, owner_first=True) == seen(policys)
