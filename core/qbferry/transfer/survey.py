"""Asking QuickBooks what of ours it has that nobody booked: our own database may have forgotten it.

A run begins with it, in the message that asks whether what was booked is still there. All that was changed
since the last time is asked for, of every kind that was ever declared, be its plugin there or not, and the
markers are compared with the history. What is ours and not booked is kept until a record claims it or a
person dismisses it.

The last time is the greatest TimeModified that QuickBooks returned, in its own text, less two hours: its
offsets are wrong in summer (facts B2), and what is changed while it is read is caught by the overlap. Our
own clock says only where to begin.

Between the calls of a run, ``run.memory["survey"]`` holds a ``Progress``.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

from qbferry.model import Owner, OwnerKind
from qbferry.qbxml import ours, status
from qbferry.store.rows import AlertRow, FoundRow
from qbferry.transfer.marker import marker
from qbferry.transfer.preparation import MADE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qbferry.qbxml.ours import Ours
    from qbferry.qbxml.response import Answer, Response
    from qbferry.store.rows import HistoryRow
    from qbferry.transfer.call import Call

__all__ = ["OURS", "Question", "Survey"]

log = logging.getLogger("qbferry.survey")

KEY = "survey"

OVERLAP = timedelta(hours=2)
LONGEST = timedelta(days=92)
"""So far back is looked at most where there is no mark, or when the company file may be an older one: what
was sent before that is not looked after either."""

MARGIN = timedelta(days=2)
"""Between our clock and QuickBooks', whose zone is not known."""

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

ANSWERED = {0, 1}
"""All, or none, of what was asked for is there (facts B5)."""

MESSAGES = 200
"""Messages of ours whose lost answers may explain a marker that is not booked."""

START, WHOLE = "", "whole"

NEVER = 2**62
"""A place in the queue behind all that is due."""

STRANGERS = (
    "QuickBooks has {count} of this installation's that this database does not know, such as {kind} "
    "{number}, and they were made after it had last looked. Either this database was restored from a backup: "
    "then there is nothing to do, they are booked when their records are ready. Or a second server works "
    "with a copy of it on the same company file: stop one of the two. See: qbferry found list."
)

OURS = "ours-"
"""What the end of the requestIDs of these queries begins with; their names follow."""

Question = tuple[str, str, str]
"""Name without ``Rq``, body, further attributes."""


class Progress(TypedDict, total=False):
    """How far it has come.

    What is to be asked alone, each with the ID of its iterator, empty to begin with it, or ``whole``; the
    marks as they were and the greatest TimeModified so far, by query; whether it has ``begun``, goes back as
    far as it can (``deep``), and must ask one by one (``apart``); what was asked ``again``.
    """

    begun: bool
    deep: bool
    apart: bool
    rest: list[tuple[str, str]]
    marks: dict[str, str]
    tops: dict[str, str]
    again: list[str]


