"""The verdict on a trial: what each record should be, what the server says, and what QuickBooks has."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from qbferry.model import TransferStatus
from qbferry.store.counters import counted
from qbferry.store.records import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from qbferry.model import RecordRow
    from qbferry.proof.scenario import Wish
    from qbferry.proof.sequence.scene import Scene
    from qbferry.proof.sequence.truth import Made

__all__ = ["Charge", "Verdict", "asked", "unfinished", "verdicts"]


class Charge(StrEnum):
    """What can be wrong."""

    LOST = "lost"
    DOUBLED = "doubled"
    STATUS = "wrong status"
    STUCK = "stuck"
    ASKED = "person asked without need"
    FAILED = "server failed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that is wrong."""

    charge: Charge
    text: str

    def __str__(self) -> str:
        return f"{self.charge}: {self.text}"


def records(scene: Scene) -> dict[tuple[str, str], RecordRow]:
    """All records, by entity and id."""
    application = scene.premises.office.application
    with application.database.read() as tx:
        return {
            (entity, row.id): row
            for entity in application.plugins.entities
            for row in tx.records.page(1, entity, Filter(), limit=None)
        }


def unfinished(scene: Scene) -> list[str]:
    """What is not as it should be in the end, and may become so in the runs to come."""
    found = records(scene)
    entities = scene.premises.office.application.plugins.entities
    with scene.premises.office.application.database.read() as tx:
        unsettled = tx.messages.unsettled(1)
    told = [f"Message {unsettled.message_set_id} has no answer."] if unsettled else []
    for wish in scene.latest():
        if wish.entity in entities:
            row = found.get((wish.entity, wish.document["id"]))
            if row is None or row.transfer_status is not wish.status or wish.reason not in (row.reason or ""):
                told.append(_stands(wish, row))
    return told


def asked(scene: Scene) -> list[str]:
    """What waits for a person: in doubt, held, or an alert that nothing which struck explains."""
    found = []
    explained = {kind for trouble in scene.struck for kind in trouble.tells}
    for (entity, name), row in records(scene).items():
        held = row.transfer_status is TransferStatus.FAILED and row.queue_position is None
        if row.in_doubt or held:
            found.append(f"{entity} {name}: {row.reason}")
    with scene.premises.office.application.database.read() as tx:
        found += [alert.text for alert in tx.alerts.standing(1) if alert.kind not in explained]
    return found


def verdicts(scene: Scene) -> Iterator[Verdict]:
    """Compare everything, once all is at rest."""
    live = scene.truth.live()
    # What went into another file, as somebody let it, is not missed here, and may have come here after all.
    astray = Counter((made.entity, made.id, made.kind) for made in scene.truth.astray())
    yield from _twice(scene, live)
    there: dict[tuple[str, str], list[Made]] = defaultdict(list)
    for made in live:
        there[made.entity, made.id].append(made)
    found = records(scene)
    for wish in scene.latest():
        owner = (wish.entity, wish.document["id"])
        if wish.entity in scene.premises.office.application.plugins.entities:
            yield from _judge(scene, wish, found.get(owner), there[owner], astray)
    yield from (Verdict(Charge.STATUS, text) for text in _recount(scene, found))


def _twice(scene: Scene, live: Sequence[Made]) -> Iterator[Verdict]:
    for (marker, _), number in Counter((made.marker, made.kind) for made in live).items():
        if number > 1:
            made = next(made for made in live if made.marker == marker)
            ids = ", ".join(each.txn_id for each in live if each.marker == marker)
            yield Verdict(
                Charge.DOUBLED, f"{made.key} of {made.entity} {made.id} is there {number} times: {ids}."
            )
    for made in scene.truth.needless():
        text = f"{made.key} of {made.entity} {made.id} went into another company file as well."
        yield Verdict(Charge.DOUBLED, text)
    for txn_id in scene.truth.strangers():
        yield Verdict(Charge.DOUBLED, f"{txn_id} is in QuickBooks, and nobody knows whose it is.")


