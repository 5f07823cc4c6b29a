"""Taking records in: weighed into staging tables first, then taken over in one transaction, all or none."""

from __future__ import annotations

import gc
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from qbferry.desk.drawer import Act, name_some
from qbferry.errors import InFlightError, InputError
from qbferry.intake.reading import Arrival, Lines
from qbferry.intake.weighing import CHANGED, PENDING, TAKEN_OUT, Scales
from qbferry.model import RecordRow
from qbferry.store.staged import PROVISIONAL
from qbferry.store.staging import Staging

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from qbferry.desk.drawer import Drawer
    from qbferry.intake.reading import Reading
    from qbferry.model import Entity
    from qbferry.store.database import Database
    from qbferry.store.transaction import Transaction

__all__ = ["ImportReport", "bring_in", "take_in"]

PART = 200
"""Records that are weighed at a time: what few there are is still at hand for the processor."""


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
        connectors: The names of connectors, with how many of the records belong to each.
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
    connectors: dict[str, int] = field(default_factory=dict, compare=False)

    def view(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "created": self.created,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "ready": self.ready,
            "not_ready": [{"id": name, "reason": reason} for name, reason in self.not_ready],
            "changed_since_transfer": self.changed_since_transfer,
            "pending_again": self.pending_again,
            "taken_out": self.taken_out,
            "elsewhere": self.elsewhere,
            "connectors": self.connectors,
        }


def bring_in(
    database: Database,
    open_drawer: Callable[[Transaction, bool], AbstractContextManager[Drawer]],
    read: Callable[[Entity], Reading],
    *,
    ready: bool = False,
    anywhere: bool = False,
    separate: bool = False,
    dry_run: bool = False,
    origin: str = "file",
    book: Callable[[Transaction, ImportReport], object] | None = None,
) -> ImportReport:
    """Import a file of whatever length. The database is locked only while the records are taken over.

    What has become another record meanwhile, by a run or by another import, is weighed again then.

    Args:
        database: The database.
        open_drawer: Given a transaction and whether to lock, opens the drawer they go to.
        read: Given the kind of record, begins to read the file.
        ready: Set those ready that are Not Transferred and eligible.
        anywhere: A record that one other connector has already is changed there, and a new one goes to the
            connector of its organization or resource.
        separate: Otherwise: records of ids that only other connectors have are others than those.
        dry_run: Only tell what would become of them.
        origin: Where new ones come from.
        book: Told what became of them in the transaction that takes them over; what it raises undoes that.

    Raises:
        InputError: Lines do not fit; or as ``take_in``.
        InFlightError: As ``take_in``.
        HookError: As ``take_in``.
    """
    with database.sitting() as sitting:
        with sitting.read() as tx, open_drawer(tx, False) as drawer:
            scales = Scales(Staging(tx.connection), ready=ready, anywhere=anywhere, separate=separate)
            checked = Lines(drawer.entity, read(drawer.entity))
        arrivals = iter(checked)
        with _swept_by_hand() as sweep:
            while part := list(islice(arrivals, PART)):
                with sitting.read():
                    if checked.faulty:
                        scales.staging.put_ids([(arrival.line, arrival.id) for arrival in part])
                    else:
                        scales.weigh(drawer, part)
                del part
                sweep()
        with sitting.read() as tx, open_drawer(tx, False) as drawer:
            scales.staging.analyze()
            checked.check(scales.staging.doubles())
            _refuse_elsewhere(drawer, scales)
        if not dry_run:
            with sitting.write() as tx, open_drawer(tx, True) as drawer:
                _take_over(drawer, scales, origin)
                if book is not None:
                    book(tx, _report(drawer, scales))
        with sitting.read() as tx, open_drawer(tx, False) as drawer:
            return _report(drawer, scales)


@contextmanager
def _swept_by_hand() -> Iterator[Callable[[], object]]:
    """Let the garbage collector run where it is told to: a tenth of the time goes into what lives anyway."""
    if not gc.isenabled():
        yield int
        return
    gc.disable()
    try:
        yield lambda: gc.collect(1)
    finally:
        gc.enable()


def take_in(
    drawer: Drawer,
    arrivals: Iterable[Arrival],
    *,
    ready: bool = False,
    anywhere: bool = False,
    separate: bool = False,
    unchanged: bool = True,
    origin: str = "file",
) -> ImportReport:
    """Add or change a few records, in the transaction of a locked drawer.

    Args:
        drawer: Where they go.
        arrivals: What ``read`` made of a file.
        ready: Set those ready that are Not Transferred and eligible.
        anywhere: As for ``bring_in``.
        separate: As for ``bring_in``.
        unchanged: Set those ready as well that are there and just so.
        origin: Where new ones come from: a source's name.

    Raises:
        InputError: Several connectors have a record; or the plugin of the records does not run.
        InFlightError: A record that would change is with QuickBooks at this moment; nothing was changed.
        HookError: A plugin failed to judge a change; nothing was changed.
    """
    drawer.save()
    staging = Staging(drawer.tx.connection)
    scales = Scales(staging, ready=ready, anywhere=anywhere, separate=separate, unchanged=unchanged)
    left = iter(arrivals)
    while part := list(islice(left, PART)):
        scales.weigh(drawer, part)
    _take_over(drawer, scales, origin)
    report = _report(drawer, scales)
    staging.drop()
    return report


