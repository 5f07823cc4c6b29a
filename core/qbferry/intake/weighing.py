"""What each arriving record is to become, put into the staging tables; nothing else is written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from qbferry.desk.drawer import Act, Cause
from qbferry.desk.readiness import WAITING, known, partly, queue, take_out, veto
from qbferry.desk.routing import routed
from qbferry.desk.values import values
from qbferry.intake.filling import fill, new_row
from qbferry.intake.judging import judge
from qbferry.model import Ignore, Noted, SendAgain, TransferStatus, Withdraw, fold
from qbferry.store.staged import PROVISIONAL, carried, fresh

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from qbferry.desk.drawer import Drawer
    from qbferry.intake.judging import Judgement
    from qbferry.intake.reading import Arrival
    from qbferry.model import Document, RecordRow
    from qbferry.store.rows import ConnectorRow
    from qbferry.store.staging import Staging

__all__ = ["CHANGED", "PENDING", "TAKEN_OUT", "Scales"]

CHANGED, PENDING, TAKEN_OUT = "changed", "pending", "taken out"
"""What is told of a record that has changed: it stays as QuickBooks has it, goes again, goes no more."""


class Scales:
    """Weighs records, a part at a time; under which places in the queue is known when they are taken over.

    Attributes:
        staging: Where they are put.
        anywhere: A record that one other connector has already is changed there.
        several: Ids that several connectors have, with their keys.
        elsewhere: Ids that are new here and that others have, with their keys.
    """

    def __init__(
        self,
        staging: Staging,
        *,
        ready: bool,
        anywhere: bool,
        separate: bool = False,
        unchanged: bool = True,
    ) -> None:
        """Begin.

        Args:
            staging: The tables of this import.
            ready: Set those ready that are Not Transferred and eligible.
            anywhere: See above.
            separate: Records that are new to this connector are others than those of the same ids elsewhere.
            unchanged: Set those ready as well that are there and just so.
        """
        self.staging = staging
        self.anywhere = anywhere
        self.several: dict[str, list[int]] = {}
        self.elsewhere: dict[str, list[int]] = {}
        self._separate, self._unchanged = separate, unchanged
        self._routes: Mapping[str, int] | None = None
        self._ready = ready
        self._rows: dict[int, ConnectorRow] = {}
        self._lines = 0
        self._moves: dict[int, tuple[int, int]] = {}

    @property
    def connectors(self) -> list[int]:
        """The connectors whose records they are, by key."""
        return sorted(self._rows)

    def places(self, connector_id: int) -> int:
        """How many places in a connector's queue were given out."""
        row = self._rows.get(connector_id)
        return row.last_position - PROVISIONAL if row else 0

    def weigh(self, drawer: Drawer, arrivals: Sequence[Arrival]) -> None:
        """Put a part of the records in, as they are to be if the database stays as it is.

        Raises:
            HookError: A plugin failed to sum a record up, or to judge a change.
            InputError: The plugin of the records does not run.
        """
        records, kind = drawer.tx.records, drawer.kind.name
        ids = [arrival.id for arrival in arrivals]
        if not self.anywhere:
            there = records.by_id(drawer.row.id, kind, ids)
            if not self._separate:
                new = [each for each in ids if each not in there]
                self.elsewhere |= records.whereabouts(kind, new)
            self._weigh(self._at(drawer, drawer.row.id), arrivals, there)
            return
        places = records.whereabouts(kind, ids)
        parts: dict[int, list[Arrival]] = defaultdict(list)
        for arrival in arrivals:
            found = places.get(arrival.id)
            if found is None:
                parts[self._route(drawer, arrival)].append(arrival)
            elif len(found) == 1:
                parts[found[0]].append(arrival)
            else:
                self.several[arrival.id] = found
        for place, part in parts.items():
            known = records.by_id(place, kind, [arrival.id for arrival in part if arrival.id in places])
            self._weigh(self._at(drawer, place), part, known)

    def _route(self, drawer: Drawer, arrival: Arrival) -> int:
        """The connector that a new record belongs to: its party's, else the default one."""
        routes = self._routes_of(drawer)
        if not routes:
            return drawer.row.id
        party = fold(drawer.plugins.summary(drawer.entity, _document(drawer, arrival)).party)
        return routed(party, routes) or drawer.row.id

    def _reroute(self, drawer: Drawer, row: RecordRow, before: str) -> None:
        """Let a record whose party has changed go to that one's connector, if QuickBooks never had it."""
        routes = self._routes_of(drawer)
        target = routed(row.party_folded, routes)
        if target is None and routed(before, routes) == row.connector_id:
            target = drawer.tx.connectors.named(None).id
        if target is not None and target != row.connector_id:
            self._moves[row.pk] = row.connector_id, target
            self._at(drawer, target)

    def moves(self) -> dict[tuple[int, int], list[int]]:
        """Records whose party belongs to another connector now: from, to, and their keys."""
        found: dict[tuple[int, int], list[int]] = defaultdict(list)
        for pk, ends in self._moves.items():
            found[ends].append(pk)
        return found

    def _routes_of(self, drawer: Drawer) -> Mapping[str, int]:
        if self._routes is None:
            kind = drawer.entity.routed_by
            self._routes = drawer.tx.routes.of(kind) if kind else {}
        return self._routes

    def _at(self, drawer: Drawer, connector_id: int) -> Drawer:
        """The drawer of a connector, whose places are provisional; it is never saved."""
        if connector_id not in self._rows:
            rows = {drawer.row.id: drawer.row}
            if connector_id not in rows:
                rows = {row.id: row for row in drawer.tx.connectors.everyone()}
            self._rows[connector_id] = replace(rows[connector_id], last_position=PROVISIONAL)
        return replace(drawer, row=self._rows[connector_id])

    def _weigh(self, drawer: Drawer, arrivals: Sequence[Arrival], there: Mapping[str, RecordRow]) -> None:
        new = [arrival for arrival in arrivals if arrival.id not in there]
        known = [arrival for arrival in arrivals if arrival.id in there]
        self._put_new(drawer, new)
        self._put_known(drawer, known, there)

    # -- New ones

    def _put_new(self, drawer: Drawer, arrivals: Sequence[Arrival]) -> None:
        entity, connector_id = drawer.entity, drawer.row.id
        plugins, filterable = drawer.plugins, bool(entity.filterable)
        rows: list[tuple[Any, ...]] = []
        named: list[tuple[int, str, str]] = []
        for arrival, pk in zip(arrivals, self.staging.keys(len(arrivals)), strict=True):
            document = _document(drawer, arrival)
            row = new_row(plugins, entity, connector_id, arrival.text, document)
            if self._ready:
                _set_new_ready(drawer, row, document)
            rows.append((arrival.line, pk, connector_id, row.id, *fresh(row), arrival.text))
            if filterable:
                named += _named(drawer, arrival, row)
        self.staging.put_new(rows)
        self.staging.put_values(named)

    # -- Those that are there

    def _put_known(self, drawer: Drawer, arrivals: Sequence[Arrival], there: Mapping[str, RecordRow]) -> None:
        weighed = [self._weigh_known(drawer, there[arrival.id], arrival) for arrival in arrivals]
        touched, rewritten, lines = drawer.drain()
        self.staging.put_known(
            [
                (
                    *(arrival.line, row.pk, version, row.id in touched, row.id in rewritten, *found),
                    *(row.connector_id, row.id, *carried(row), arrival.text, row.state_text),
                )
                for arrival, (row, version, *found) in zip(arrivals, weighed, strict=True)
            ]
        )
        begin, self._lines = self._lines, self._lines + len(lines)
        self.staging.put_lines(
            [
                (
                    *(number, line.record_pk, line.connector_id, line.record_id),
                    *(
                        line.kind,
                        line.transfer,
                        line.reason,
                        line.reason_code,
                        line.status and str(line.status),
                    ),
                )
                for number, line in enumerate(lines, begin)
            ]
        )
        for arrival, (row, *_) in zip(arrivals, weighed, strict=True):
            if row.id in touched:
                self.staging.put_values(_named(drawer, arrival, row))

    def _weigh_known(
        self, drawer: Drawer, row: RecordRow, arrival: Arrival
    ) -> tuple[RecordRow, int, bool, str | None, bool, str | None]:
        """The record as it is to be; the version that was read; changed, told, ready, refused."""
        version, party = row.version, row.party_folded
        changed, told = _compare(drawer, row, arrival)
        self._moves.pop(row.pk, None)
        if self.anywhere and row.party_folded != party:
            self._reroute(drawer, row, party)
        ready, refused = False, None
        wanted = self._ready and (changed or self._unchanged)
        if wanted and row.transfer_status is TransferStatus.NOT_TRANSFERRED:
            refused = _set_ready(drawer, row)
            ready = refused is None
        return row, version, changed, told, ready, refused


