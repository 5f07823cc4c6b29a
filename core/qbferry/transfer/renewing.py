"""Refusals that show that a list at hand is old: it is read again, and the record has another turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.model import LIST_POLL, SHARED, Rejected
from qbferry.plugin.answers import NAME_IN_USE
from qbferry.plugin.mirror import Mirror
from qbferry.qbxml.status import referred
from qbferry.transfer.mirroring import read_again

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from qbferry.model import Outcome
    from qbferry.plugin.manager import Plugins
    from qbferry.qbxml.response import Response
    from qbferry.transfer.call import Call

__all__ = ["goes_again", "may_be_made_again"]

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
    kinds = _mirrored(plugins, call)
    return _renew(call, {kind for response in refused for kind in _shown(kinds, response)}, renewed)


def may_be_made_again(
    plugins: Plugins, call: Call, kind: str, response: Response, renewed: Collection[str]
) -> bool:
    """The same for the creation of an entry of a list: whether it is looked for, and made, once more."""
    if response.status_code not in OLD or not call.live:
        return False
    if response.status_code == NAME_IN_USE:
        return _renew(call, SHARED if kind in SHARED else {kind}, renewed)
    return _renew(call, _shown(_mirrored(plugins, call), response), renewed)


def _mirrored(plugins: Plugins, call: Call) -> set[str]:
    polls = plugins.polls(call.connector, call.run.memory.get("entities", ()))
    return {poll.kind for poll in polls if isinstance(poll, Mirror)}


def _shown(kinds: Collection[str], response: Response) -> set[str]:
    """The lists that a refusal shows to be old."""
    return _concerned(kinds, referred(response.status_code, response.message))


def _renew(call: Call, old: Collection[str], renewed: Collection[str]) -> bool:
    """Let lists be read again, unless that was done, or could not be done, in this run."""
    unread = {name.removeprefix(LIST_POLL) for name in call.run.memory.get("unread", ())}
    if unread.intersection(old) or not {*old} - {*renewed}:
        return False
    read_again(call, old)
    call.remember(renewed=sorted({*old} | {*call.run.memory.get("renewed", ())}))
    return True


def _concerned(kinds: Collection[str], word: str) -> set[str]:
    """The lists that a word of QuickBooks means; all of them where it says none."""
    said = word.replace(" ", "").lower()
    if not said:
        return {*kinds}
    meant = {kind for kind in kinds if kind.lower() in said or kind.lower().startswith(said)}
    return meant | (SHARED & {*kinds} if meant & SHARED or said in NAMES else set())
