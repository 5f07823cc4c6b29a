"""Message-set memory: what lets an application ask whether a message was executed (facts B3).

| newMessageSetID | oldMessageSetID | QuickBooks |
|---|---|---|
| none | none | executes, keeps nothing |
| A | none | executes and keeps the answer; A again with the same content: gives the kept answer |
| A | A | status check: gives the kept answer of A, executes nothing |
| none | A | clears A |
| B | A | clears A, then as for B alone |
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qbferry.simulator.books import Books

__all__ = ["CLEAR_ALL", "LastAnswers", "Recollection", "checksum"]

CLEAR_ALL = "CLR-ALL-MSG-SETS"
_LONGEST = 24


@dataclass(frozen=True, slots=True)
class Recollection:
    """What the memory says about a message before anything of it is executed.

    Attributes:
        execute: Whether its requests are to be executed.
        code: The answer's messageSetStatusCode, None where no IDs were sent.
        response: The kept answer's lines, for a repeated message or a status check.
    """

    execute: bool
    code: int | None = None
    response: str = ""


def checksum(requests: bytes) -> str:
    """Sum up a message set's content.

    assumption: facts B3 - what the checksum covers was not found; here the requests and onError, not the two
    IDs.
    """
    return hashlib.sha256(requests).hexdigest()


class LastAnswers:
    """The last answers kept for one application in one company file.

    assumption: facts B3 [?] - one message set an application; a new one takes the place of the last. The
    setting ``remembered_sets`` is for the case that it is otherwise.
    """

    def __init__(self, company: Books, application: str) -> None:
        self._company = company
        self._application = application

    def recall(self, new: str | None, old: str | None, content: str) -> Recollection:
        """Decide what to do with a message, and clear what it acknowledges.

        Args:
            new: Its newMessageSetID.
            old: Its oldMessageSetID.
            content: Its checksum.
        """
        if new is None and old is None:
            return Recollection(execute=True)
        if any(identity is not None and len(identity) > _LONGEST for identity in (new, old)):
            return Recollection(execute=False, code=9004)
        kept = self._company.stored_response(self._application, new) if new is not None else None
        if new is not None and new == old:
            return (
                Recollection(execute=False, code=0, response=kept[1])
                if kept
                else Recollection(execute=False, code=9002)
            )
        if old is not None:
            cleared = self._company.forget_response(self._application, None if old == CLEAR_ALL else old)
            kept = None if old == CLEAR_ALL else kept
            if new is None:
                # assumption: facts B3 - requests beside a lone oldMessageSetID are executed without being
                # kept.
                return Recollection(execute=True, code=0 if cleared or old == CLEAR_ALL else 600)
        if kept is not None:
            if kept[0] != content:
                return Recollection(execute=False, code=9001)
            return Recollection(execute=False, code=0, response=kept[1])
        return Recollection(execute=True, code=0)

    def keep(self, new: str, content: str, response: str) -> None:
        """Keep the answer to a message that was executed."""
        self._company.store_response(self._application, new, content, response)