def _document(drawer: Drawer, arrival: Arrival) -> Document:
    return arrival.checked or drawer.entity.document.model_validate_json(arrival.text)


def _named(drawer: Drawer, arrival: Arrival, row: RecordRow) -> list[tuple[int, str, str]]:
    """The filterable values of a record."""
    return [(arrival.line, name, value) for name, value in values(drawer.entity, row).items()]


def _compare(drawer: Drawer, row: RecordRow, arrival: Arrival) -> tuple[bool, str | None]:
    """Let a record have its new document, if it is another: whether it is, and what is told of it."""
    if arrival.text == row.document_text or arrival.document == row.document:
        return False, None
    judgement = judge(drawer, row, arrival.text)
    if isinstance(judgement, Ignore):
        return False, None
    row.document_text = arrival.text
    fill(drawer.plugins, drawer.entity, row, _document(drawer, arrival))
    row.not_ready_reason = None
    drawer.touch(row, text=True)
    if row.transfer_status is TransferStatus.TRANSFERRED:
        return True, _change_transferred(drawer, row, judgement)
    if isinstance(judgement, Withdraw) and row.transfer_status in WAITING and not row.in_doubt:
        take_out(drawer, row)
        drawer.note(row, Act.NOT_READY, _withdrawn(row), cause=Cause.SOURCE)
        return True, TAKEN_OUT
    return True, None


