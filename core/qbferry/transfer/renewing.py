"""Refusals that show that a list at hand is old: it is read again, and the record has another turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.model import LIST_POLL, SHARED, Rejected
from qbferry.plugin.mirror import Mirror
from qbferry.qbxml.status import referred
from qbferry.transfer.mirroring import read_again

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from qbferry.model import Outcome
    from qbferry.plugin.manager import Plugins
    from qbferry.transfer.call import Call

__all__ = ["goes_again"]

OLD = frozenset({3100, 3120, 3140})
"""A name that is in use, an object that is not there, a reference to nothing (facts B8)."""

NAMES = frozenset({"entity", "payee", "shipto"})
"""QuickBooks' words for an entry of any list of names."""


def goes_again(plugins: Plugins, call: Call, outcomes: Sequence[Outcome], renewed: Collection[str]) -> bool:
    """Let lists be read again that refusals of a record show to be old, once in a run.

    ``run.memory`` holds ``{"renewed": [the lists that were]}``.

    Args:
        plugins: Who needs lists.
        call: The call that brought the answers.
        outcomes: What became of the record's requests.
        renewed: The lists that were read again before the record was built.

    Returns:
        Whether the record has another turn in this run.
    """
    refused = [
        each.response
        for each in outcomes
        if isinstance(each.result, Rejected) and each.response and each.response.status_code in OLD
    ]
    if not (refused and call.live):
        return False
    polls = plugins.polls(call.connector, call.run.memory.get("entities", ()))
    kinds = {poll.kind for poll in polls if isinstance(poll, Mirror)}
    unread = {name.removeprefix(LIST_POLL) for name in call.run.memory.get("unread", ())}
    old = {
        kind
        for response in refused
        for kind in _concerned(kinds, referred(response.status_code, response.message))
    }
    if old & unread or not old - {*renewed}:
        return False
    read_again(call, old)
    call.remember(renewed=sorted(old | {*call.run.memory.get("renewed", ())}))
    return True


def _concerned(kinds: Collection[str], word: str) -> set[str]:
    """The lists that a word of QuickBooks means; all of them where it says none."""
    said = word.replace(" ", "").lower()
    if not said:
        return {*kinds}
    meant = {kind for kind in kinds if kind.lower() in said or kind.lower().startswith(said)}
    return meant | (SHARED & {*kinds} if meant & SHARED or said in NAMES else set())
