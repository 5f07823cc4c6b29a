"""Noticing that the company file was restored from a backup, and what it lost.

At the start of a run, once no message is unanswered, QuickBooks is asked for the last transaction of each
message since the last time it was asked, and of one before. Nothing else is asked as long as they are there.
If one is not, the history is walked back to the first transaction QuickBooks still has. What is missing and
was not deleted in this very file (TxnDeletedQuery) was lost.

Nothing goes again into a file that may be another one: the company file must carry the connector's FileID,
or still have, or have had, something older that was transferred to it.

Between the calls of a run, ``run.memory["lineage"]`` holds a ``Look``.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, TypedDict

from qbferry.transfer import evidence, loss
from qbferry.transfer.preparation import Origin

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from qbferry.plugin.manager import Plugins
    from qbferry.qbxml.response import Answer
    from qbferry.store.claims import Claims
    from qbferry.store.rows import ConnectorRow
    from qbferry.store.transaction import Transaction
    from qbferry.transfer.call import Call
    from qbferry.transfer.evidence import Fact, Seen

__all__ = ["Lineage"]

log = logging.getLogger("qbferry.lineage")

MEMORY = timedelta(days=90)
"""How long QuickBooks remembers deletions. What is older is no evidence, and never goes again by itself."""

PAGE = 500
"""Transactions in one question of the walk."""

KEY = "lineage"


class Look(TypedDict, total=False):
    """How far the look back has come.

    ``newest`` and ``anchors`` are lines of the first question. During the walk: go on ``below`` this line, at
    least ``until`` that one; what was ``lost`` and ``deleted`` so far, and whether anything ``held``. It is
    ``over`` when it has come to its end in this run.
    """

    newest: int
    anchors: list[int]
    below: int
    until: int
    lost: list[int]
    deleted: list[int]
    held: bool
    over: bool


class Lineage:
    """Asks, and takes back what was lost."""

    def __init__(self, plugins: Plugins, owner_id: str, every: timedelta) -> None:
        """Begin.

        Args:
            plugins: Whose records are looked after.
            owner_id: The installation's OwnerID, the root of all markers.
            every: After what time it is worth a run of its own.
        """
        self._plugins = plugins
        self._owner_id = owner_id
        self._every = every

    def due(self, tx: Transaction, row: ConnectorRow, now: datetime) -> bool:
        """Tell whether it is worth a run of its own: QuickBooks was not asked for long."""
        # A moment in the future says that the clock was set back: then it is asked, and noted anew.
        if row.verified_at and row.verified_at <= now < row.verified_at + self._every:
            return False
        sent = self._claims(tx, row, now).latest()
        return sent is not None and not sent <= now < sent + self._every

    def question(self, call: Call) -> str | None:
        """What to ask next; None: nothing, or nothing any more in this run."""
        state: Look | None = call.run.memory.get(KEY)
        if state is None:
            anchors = self._claims(call.tx, call.row, call.now).anchors(call.row.verified_line)
            state = Look(newest=anchors[-1], anchors=anchors) if anchors else Look(over=True)
            call.remember(**{KEY: state})
        if "over" in state:
            return None
        facts = self._facts(call, state)
        if not facts:
            return None
        return evidence.questions(facts, call.connector, call.ask(KEY), deletions="below" in state)

    def answer(self, call: Call, answer: Answer | None) -> None:
        """Take an answer; one that says nothing is left for the next run.

        Args:
            call: The call, whose open question this is.
            answer: None: QuickBooks did not understand the question.
        """
        question_id = call.run.question_id or ""
        call.close_question()
        state = call.run.memory[KEY]
        facts = self._facts(call, state)
        walking = "below" in state
        seen = evidence.read(facts, answer, question_id, deletions=walking) if answer else None
        if seen is None:
            log.warning("QuickBooks of %s did not say what it still has.", call.row.name)
            call.remember(**{KEY: Look(over=True)})
        elif walking:
            self._walk(call, state, facts, seen)
        elif denied := [fact.id for fact in facts if seen.denies(fact)]:
            first = Look(newest=state["newest"], below=max(denied) + 1, until=min(denied))
            call.remember(**{KEY: first | Look(lost=[], deleted=[], held=False)})
        else:
            self._end(call, state)

    def _walk(self, call: Call, state: Look, facts: Sequence[Fact], seen: Seen) -> None:
        lost, deleted, held = [*state["lost"]], [*state["deleted"]], state["held"]
        bottom, complete = state["below"], len(facts) < PAGE
        for fact in facts:
            bottom = fact.id
            by_hand = not fact.deleted and fact.txn_id in seen.deleted
            if not seen.denies(fact) or by_hand:
                if by_hand:
                    deleted.append(fact.id)
                held = held or not fact.deleted
                # A deletion that still holds proves nothing: an older file has not got the object either.
                if fact.id < state["until"] and not fact.deleted:
                    complete = True
                    break
            else:
                lost.append(fact.id)
        if not complete:
            call.remember(**{KEY: state | Look(below=bottom, lost=lost, deleted=deleted, held=held)})
            return
        if lost and not (held or call.row.has_file_id):
            log.warning(
                "QuickBooks of %s has nothing of what was transferred to it, and the company file does not "
                "say that it is the same one: it may be another file. Nothing goes again by itself.",
                call.row.name,
            )
            self._end(call, state)
            return
        claims = self._claims(call.tx, call.row, call.now)
        records = loss.take_back(self._plugins, call, loss.Loss(claims, lost, deleted, bottom))
        if records:
            log.warning(
                "The company file of %s was restored from a backup; %d records have lost something there.",
                call.row.name,
                records,
            )
        self._end(call, state)

    def _end(self, call: Call, state: Look) -> None:
        call.row.verified_line, call.row.verified_at = state["newest"], call.now
        call.remember(**{KEY: Look(over=True)})

    def _facts(self, call: Call, state: Look) -> list[Fact]:
        claims = self._claims(call.tx, call.row, call.now)
        lines = claims.page(state["below"], PAGE) if "below" in state else claims.lines(state["anchors"])
        return evidence.facts(claims, lines, Origin(self._owner_id, call.row.file_id))

    def _claims(self, tx: Transaction, row: ConnectorRow, now: datetime) -> Claims:
        return evidence.claims(tx, row.id, now - MEMORY)