def _take_over(drawer: Drawer, scales: Scales, origin: str = "file") -> None:
    """Let the connectors have what was weighed, and weigh again what is no more as it was."""
    staging = scales.staging
    with ExitStack() as stack:
        drawers = {drawer.row.id: drawer}
        while True:
            for place in scales.connectors:
                if place not in drawers:
                    drawers[place] = stack.enter_context(drawer.beside(place))
            outdated = staging.outdated(drawer.kind.name, anywhere=scales.anywhere)
            if not outdated:
                break
            staging.forget([each.line for each in outdated])
            scales.weigh(
                drawer, [Arrival(each.id, each.batch, each.document, each.line) for each in outdated]
            )
        _refuse_several(drawer, scales)
        _refuse_elsewhere(drawer, scales)
        for each in drawers.values():
            _refuse_in_flight(each, staging)
        for each in drawers.values():
            _give(each, scales, origin)
        for (source, target), keys in scales.moves().items():
            row, routes = drawers[target].row, drawer.tx.routes
            goes = routes.never_had(keys)
            row.last_position = routes.move(drawer.kind.name, goes, source, target, row.last_position)
            drawer.tx.connectors.save(row)


def _give(drawer: Drawer, scales: Scales, origin: str) -> None:
    row = drawer.row
    note = drawer.line(RecordRow(connector_id=row.id, entity=drawer.kind.name, id=""), Act.READY)
    scales.staging.take_over(note, row.last_position - PROVISIONAL, origin)
    if given := scales.places(row.id):
        row.last_position += given
        drawer.tx.connectors.save(row)


def _refuse_several(drawer: Drawer, scales: Scales) -> None:
    if several := scales.several:
        names = {row.id: row.name for row in drawer.tx.connectors.everyone()}
        found = sorted({place for places in several.values() for place in places})
        raise InputError(
            f"Several connectors have {drawer.kind.plural.lower()} of these ids: {name_some([*several])}. "
            f"Name one of {', '.join(names[place] for place in found)} with --connector. "
            "Nothing was imported."
        )


def _refuse_elsewhere(drawer: Drawer, scales: Scales) -> None:
    """The same id cannot silently live in two company files: it would be there twice."""
    if scales.elsewhere:
        names = {row.id: row.name for row in drawer.tx.connectors.everyone()}
        found = sorted({place for places in scales.elsewhere.values() for place in places})
        raise InputError(
            f"{', '.join(names[place] for place in found)} has {drawer.kind.plural.lower()} of these ids "
            f"already: {name_some([*scales.elsewhere])}. Leave out the connector, and they are changed "
            f"there. If those for {drawer.row.name} are others that only have the same ids, say so "
            "(--separate). Nothing was imported."
        )


def _refuse_in_flight(drawer: Drawer, staging: Staging) -> None:
    held = sorted((each.line, each.id) for each in _in_flight(drawer, staging))
    if held:
        raise InFlightError(
            f"{drawer.kind.plural} that are with QuickBooks at this moment cannot be changed: "
            f"{name_some([name for _, name in held])}. Nothing was imported; import the file again after "
            "the run."
        )


def _in_flight(drawer: Drawer, staging: Staging) -> Iterator[Arrival]:
    """Those that would change while they are with QuickBooks."""
    flying = drawer.tx.records.by_key(sorted(drawer.in_flight))
    for pk, each in staging.of(flying):
        arrival = Arrival(each.id, each.batch, each.document, each.line)
        if arrival.document != flying[pk].document:
            yield arrival


def _report(drawer: Drawer, scales: Scales) -> ImportReport:
    staging = scales.staging
    tally = staging.tally()
    names = {row.id: row.name for row in drawer.tx.connectors.everyone()}
    others = [place for place in scales.connectors if place != drawer.row.id]
    return ImportReport(
        **tally._asdict(),
        not_ready=staging.refused(),
        changed_since_transfer=staging.told(CHANGED),
        pending_again=staging.told(PENDING),
        taken_out=staging.told(TAKEN_OUT),
        elsewhere={names[place]: ids for place in others if (ids := staging.of_connector(place))},
        connectors={names[place]: count for place, count in staging.connectors().items()},
    )