def _judge(
    scene: Scene,
    wish: Wish,
    row: RecordRow | None,
    there: Sequence[Made],
    astray: Mapping[tuple[str, str, str], int],
) -> Iterator[Verdict]:
    name = f"{wish.entity} {wish.document['id']}"
    done = row is not None and row.transfer_status is TransferStatus.TRANSFERRED
    if row is None or row.transfer_status is not wish.status or wish.reason not in (row.reason or ""):
        waits = row is None or row.transfer_status in (TransferStatus.PENDING, TransferStatus.FAILED)
        yield Verdict(Charge.STUCK if waits else Charge.STATUS, _stands(wish, row))
    missing = Charge.LOST if done else Charge.STUCK
    expected = wish.there or {}
    any_number = wish.quantities.keys() - expected.keys()
    kinds = {*expected, *(made.kind for made in there)} - any_number if wish.there is not None else ()
    for kind in sorted(kinds):
        number, wanted = sum(made.kind == kind for made in there), expected.get(kind, 0)
        least = wanted - _deleted(scene, wish, kind) - astray[wish.entity, wish.document["id"], kind]
        most = wanted - _deleted_for_good(scene, wish, kind)
        if number < least:
            yield Verdict(missing, f"QuickBooks has {number} {kind} of {name}, and should have {wanted}.")
        if number > most:
            yield Verdict(
                Charge.DOUBLED, f"QuickBooks has {number} {kind} of {name}, and should have {most}."
            )
    for kind, quantity in wish.quantities.items():
        lines = [line for made in there if made.kind == kind for line in made.data["lines"]]
        total = sum((Decimal(line.get("Quantity") or 0) for line in lines), Decimal(0))
        if total != Decimal(quantity) and not scene.truth.elsewhere:
            charge = Charge.DOUBLED if total > Decimal(quantity) else missing
            yield Verdict(charge, f"{kind} of {name} add up to {total}, and should to {quantity}.")
    for kind, names in wish.names.items():
        known = [entry["FullName"] for entry in scene.premises.company.entries(kind)]
        for wanted_name in names:
            if done and wanted_name not in known and not scene.truth.elsewhere:
                yield Verdict(Charge.LOST, f"QuickBooks does not know the {kind} {wanted_name} of {name}.")
            if (number := known.count(wanted_name)) > 1:
                yield Verdict(Charge.DOUBLED, f"QuickBooks has the {kind} {wanted_name} {number} times.")
    if row is not None and done and row.txn_id and not _is_there(scene, row, there):
        yield Verdict(Charge.STATUS, f"{name} says that it is TxnID {row.txn_id}, which is not there.")


def _deleted(scene: Scene, wish: Wish, kind: str) -> int:
    """How many a person has deleted."""
    owner = (wish.entity, wish.document["id"])
    return sum((made.entity, made.id) == owner and made.kind == kind for made in scene.truth.deleted.values())


def _deleted_for_good(scene: Scene, wish: Wish, kind: str) -> int:
    """The same, but where a backup came back it may be there again: in it, or as nobody knows of it."""
    return 0 if any(trouble.copies for trouble in scene.struck) else _deleted(scene, wish, kind)


def _is_there(scene: Scene, row: RecordRow, there: Sequence[Made]) -> bool:
    known = {made.txn_id for made in (*there, *scene.truth.astray())}
    return row.txn_id in known or row.txn_id in {*scene.truth.deleted, *scene.truth.thinned}


def _stands(wish: Wish, row: RecordRow | None) -> str:
    name = f"{wish.entity} {wish.document['id']}"
    if row is None:
        return f"{name} is gone."
    return f"{name} is {row.transfer_status} ({row.reason}), and should be {wish.status}."


def _recount(scene: Scene, found: Mapping[tuple[str, str], RecordRow]) -> Iterator[str]:
    """Hold the counters against the records."""
    with scene.premises.office.application.database.read() as tx:
        said = Counter[tuple[str, str]]()
        for line in counted(tx.connection, 1):
            said[line.entity, str(line.transfer_status)] += line.records
    there = Counter((entity, str(row.transfer_status)) for (entity, _), row in found.items())
    for entity, status in sorted((said - there) + (there - said)):
        if any(entity == known for known, _ in found):
            wrong, right = said[entity, status], there[entity, status]
            yield f"The counter of {entity} {status} says {wrong}, not {right}."
