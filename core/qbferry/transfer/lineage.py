"""Noticing that the company file was restored from a backup, and what it lost; or that our database was.

At the start of a run, once no message is unanswered, QuickBooks is asked two things in one message. Is what
was booked still there: the last transaction of each message since the last time it was asked, and of one
before. And is something of ours there that was not booked (``survey``). If one of the first is not there,
the history is walked back to the first transaction QuickBooks still has. What is missing and was not deleted
in this very file (TxnDeletedQuery) was lost.

Nothing goes again into a file that may be another one: the company file must carry the connector's FileID,
or still have, or have had, something older that was transferred to it.

Between the calls of a run, ``run.memory["lineage"]`` holds a ``Look``, and the question is about
``{"facts": whether transactions are asked for, "survey": [what else is asked]}``.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

from qbferry.model import OnError
from qbferry.qbxml import envelope
from qbferry.transfer import doubles, evidence, loss
from qbferry.transfer.preparation import Origin
from qbferry.transfer.survey import OURS, Survey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qbferry.plugin.manager import Plugins
    from qbferry.qbxml.response import Answer
    from qbferry.store.holdings import Holdings
    from qbferry.store.rows import ConnectorRow
    from qbferry.store.transaction import Transaction
    from qbferry.transfer.call import Call
    from qbferry.transfer.evidence import Fact, Seen

__all__ = ["Lineage"]

log = logging.getLogger("qbferry.lineage")

MEMORY = timedelta(days=90)
"""How long QuickBooks remembers deletions. What is older is no evidence, and never goes again by itself."""

EVER = datetime(1970, 1, 1, tzinfo=UTC)

PAGE = 500
"""Transactions in one question of the walk."""

KEY, DOUBLES = "lineage", "suspected"


class Look(TypedDict, total=False):
    """How far the look back has come.

    ``newest`` and ``anchors`` are lines of the first question. During the walk: go on ``below`` this line, at
    least ``until`` that one; what was ``lost`` and ``deleted`` so far, and whether anything ``held``. It is
    ``over`` when it has come to its end in this run. With ``doubles`` it is about lines of whose markers
    QuickBooks has something else: if what they say is there as well, it is there twice.
    """

    newest: int
    anchors: list[int]
    below: int
    until: int
    lost: list[int]
    deleted: list[int]
    held: bool
    over: bool
    doubles: bool


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
        self._survey = Survey(owner_id)

    def due(self, tx: Transaction, row: ConnectorRow, now: datetime) -> bool:
        """Tell whether it is worth a run of its own: QuickBooks was not asked for long."""
        # A moment in the future says that the clock was set back: then it is asked, and noted anew.
        if row.verified_at and row.verified_at <= now < row.verified_at + self._every:
            return False
        sent = self._holdings(tx, row, now).latest()
        return sent is not None and not sent <= now < sent + self._every

    def question(self, call: Call) -> str | None:
        """What to ask next; None: nothing, or nothing any more in this run."""
        state: Look | None = call.run.memory.get(KEY)
        if state is None:
            anchors = self._anchored(call).anchors(call.row.verified_line)
            state = Look(newest=anchors[-1], anchors=anchors) if anchors else Look(over=True)
            call.remember(**{KEY: state})
        facts = [] if "over" in state else self._facts(call, state)
        alone = "below" in state or "doubles" in state or self._survey.is_apart(call)
        asked = [] if facts and alone else self._survey.questions(call)
        if not facts and not asked:
            return self._doubt_doubles(call)
        question_id = call.ask(KEY, {"facts": bool(facts), "survey": [name for name, _, _ in asked]})
        triples = evidence.queries(facts, question_id, deletions="below" in state) if facts else []
        return envelope.message(
            [*triples, *((name, f"{question_id}.{OURS}{name}", body) for name, body, _ in asked)],
            version=call.connector.qbxml_version,
            on_error=OnError.CONTINUE,
            attributes={f"{question_id}.{OURS}{name}": extra for name, _, extra in asked if extra},
        )

    def answer(self, call: Call, answer: Answer | None) -> None:
        """Take an answer; one that says nothing is left for the next run.

        Args:
            call: The call, whose open question this is.
            answer: None: QuickBooks did not understand the question.
        """
        question_id = call.run.question_id or ""
        about = call.close_question()
        if about["survey"]:
            self._survey.answer(call, about["survey"], answer, question_id)
        if about["facts"] and (answer or not about["survey"]):
            self._judge(call, answer, question_id)

    def _judge(self, call: Call, answer: Answer | None, question_id: str) -> None:
        state = call.run.memory[KEY]
        facts = self._facts(call, state)
        walking = "below" in state
        seen = evidence.read(facts, answer, question_id, deletions=walking) if answer else None
        if seen is None:
            log.warning("QuickBooks of %s did not say what it still has.", call.row.name)
            call.remember(**{KEY: Look(over=True)})
            return
        if any(fact.id in seen.there and fact.id <= call.row.elsewhere for fact in facts):
            call.row.elsewhere = 0  # it is the file that it was sent to
            call.tx.lists.forget(call.row.id)
            call.tx.polls.forget(call.row.id)
        if "doubles" in state:
            self._name_doubles(call, [fact for fact in facts if not seen.denies(fact)])
        if walking:
            self._walk(call, state, facts, seen)
        elif denied := [fact.id for fact in facts if seen.denies(fact)]:
            first = Look(newest=state["newest"], below=max(denied) + 1, until=min(denied))
            call.remember(**{KEY: first | Look(lost=[], deleted=[], held=False)})
        else:
            self._end(call, state)

    def _name_doubles(self, call: Call, facts: Sequence[Fact]) -> None:
        """Name what carries the markers of transactions that are booked and there, and is none of them."""
        there = {fact.marker: fact for fact in facts}
        rows = call.journal.rows(sorted({fact.pk for fact in there.values()}))
        for found in call.tx.found.of_markers(call.row.id, there):
            fact = there[found.marker]
            if found.txn_id != fact.txn_id and found.booked_as is None and fact.pk in rows:
                row = rows[fact.pk]
                number = row.ref_number or "" if row.txn_id == fact.txn_id else ""
                doubles.note_found(call, row, [found], fact.txn_id, number)

    def _doubt_doubles(self, call: Call) -> str | None:
        """Ask once more in a run where QuickBooks has something else with the marker of what is booked."""
        if not call.row.found or DOUBLES in call.run.memory:
            return None
        call.remember(**{DOUBLES: True})
        suspects = self._survey.suspects(call)
        if not suspects:
            return None
        newest = max(call.row.verified_line, *suspects)
        call.remember(**{KEY: Look(newest=newest, anchors=sorted({*suspects}), doubles=True)})
        return self.question(call)

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
            if call.row.elsewhere >= 0:  # otherwise a person is sure
                call.row.elsewhere = max(call.row.elsewhere, *lost)
                call.tx.lists.forget(call.row.id)
                call.tx.polls.forget(call.row.id)
            self._end(call, state)
            return
        holdings = self._holdings(call.tx, call.row, call.now)
        records = loss.take_back(self._plugins, call, loss.Loss(holdings, lost, deleted, bottom))
        if records:
            self._survey.deepen(call)
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
        if "below" in state:
            holdings = self._holdings(call.tx, call.row, call.now)
            lines = holdings.page(state["below"], PAGE)
        else:
            holdings = self._anchored(call)
            lines = holdings.lines(state["anchors"])
        return evidence.facts(holdings, lines, Origin(self._owner_id, call.row.file_id))

    def _anchored(self, call: Call) -> Holdings:
        """What the first question is about; that something is there is evidence, however old it is."""
        now, ever = call.now, call.row.elsewhere > 0
        return evidence.holdings(call.tx, call.row.id, EVER if ever else now - MEMORY)

    def _holdings(self, tx: Transaction, row: ConnectorRow, now: datetime) -> Holdings:
        return evidence.holdings(tx, row.id, now - MEMORY)
