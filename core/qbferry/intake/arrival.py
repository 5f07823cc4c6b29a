"""Taking checked records in: new ones are added, known ones changed, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qbferry.desk.drawer import MANY, name_some
from qbferry.desk.readiness import queue, veto
from qbferry.errors import InFlightError
from qbferry.model import TransferStatus
from qbferry.store.queue import Queue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from qbferry.desk.drawer import Drawer
    from qbferry.intake.reading import Arrival

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
    """

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    ready: int = 0
    not_ready: list[tuple[str, str]] = field(default_factory=list)
    changed_since_transfer: list[str] = field(default_factory=list)
    pending_again: list[str] = field(default_factory=list)
    taken_out: list[str] = field(default_factory=list)


def take_in(
    drawer: Drawer,
    arrivals: Sequence[Arrival],
    *,
    ready: bool = False,
    progress: Callable[[int], None] = lambda _: None,
) -> ImportReport:
    """Add or change records, in the transaction of a locked drawer.

    Args:
        drawer: Where they go.
        arrivals: What ``read`` made of a file.
        ready: Set those ready that are Not Transferred and eligible.
        progress: Told after each part how many records have been taken in with it.

    Raises:
        InFlightError: A record that would change is with QuickBooks at this moment; nothing was changed.
        HookError: A plugin failed to judge a change; nothing was changed.
    """
    _refuse_in_flight(drawer, arrivals)
    report = ImportReport()
    record_class = drawer.entity.record
    for start in range(0, len(arrivals), MANY):
        part = arrivals[start : start + MANY]
        known = drawer.session.scalars(drawer.select().where(record_class.id.in_([one.id for one in part])))
        there: dict[str, Any] = {record.id: record for record in known}
        at_hand: list[Any] = []
        for arrival in part:
            record = there.get(arrival.id)
            if record is None:
                record = record_class(
                    connector_id=drawer.row.id,
                    id=arrival.id,
                    batch=arrival.batch,
                    document=arrival.document,
                )
                drawer.session.add(record)
                report.created += 1
            elif (document := arrival.document) == record.document:
                report.unchanged += 1
            else:
                _change(drawer, record, arrival.batch, document, report)
            at_hand.append(record)
        drawer.session.flush()
        if ready:
            _set_ready(drawer, at_hand, report)
            drawer.session.flush()
        for record in at_hand:
            drawer.session.expunge(record)
        progress(len(part))
    return report


def _refuse_in_flight(drawer: Drawer, arrivals: Sequence[Arrival]) -> None:
    flying = Queue(drawer.entity).by_key(drawer.session, sorted(drawer.in_flight))
    if not flying:
        return
    arriving = {arrival.id: arrival for arrival in arrivals}
    held = [
        record.id
        for record in flying.values()
        if record.id in arriving and arriving[record.id].document != record.document
    ]
    if held:
        raise InFlightError(
            f"{drawer.entity.plural} that are with QuickBooks at this moment cannot be changed: "
            f"{name_some(held)}. Nothing was imported; import the file again after the run."
        )


def _change(
    drawer: Drawer, record: Any, batch: str | None, document: dict[str, Any], report: ImportReport
) -> None:
    previous, record.document, record.batch = record.document, document, batch
    before = record.transfer_status
    if before is TransferStatus.NOT_TRANSFERRED:
        report.changed += 1
        return
    again = drawer.plugins.check_change(drawer.entity, record, previous)
    if record.document == previous:
        report.unchanged += 1
        return
    report.changed += 1
    if record.transfer_status is TransferStatus.NOT_TRANSFERRED:
        record.queue_position = record.reason = None
        report.taken_out.append(record.id)
        return
    if before is not TransferStatus.TRANSFERRED:
        return
    record.changed_since_transfer = True
    if again:
        queue(drawer, record)
        report.pending_again.append(record.id)
    else:
        report.changed_since_transfer.append(record.id)


def _set_ready(drawer: Drawer, records: Sequence[Any], report: ImportReport) -> None:
    for record in records:
        if record.transfer_status is not TransferStatus.NOT_TRANSFERRED:
            continue
        reason = veto(drawer, record)
        if reason is None:
            queue(drawer, record)
            report.ready += 1
        else:
            report.not_ready.append((record.id, reason))
