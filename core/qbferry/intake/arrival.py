"""Taking checked records in: new ones are added, known ones changed, in one transaction."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qbferry.desk.drawer import Act, Cause, name_some, parts
from qbferry.desk.readiness import WAITING, queue, take_out, veto
from qbferry.errors import InFlightError, InputError
from qbferry.intake.filling import fill, make_row
from qbferry.intake.judging import judge
from qbferry.model import Ignore, Noted, SendAgain, TransferStatus, Withdraw

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from qbferry.desk.drawer import Drawer
    from qbferry.intake.judging import Judgement
    from qbferry.intake.reading import Arrival
    from qbferry.model import RecordRow

__all__ = ["ImportReport", "take_in"]


@dataclass
class ImportReport:
    """What an import did.

    Attributes:
        created: Records that were new.
        changed: Records that were there and are different now.
        unchanged: Records that were there just so.
        ready: Records it set ready.
        not_ready: Records it was asked to set ready and could not: id and reason.
        changed_since_transfer: Ids of changed records QuickBooks has in their old state; nothing is sent
            again by itself.
        pending_again: Ids of transferred records whose change itself goes to QuickBooks.
        taken_out: Ids of ready records whose change keeps them from going.
        elsewhere: The names of other connectors, with the ids of the records that were found there.
    """

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    ready: int = 0
    not_ready: list[tuple[str, str]] = field(default_factory=list)
    changed_since_transfer: list[str] = field(default_factory=list)
    pending_again: list[str] = field(default_factory=list)
    taken_out: list[str] = field(default_factory=list)
    elsewhere: dict[str, list[str]] = field(default_factory=dict)


def take_in(
    drawer: Drawer,
    arrivals: Sequence[Arrival],
    *,
    ready: bool = False,
    anywhere: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> ImportReport:
    """Add or change records, in the transaction of a locked drawer.

    Args:
        drawer: Where they go.
        arrivals: What ``read`` made of a file.
        ready: Set those ready that are Not Transferred and eligible.
        anywhere: A record that one other connector has already is changed there.
        progress: Told after each part how many records have been taken in with it.

    Raises:
        InputError: Several connectors have a record; or the plugin of the records does not run.
        InFlightError: A record that would change is with QuickBooks at this moment; nothing was changed.
        HookError: A plugin failed to judge a change; nothing was changed.
    """
    report = ImportReport()
    places = _places(drawer, arrivals) if anywhere else {drawer.row.id: arrivals}
    for connector_id, part in places.items():
        if connector_id == drawer.row.id:
            _take_in(drawer, part, report, ready=ready, progress=progress)
            continue
        with drawer.beside(connector_id) as other:
            _take_in(other, part, report, ready=ready, progress=progress)
            report.elsewhere[other.row.name] = [arrival.id for arrival in part]
    return report


def _places(drawer: Drawer, arrivals: Sequence[Arrival]) -> Mapping[int, Sequence[Arrival]]:
    """The connectors that have the records, the drawer's own for new ones; it is locked before the others."""
    there = drawer.tx.records.whereabouts(drawer.kind.name, [arrival.id for arrival in arrivals])
    if several := [name for name, places in there.items() if len(places) > 1]:
        names = {row.id: row.name for row in drawer.tx.connectors.everyone()}
        found = sorted({place for name in several for place in there[name]})
        raise InputError(
            f"Several connectors have {drawer.kind.plural.lower()} of these ids: {name_some(several)}. Name "
            f"one of {', '.join(names[place] for place in found)} with --connector. Nothing was imported."
        )
    sorted_out: dict[int, list[Arrival]] = defaultdict(list)
    for arrival in arrivals:
        [place] = there.get(arrival.id, [drawer.row.id])
        sorted_out[place].append(arrival)
    return dict(sorted(sorted_out.items(), key=lambda item: (item[0] != drawer.row.id, item[0])))


def _take_in(
    drawer: Drawer,
    arrivals: Sequence[Arrival],
    report: ImportReport,
    *,
    ready: bool,
    progress: Callable[[int], None],
) -> None:
    _refuse_in_flight(drawer, arrivals)
    for part in parts(arrivals):
        there = drawer.tx.records.by_id(drawer.row.id, drawer.kind.name, [arrival.id for arrival in part])
        new = {
            arrival.id: make_row(drawer.plugins, drawer.entity, drawer.row.id, arrival.text)
            for arrival in part
            if arrival.id not in there
        }
        drawer.add(list(new.values()))
        report.created += len(new)
        for arrival in part:
            if row := there.get(arrival.id):
                _compare(drawer, row, arrival, report)
        if ready:
            for arrival in part:
                _set_ready(drawer, new.get(arrival.id) or there[arrival.id], report)
        drawer.save()
        progress(len(part))


def _refuse_in_flight(drawer: Drawer, arrivals: Sequence[Arrival]) -> None:
    flying = drawer.tx.records.by_key(sorted(drawer.in_flight)).values()
    arriving = {arrival.id: arrival for arrival in arrivals} if flying else {}
    held = [row.id for row in flying if row.id in arriving and arriving[row.id].document != row.document]
    if held:
        raise InFlightError(
            f"{drawer.kind.plural} that are with QuickBooks at this moment cannot be changed: "
            f"{name_some(held)}. Nothing was imported; import the file again after the run."
        )


def _compare(drawer: Drawer, row: RecordRow, arrival: Arrival, report: ImportReport) -> None:
    if arrival.text == row.document_text or arrival.document == row.document:
        report.unchanged += 1
        return
    judgement = judge(drawer, row, arrival.text)
    if isinstance(judgement, Ignore):
        report.unchanged += 1
        return
    entity = drawer.entity
    row.document_text = arrival.text
    fill(drawer.plugins, entity, row, entity.document.model_validate_json(arrival.text))
    row.not_ready_reason = None
    drawer.touch(row, text=True)
    report.changed += 1
    if row.transfer_status is TransferStatus.TRANSFERRED:
        _change_transferred(drawer, row, judgement, report)
    elif isinstance(judgement, Withdraw) and row.transfer_status in WAITING and not row.in_doubt:
        take_out(drawer, row)
        drawer.note(row, Act.NOT_READY, "It has changed, and does not go any more.", cause=Cause.SOURCE)
        report.taken_out.append(row.id)


def _change_transferred(drawer: Drawer, row: RecordRow, judgement: Judgement, report: ImportReport) -> None:
    if judgement is None:
        return
    row.changed_since_transfer = True
    if isinstance(judgement, SendAgain):
        row.needs_resync = True
        queue(drawer, row)
        drawer.note(row, Act.CHANGED, "Its change goes with the next run.", cause=Cause.SOURCE)
        report.pending_again.append(row.id)
    else:
        row.needs_resync = isinstance(judgement, Noted) and judgement.more
        drawer.note(row, Act.CHANGED, "It is not sent again by itself.", cause=Cause.SOURCE)
        report.changed_since_transfer.append(row.id)


def _set_ready(drawer: Drawer, row: RecordRow, report: ImportReport) -> None:
    if row.transfer_status is not TransferStatus.NOT_TRANSFERRED:
        return
    reason = veto(drawer, row)
    if reason is None:
        queue(drawer, row)
        drawer.note(row, Act.READY)
        report.ready += 1
        return
    if row.not_ready_reason != reason:
        row.not_ready_reason = reason
        drawer.touch(row)
    report.not_ready.append((row.id, reason))