def _withdrawn(row: RecordRow) -> str:
    return " ".join(filter(None, ("It has changed, and does not go any more.", partly(row))))


def _change_transferred(drawer: Drawer, row: RecordRow, judgement: Judgement) -> str | None:
    if judgement is None:
        return None
    row.changed_since_transfer = True
    if isinstance(judgement, SendAgain):
        row.needs_resync = True
        queue(drawer, row)
        drawer.note(row, Act.CHANGED, "Its change goes with the next run.", cause=Cause.SOURCE)
        return PENDING
    row.needs_resync = isinstance(judgement, Noted) and judgement.more
    drawer.note(row, Act.CHANGED, "It is not sent again by itself.", cause=Cause.SOURCE)
    return CHANGED


def _set_new_ready(drawer: Drawer, row: RecordRow, document: Document) -> None:
    """Set a new record ready, or keep why not; its line of the history is written when it is taken over."""
    row.not_ready_reason = None if known(drawer, row) else veto(drawer, row, document)
    if row.not_ready_reason is None:
        row.transfer_status, row.queue_position = TransferStatus.PENDING, drawer.next_position()


def _set_ready(drawer: Drawer, row: RecordRow) -> str | None:
    """Set a record ready that is there; why not, if not."""
    there = known(drawer, row)
    reason = None if there else veto(drawer, row)
    if reason is None:
        queue(drawer, row)
        drawer.note(row, Act.READY, there)
    elif row.not_ready_reason != reason:
        row.not_ready_reason = reason
        drawer.touch(row)
    return reason
