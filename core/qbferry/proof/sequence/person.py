"""The person at the desk, who looks into QuickBooks and tells the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.desk import doubles, doubt, readiness
from qbferry.model import OwnerKind, TransferStatus
from qbferry.proof.sequence.truth import bare
from qbferry.simulator import bookkeeper

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry.desk.drawer import Drawer
    from qbferry.model import RecordRow
    from qbferry.proof.sequence.scene import Scene

__all__ = ["decide", "delete_doubles", "set_not_ready", "set_ready"]


def set_not_ready(scene: Scene, entity: str) -> None:
    """Take what waits out of the coming runs."""
    for drawer in _drawers(scene, entity):
        list(readiness.set_not_ready(drawer, _records(drawer)))


def set_ready(scene: Scene, entity: str | None = None) -> None:
    """Set ready what is not, and may be; nothing is sent a second time."""
    for drawer in _drawers(scene, entity):
        done = TransferStatus.TRANSFERRED
        rows = [row for row in _records(drawer) if row.transfer_status is not done or row.needs_resync]
        list(readiness.set_ready(drawer, rows))


def decide(scene: Scene) -> int:
    """Look into QuickBooks for what is in doubt, and say what is there; how many records that was."""
    return sum(_decide(scene, drawer, row) for drawer in _drawers(scene) for row in doubt.doubtful(drawer))


def delete_doubles(scene: Scene) -> list[str]:
    """Have the doubles deleted that the server has noticed, and that are some; their TxnIDs.

    What a person deleted in QuickBooks, and is there again, is deleted there once more.
    """
    live = scene.truth.live()
    deleted = {made.marker for made in scene.truth.deleted.values()}
    noticed = []
    with scene.premises.office.application.database.write() as tx:
        for double in doubles.found(tx, None):
            made = next((made for made in live if made.txn_id == double["txn_id"]), None)
            if made and sum(each.marker == made.marker for each in live) > 1:
                doubles.delete(tx, None, made.txn_id)
                noticed.append(made.txn_id)
        told = " ".join(alert.text for alert in tx.alerts.standing(1))
    for made in live:
        if made.marker in deleted and made.txn_id in told:
            bookkeeper.delete(scene.premises.company, made.txn_id)
            noticed.append(made.txn_id)
    return noticed


def _drawers(scene: Scene, entity: str | None = None) -> Iterator[Drawer]:
    for name in scene.premises.office.application.plugins.entities:
        if entity in (None, name):
            with scene.premises.drawer(name) as drawer:
                yield drawer


def _records(drawer: Drawer) -> list[RecordRow]:
    from qbferry.store.records import Filter

    return drawer.tx.records.page(drawer.row.id, drawer.kind.name, Filter(), limit=None)


def _decide(scene: Scene, drawer: Drawer, row: RecordRow) -> bool:
    """Say whether all of it is there; of what is there in part the part is deleted first."""
    markers = {
        part["key"]: bare(part["marker"])
        for message in drawer.tx.messages.everything(drawer.row.id)
        for part in message.requests
        if part["owner"] == OwnerKind.RECORD and part["pk"] == row.pk and part["key"] in row.doubtful
    }
    deleted = {made.marker for made in scene.truth.deleted.values()}
    there = {made.marker: made for made in scene.truth.of(scene.premises.company)}
    known = {key for key, marker in markers.items() if marker in there or marker in deleted}
    known |= {key for key, marker in markers.items() if scene.truth.has_entry(marker)}
    if known == row.doubtful.keys():
        first = next((there[marker] for marker in markers.values() if marker in there), None)
        doubt.there(
            drawer,
            row.id,
            txn_id=first.txn_id if first else None,
            number=first.data["RefNumber"] if first else None,
        )
        return True
    for marker in markers.values():
        if marker in there:
            bookkeeper.delete(scene.premises.company, there[marker].txn_id)
    doubt.not_there(drawer, row.id)
    return True