class Survey:
    """Asks, and keeps what it finds."""

    def __init__(self, owner_id: str) -> None:
        """Begin; the installation's OwnerID is the root of all markers."""
        self._owner_id = owner_id

    def questions(self, call: Call) -> list[Question]:
        """What to ask next: all kinds in one message, then by itself what has a remainder."""
        state = self._state(call)
        if not state.get("begun"):
            marks = call.tx.found.marks(call.row.id)
            queries = self._queries(call, marks)
            state |= Progress(marks=marks)
            if not state.get("apart"):
                self._keep(call, state)  # begun once it is answered: the call may come twice
                return [(ours.ACTIVITY, "", ""), *(self._part(call, each) for each in queries)]
            state |= Progress(begun=True, rest=[(query, START) for query in queries])
        rest = state.get("rest", [])
        self._keep(call, state)
        return [self._part(call, *rest[0])] if rest else []

    def answer(self, call: Call, asked: Sequence[str], answer: Answer | None, question_id: str) -> None:
        """Take what QuickBooks says; a query it does not answer is asked once more, or left for the next run.

        With it waits what it would show, unless it was never answered: the company file may lack the feature.

        Args:
            call: The call.
            asked: The names of what was asked.
            answer: None: QuickBooks did not understand the message.
            question_id: What the requestIDs begin with.
        """
        state = self._state(call)
        by_id = {response.request_id: response for response in answer.responses} if answer else {}
        strangers: list[Ours] = []
        alone = dict(state.get("rest", []))
        rest = [(query, iterator) for query, iterator in alone.items() if query not in asked]
        if answer is None and len(asked) > 1:  # one of them it cannot read: they are asked one by one
            state |= Progress(apart=True, begun=False, rest=[])
            self._keep(call, state)
            return
        state["begun"] = True
        for query in asked:
            response = by_id.get(f"{question_id}.{OURS}{query}")
            if query == ours.ACTIVITY:
                self._note_activity(call, state, response)
            elif response is None or response.status_code not in ANSWERED:
                if alone.get(query, START) not in (START, WHOLE):
                    rest.insert(0, (query, WHOLE))  # the iterator was lost: other requests may end it (B5)
                    continue
                said = response.message if response else "nothing"
                log.warning("QuickBooks of %s did not say what it has: %s: %s", call.row.name, query, said)
                if _passes(state, query, response):
                    again = state.setdefault("again", [])
                    if query in again:
                        self._hold(call, query)
                    else:
                        again.append(query)
                        rest.insert(0, (query, START))
            else:
                strangers += self._take(call, state, query, response)
                if response.iterator_remaining and response.iterator_id:
                    rest.insert(0, (query, response.iterator_id))
                else:
                    self._end(call, state, query)
        state["rest"] = rest if state.get("begun") else []
        if strangers:
            self._name(call, strangers)
        self._keep(call, state)

    def _hold(self, call: Call, query: str) -> None:
        """Let what a query would show wait for the next run: it may be there already."""
        country = call.connector.country or "US"
        kinds = {
            name: NEVER
            for name, known in call.tx.catalog.all().items()
            if query in {ours.query_for(request, country) for request in known.requests}
        }
        call.run.cursors = call.run.cursors | kinds

    def is_apart(self, call: Call) -> bool:
        """Whether everything is asked by itself, as QuickBooks cannot read one of the queries."""
        return bool(self._state(call).get("apart"))

    def deepen(self, call: Call) -> None:
        """Look as far back as it goes, once a run: the company file is not the one it was."""
        state = self._state(call)
        if not state.get("deep"):
            self._keep(call, state | Progress(deep=True, begun=False, rest=[]))

    def suspects(self, call: Call) -> list[int]:
        """The lines of the history that say another TxnID of a marker than was found and not booked."""
        found = {each.marker: each.txn_id for each in call.tx.found.standing(call.row.id)}
        return [
            line.id
            for marker, lines in call.tx.history.of_markers(call.row.id, found).items()
            for txn_id, line in _booked(lines).items()
            if txn_id != found[marker]
        ]

    # -- Parts

    def _queries(self, call: Call, marks: Mapping[str, str]) -> list[str]:
        """All queries that show what could ever be made, in a steady order."""
        requests = {request for known in call.tx.catalog.all().values() for request in known.requests}
        found = {ours.query_for(request, call.connector.country or "US") for request in requests}
        return sorted({query for query in found if query} | {*marks})

    def _part(self, call: Call, query: str, iterator: str = START) -> Question:
        limit = f"<MaxReturned>{ours.PAGE}</MaxReturned>"
        if iterator == WHOLE:
            return query, ours.changed_since(query, self._since(call, query)), ""
        if iterator != START:
            attributes = f'iterator="Continue" iteratorID="{iterator}"'
            return query, limit + ours.goes_on(query), attributes
        body = limit + ours.changed_since(query, self._since(call, query))
        return query, body, 'iterator="Start"'

    def _since(self, call: Call, query: str) -> str:
        state = self._state(call)
        begin = max(min(call.row.created_at, call.now), call.now - LONGEST) - MARGIN
        text = state.get("marks", {}).get(query)
        mark = ours.moment(text) if text else None
        if not text or mark is None or mark > call.now + MARGIN or (state.get("deep") and begin < mark):
            return begin.strftime("%Y-%m-%dT%H:%M:%S")
        return ours.earlier(text, OVERLAP)

    def _note_activity(self, call: Call, state: Progress, response: Response | None) -> None:
        """Look further back when the file was restored, and read the lists anew; never less far."""
        if response is None or response.is_error:
            return
        restored, before = ours.restored(response), call.row.restored
        call.row.restored = restored
        if before is None or restored == before:
            return
        call.tx.lists.forget(call.row.id)  # what was made since is not there either
        call.tx.polls.forget(call.row.id)
        if not state.get("deep"):
            state |= Progress(deep=True, begun=False)

    def _take(self, call: Call, state: Progress, query: str, response: Response) -> list[Ours]:
        """Compare markers with the history, and keep what is not booked.

        Returns:
            What was made since the last look.
        """
        found, top = ours.read(response)
        if top and _moment(top) <= call.now + MARGIN:  # a clock that was wrong must not end the looking
            tops = state.setdefault("tops", {})
            tops[query] = max(tops.get(query, top), top, key=_moment)
        if not found:
            return []
        lines = call.tx.history.of_markers(call.row.id, {each.marker for each in found})
        booked = {marker: _booked(group) for marker, group in lines.items()}
        unbooked = [
            each
            for each in found
            if {"", each.txn_id}.isdisjoint(booked.get(each.marker, {})) and not self._is_entry(call, each)
        ]
        rows = [_row(call, each) for each in unbooked]
        new = {row.marker for row in call.tx.found.add(call.row.id, rows)} if rows else set()
        if not new:
            return []
        call.row.found = True
        mark = state.get("marks", {}).get(query)
        return [
            each
            for each in unbooked
            if mark is not None and each.marker in new and _moment(each.created) >= _moment(mark)
        ]

    def _is_entry(self, call: Call, each: Ours) -> bool:
        """Whether it is an entry that was made for records, which need nothing but its name: it is linked."""
        owner = Owner(OwnerKind.ENTRY, each.kind, 0, each.number)
        if not each.is_entry or each.marker != marker(self._owner_id, call.row.file_id, owner, MADE, 0):
            return False
        call.tx.lists.link(call.row.id, each.kind, each.number, each.txn_id, "transfer")
        return True

    def _name(self, call: Call, strangers: Sequence[Ours]) -> None:
        """Name a second server, or a restored database: what was made since our last look, and not by us."""
        own = call.tx.messages.markers(call.row.id, MESSAGES)
        foreign = [each for each in strangers if each.marker not in own]
        if not foreign:
            return
        text = STRANGERS.format(count=len(foreign), kind=foreign[0].kind, number=foreign[0].number)
        log.warning("%s: %s", call.row.name, text)
        call.tx.alerts.alert(
            AlertRow(
                at=call.now,
                connector_id=call.row.id,
                run_id=call.run.id,
                kind="database.forgot",
                about=call.row.name,
                text=text,
            )
        )

    def _end(self, call: Call, state: Progress, query: str) -> None:
        """Note how far a query has come, now that all of it was read."""
        top, mark = state.get("tops", {}).get(query), state.get("marks", {}).get(query)
        if top and (not mark or _moment(top) > _moment(mark) or _moment(mark) > call.now + MARGIN):
            call.tx.found.keep_marks(call.row.id, {query: top})
        elif mark is None:
            call.tx.found.keep_marks(call.row.id, {query: ""})  # it was asked, and there was nothing

    def _state(self, call: Call) -> Progress:
        found: Progress = call.run.memory.get(KEY, {})
        return found

    def _keep(self, call: Call, state: Progress) -> None:
        call.remember(**{KEY: state})


def _passes(state: Progress, query: str, response: Response | None) -> bool:
    """Whether a query that is not answered will be: it is locked, or was answered in an earlier run.

    One that never was may ask for what this company file has not got.
    """
    locked = response is not None and status.is_lock(response.status_code, response.message)
    return locked or query in state.get("marks", {})


def _booked(lines: Sequence[HistoryRow]) -> dict[str, HistoryRow]:
    """TxnID -> the line that says QuickBooks has it; an empty TxnID: it was not noted."""
    held: dict[str, HistoryRow] = {}
    for line in lines:
        if line.kind == "Sent":
            held[line.txn_id or ""] = line
        elif line.kind == "Lost":
            held.pop(line.txn_id or "", None)
    return held


def _row(call: Call, each: Ours) -> FoundRow:
    return FoundRow(
        connector_id=call.row.id,
        marker=each.marker,
        kind=each.kind,
        txn_id=each.txn_id,
        number=each.number,
        created=each.created,
        at=call.now,
        run_id=call.run.id,
    )


def _moment(text: str) -> datetime:
    """A moment of QuickBooks' that can be read; one that cannot is long ago."""
    return ours.moment(text) or LONG_AGO
