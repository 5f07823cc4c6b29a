"""Rules: pure functions that each give a reason against something, or None."""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["first_reason"]

P = ParamSpec("P")


def first_reason(
    rules: Mapping[str, Callable[P, str | None]], *arguments: P.args, **named: P.kwargs
) -> str | None:
    """Ask rules in their order; the first reason against, or None.

    Args:
        rules: What people call each rule -> the rule.
        *arguments: What each rule is asked about.
        **named: The same, by name.
    """
    return next((reason for rule in rules.values() if (reason := rule(*arguments, **named))), None)
