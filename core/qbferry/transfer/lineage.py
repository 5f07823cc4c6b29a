"""Noticing that the company file was restored from a backup, and what it lost.

At the start of a run, once no message is unanswered, QuickBooks is asked for the last transaction of each
message since the last time it was asked, and of one before. Nothing else is asked as long as they are there.
If one is not, the history is walked back to the first transaction QuickBooks still has. What is missing and
was not deleted in this very file (TxnDeletedQuery) was lost.

Nothing goes again into a file that may be another one: the company file must carry the connector's FileID,
or still have, or have had, something older that was transferred to it.

``run.asked["lineage"]`` holds ``{"newest", "anchors"}``, the lines of the first question; then, during the
walk, ``{"newest", "below", "until", "lost", "deleted", "held"}``: go on below this line, at least until that
one; ``{}`` when it is over.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from qbferry.transfer import evidence, loss
from qbferry.transfer.evidence import Claims
from qbferry.transfer.preparation import Origin

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from qbferry.model import Connector
    from qbferry.plugin.manager import Plugins
    from qbferry.qbxml.response import Answer
    from qbferry.store.tables import ConnectorRow
    from qbferry.transfer.evidence import Fact, Seen
    from qbferry.transfer.ledger import Ledger
    from qbferry.transfer.runs import Seat

__all__ = ["Lineage"]

log = logging.getLogger("qbferry.lineage")

MEMORY = timedelta(days=90)
"""How long QuickBooks remembers deletions. What is older is no evidence, and never goes again by itself."""

PAGE = 500
"""Transactions in one question of the walk."""

KEY = "lineage"


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

    def due(self, session: Session, row: ConnectorRow, now: datetime) -> bool:
        """Tell whether it is worth a run of its own: QuickBooks was not asked for long."""
        if row.verified_at and row.verified_at + self._every > now:
            return False
        sent = self._claims(session, row, now).latest()
        return sent is not None and sent + self._every <= now

    def question(self, session: Session, seat: Seat, connector: Connector, now: datetime) -> str | None:
        """What to ask next; None: nothing, or nothing any more in this run."""
        run, row = seat.run, seat.connector
        if run.asked.get(KEY) == {}:
            return None
        if KEY not in run.asked:
            anchors = self._claims(session, row, now).anchors(row.verified_outcome)
            self._keep(seat, {"newest": anchors[-1], "anchors": anchors} if anchors else {})
        state = run.asked[KEY]
        facts = self._facts(session, row, state, now)
        if not facts:
            return None
        return evidence.questions(facts, connector, deletions="below" in state)

    def answer(
        self, session: Session, seat: Seat, answer: Answer | None, ledger: Ledger, now: datetime
    ) -> None:
        """Take an answer; one that says nothing is left for the next run.

        Args:
            session: The transaction.
            seat: The run, which goes on.
            answer: None: QuickBooks did not understand the question.
            ledger: Where what was lost is booked.
            now: The moment.
        """
        state = seat.run.asked[KEY]
        facts = self._facts(session, seat.connector, state, now)
        walking = "below" in state
        seen = evidence.read(facts, answer, deletions=walking) if answer else None
        if seen is None:
            log.warning("QuickBooks of %s did not say what it still has.", seat.connector.name)
            self._keep(seat, {})
        elif walking:
            self._walk(session, seat, state, facts, seen, ledger, now)
        elif denied := [fact.id for fact in facts if seen.denies(fact)]:
            walk = {"below": max(denied) + 1, "until": min(denied), "lost": [], "deleted": [], "held": False}
            self._keep(seat, {"newest": state["newest"], **walk})
        else:
            self._end(seat, state, now)

    def _walk(
        self,
        session: Session,
        seat: Seat,
        state: dict[str, Any],
        facts: Sequence[Fact],
        seen: Seen,
        ledger: Ledger,
        now: datetime,
    ) -> None:
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
            self._keep(seat, state | {"below": bottom, "lost": lost, "deleted": deleted, "held": held})
            return
        if lost and not (held or seat.connector.has_file_id):
            log.warning(
                "QuickBooks of %s has nothing of what was transferred to it, and the company file does not "
                "say that it is the same one: it may be another file. Nothing goes again by itself.",
                seat.connector.name,
            )
            self._end(seat, state, now)
            return
        found = loss.Loss(self._claims(session, seat.connector, now), lost, deleted, bottom)
        records = loss.take_back(session, self._plugins, ledger, seat, found)
        if records:
            log.warning(
                "The company file of %s was restored from a backup; %d records have lost something there.",
                seat.connector.name,
                records,
            )
        self._end(seat, state, now)

    def _end(self, seat: Seat, state: dict[str, Any], now: datetime) -> None:
        seat.connector.verified_outcome, seat.connector.verified_at = state["newest"], now
        self._keep(seat, {})

    def _facts(self, session: Session, row: ConnectorRow, state: dict[str, Any], now: datetime) -> list[Fact]:
        claims = self._claims(session, row, now)
        if "below" in state:
            return claims.page(state["below"], PAGE)
        return claims.facts(state["anchors"]) if state else []

    def _claims(self, session: Session, row: ConnectorRow, now: datetime) -> Claims:
        origin = Origin(self._owner_id, row.file_id)
        return Claims(session, row.id, [*self._plugins.entities], origin, now - MEMORY)

    def _keep(self, seat: Seat, state: dict[str, Any]) -> None:
        seat.run.asked = {**seat.run.asked, KEY: state}
