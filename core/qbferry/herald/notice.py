"""What is worth an alert, seen from what is stored: nothing of it costs a Web Connector's call anything.

An alert stands until it is dismissed or has come right; what goes on failing for the same reason is one fact.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from qbferry.desk.connection import Grade, calls
from qbferry.desk.failing import grouped
from qbferry.desk.shelf import Shelf, name_some
from qbferry.model import TransferStatus
from qbferry.store.counters import counted
from qbferry.store.records import Filter
from qbferry.store.rows import AlertRow

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import datetime

    from qbferry.store.catalog import KnownKind
    from qbferry.store.database import Database
    from qbferry.store.rows import ConnectorRow, RunRow
    from qbferry.store.transaction import Transaction

__all__ = ["KINDS", "notice_all"]

KINDS = (
    *("connector.silent", "run.error", "records.failed", "record.doubt"),
    *("source.failed", "source.refused", "source.untold"),
)
"""The kinds of alerts that are raised here, and go by themselves when what they tell has come right."""

LOOKED_THROUGH = 2_000
"""Failed records of a kind whose reasons are gathered, those that came first."""

FAILED_TWICE = 2
"""A source that failed once is tried again before anybody hears of it."""

OFTEN = 5
"""What could not be told so often, within some minutes, is worth an alert."""

DOUBTFUL = 100
"""Records in doubt that are told one by one."""


def notice_all(
    database: Database,
    running: Mapping[str, KnownKind],
    sources: Collection[str],
    now: datetime,
    *,
    since: datetime,
    listens: Callable[[str], object],
) -> None:
    """Raise alerts for what is wrong, and let those go that have come right; of every connector.

    Everything is looked at without a lock; only what has changed is written.

    Args:
        database: Where the records are.
        running: The kinds whose plugins run.
        sources: The names of the sources that are read.
        now: When it is.
        since: Since when Web Connectors could have called: before, nobody would have heard them.
        listens: Whether anybody is told of a connector's alerts.
    """
    with database.read() as tx:
        failed = {
            (one.connector_id, one.entity)
            for one in counted(tx.connection)
            if one.transfer_status is TransferStatus.FAILED and one.records
        }
        rows = tx.connectors.everyone()
        names = {row.id: row.name for row in rows}
        unheard = tx.runs.unheard()
        found = [_failed_run(names[run.connector_id], run, now) for run in unheard]
        for row in rows:
            kinds = {name for key, name in failed if key == row.id}
            found += _wrong(tx, row, running, now, since, kinds)
        found += [*_dry(tx, sources, now), *_untold(tx, now)]
        wrong = {(one.connector_id, one.kind, one.about): one for one in found}
        standing = {
            (one.connector_id, one.kind, one.about): one for row in rows for one in tx.alerts.standing(row.id)
        }
        held = {(one.connector_id, one.kind, one.about): one for one in tx.alerts.held(KINDS)}
    right = [
        one
        for key, one in standing.items()
        if one.kind in KINDS
        and key not in wrong
        # A run is over, whatever the next one did: whoever wants to hear of it does.
        and not (one.kind == "run.error" and one.told_at is None and listens(names[one.connector_id]))
    ]
    over = [one.id for key, one in held.items() if key not in wrong] + [one.id for one in right]
    new = [one for key, one in wrong.items() if key not in standing and key not in held]
    if over or new or unheard:
        with database.write() as tx:
            for one in right:
                tx.alerts.dismiss(one.id, now, "")
            tx.alerts.over(over, now)
            for one in new:
                tx.alerts.alert(one)
            tx.runs.hear([run.id for run in unheard])


def _wrong(
    tx: Transaction,
    row: ConnectorRow,
    running: Mapping[str, KnownKind],
    now: datetime,
    since: datetime,
    failed: Collection[str],
) -> Iterator[AlertRow]:
    def alert(kind: str, about: str, text: str, **more: object) -> AlertRow:
        return AlertRow(at=now, connector_id=row.id, kind=kind, about=about[:255], text=text, **more)  # type: ignore[arg-type]

    seen = calls(row, since)
    if seen.health is Grade.ILL:
        yield alert("connector.silent", row.name, f"{seen.about}: {seen.seen}. {seen.advice}")
    run = tx.runs.last_ended(row.id)
    if run and run.last_error:
        yield _failed_run(row.name, run, now)
    for name in failed:
        shelf = Shelf.open(tx, running, name, row.name)
        for group in grouped(shelf, LOOKED_THROUGH):
            what = f"{len(group.ids)} {(group.plural if len(group.ids) > 1 else group.label).lower()}"
            text = f"{what} did not go to QuickBooks: {group.reason} ({name_some(group.ids)})"
            yield alert("records.failed", _digest(name + group.shape), text, entity=name)
        doubtful = tx.records.page(row.id, name, Filter(in_doubt=True), limit=DOUBTFUL)
        for record in doubtful:
            text = record.reason or f"Nobody can tell whether QuickBooks has {shelf.kind.label} {record.id}."
            yield alert("record.doubt", f"{name} {record.id}", text, entity=name, record_pk=record.pk)


def _dry(tx: Transaction, sources: Collection[str], now: datetime) -> Iterator[AlertRow]:
    """What is wrong with sources; the default connector's, as nobody knows whose their records are yet."""
    place = next((row.id for row in tx.connectors.everyone() if row.is_default), None)
    stands = tx.sources.all() if place is not None and sources else {}
    for name in sorted(stands.keys() & {*sources}):
        row = stands[name]
        if row.tries >= FAILED_TWICE:
            text = f"The source {name} cannot be read: {row.error}"
            yield AlertRow(at=now, connector_id=place or 0, kind="source.failed", about=name, text=text)
        for one in tx.sources.refusals(name, DOUBTFUL):
            if one.reason is not None:
                text = f"{one.id} of the source {name} could not be taken in: {one.reason}"
                about = f"{name} {one.id}"
                yield AlertRow(at=now, connector_id=place or 0, kind="source.refused", about=about, text=text)


def _untold(tx: Transaction, now: datetime) -> Iterator[AlertRow]:
    """What plugins try in vain to tell the outside world."""
    for one in tx.outbox.failing(OFTEN):
        count = f"{one.records} record{'s' * (one.records > 1)}"
        text = f"The plugin {one.plugin} cannot tell what became of {count}: {one.error}"
        yield AlertRow(
            at=now, connector_id=one.connector_id, kind="source.untold", about=one.plugin, text=text
        )


def _failed_run(name: str, run: RunRow, now: datetime) -> AlertRow:
    return AlertRow(
        at=now,
        connector_id=run.connector_id,
        kind="run.error",
        about=_digest(run.last_error),
        text=f"A run of {name} ended with an error: {run.last_error}",
        run_id=run.id,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
