"""What a restored backup lost is taken back from the records, so that it goes again."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from qbferry.errors import HookError
from qbferry.model import Skip, TransferStatus
from qbferry.store import queries
from qbferry.store.queue import MANY, Queue
from qbferry.store.tables import ListEntryRow, OutcomeRow, PollRow
from qbferry.transfer.evidence import DELETION, makes_transaction

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy.orm import Session

    from qbferry.model import Entity
    from qbferry.plugin.manager import Plugins
    from qbferry.transfer.evidence import Claims
    from qbferry.transfer.ledger import Ledger
    from qbferry.transfer.runs import Seat

__all__ = ["Loss", "take_back"]

DELETED = "QuickBooks no longer has it as {name}: it was deleted there by hand."
LOST = "QuickBooks no longer has it as {name}: the company file was restored from a backup{then}."
BACK = "QuickBooks has {name} again: the company file was restored from a backup{then}."
AGAIN = "; it goes again"
RESTORED = "The company file was restored from a backup. "


@dataclass(frozen=True, slots=True)
class Loss:
    """What a walk through the history has found.

    Attributes:
        claims: The history.
        lost: The lines that do not hold any more because of a restored backup.
        deleted: The lines whose transactions a person deleted in QuickBooks.
        bottom: The oldest line that was looked at.
    """

    claims: Claims
    lost: Collection[int]
    deleted: Collection[int]
    bottom: int


class Standing:
    """What QuickBooks had of one record, as its history tells.

    Attributes:
        held: The lines that hold: of each transaction the one that made or deleted it; nothing from before
            a person let go of it.
        made: TxnID -> the line that made it.
    """

    def __init__(self, lines: Iterable[OutcomeRow]) -> None:
        held: dict[str, OutcomeRow] = {}
        self.made: dict[str, OutcomeRow] = {}
        for line in lines:
            if line.kind == "Cleared":
                held.clear()
            elif line.txn_id is None:
                continue
            elif line.kind in ("Lost", "Deleted"):
                held.pop(line.txn_id, None)
                if line.request == DELETION and line.txn_id in self.made:
                    held[line.txn_id] = self.made[line.txn_id]
            elif line.kind == "Sent" and makes_transaction(line.request):
                held[line.txn_id] = self.made[line.txn_id] = line
            elif line.kind == "Sent" and line.request == DELETION:
                held[line.txn_id] = line
        self.held = sorted(held.values(), key=lambda line: line.id)

    def latest(self) -> list[OutcomeRow]:
        """The lines of the last transfer, and of those it went on from.

        A transfer with a key that a later one has again was sent anew later, as a duplicate.
        """
        found: list[OutcomeRow] = []
        keys: set[str] = set()
        for transfer in sorted({line.transfer for line in self.held}, reverse=True):
            part = [line for line in self.held if line.transfer == transfer]
            if not keys.isdisjoint(line.request_key for line in part):
                break
            keys |= {line.request_key for line in part}
            found = part + found
        return sorted(found, key=lambda line: line.id)


def take_back(session: Session, plugins: Plugins, ledger: Ledger, seat: Seat, loss: Loss) -> int:
    """Let go again what was lost, in its old order, and forget the mirrored lists.

    Returns:
        How many records have lost something.
    """
    histories = _histories(session, loss.claims.owners([*loss.lost, *loss.deleted]))
    first = {
        owner: min(line.id for line in lines if line.id in {*loss.lost, *loss.deleted})
        for owner, lines in histories.items()
    }
    listed: dict[tuple[str, int], set[str]] = defaultdict(set)
    if loss.lost:
        for name, pk, key in loss.claims.listed(loss.bottom):
            listed[name, pk].add(key)
        connector = seat.connector.id
        session.execute(delete(ListEntryRow).where(ListEntryRow.connector_id == connector))
        session.execute(delete(PollRow).where(PollRow.connector_id == connector))
    records = _records(session, plugins, {*histories, *listed})
    affected = 0
    for owner in sorted(records, key=lambda owner: first.get(owner, 0)):
        record, lines = records[owner], histories.get(owner, [])
        entity = plugins.entities[owner[0]]
        record.done = {key: value for key, value in record.done.items() if key not in listed[owner]}
        for line in lines:
            if line.id in loss.deleted:
                ledger.note(entity, record, "Deleted", DELETED.format(name=_name(line)), line)
        lost = [line for line in lines if line.id in loss.lost]
        if lost:
            again = _Restart(plugins, session, entity, record, Standing(lines), lost).make(affected)
            affected += 1
            for line in lost:
                text = BACK if line.request == DELETION else LOST
                then = AGAIN if line.id in again else ""
                ledger.note(entity, record, "Lost", text.format(name=_name(line), then=then), line)
    if affected:
        ledger.restored(affected)
    return affected


class _Restart:
    """Sets one record back to before what was lost."""

    def __init__(
        self,
        plugins: Plugins,
        session: Session,
        entity: Entity,
        record: Any,
        standing: Standing,
        lost: Sequence[OutcomeRow],
    ) -> None:
        self._plugins = plugins
        self._session = session
        self._entity = entity
        self._record = record
        self._standing = standing
        lines = {line.id for line in lost}
        self._lost = [line for line in standing.latest() if line.id in lines]
        self._kept = [line for line in standing.held if line.id not in lines and line.request != DELETION]
        # What a restored backup brought back is there, as before it was deleted.
        self._kept += [
            standing.made[line.txn_id]
            for line in self._lost
            if line.request == DELETION and line.txn_id in standing.made
        ]

    def make(self, place: int) -> frozenset[int]:
        """Do it.

        Args:
            place: How many records were queued before.

        Returns:
            The lines of what goes again.
        """
        if not self._lost:
            return frozenset()
        record, before = self._record, self._record.transfer_status
        reversed_ = any(line.request == DELETION for line in self._lost)
        self._unbook()
        record.transfer_status = TransferStatus.PENDING
        reason = self._ask()
        if reason is not None:
            record.transfer_status, record.reason = TransferStatus.FAILED, RESTORED + reason
        elif record.transfer_status is TransferStatus.PENDING and (
            record.in_doubt or (before is TransferStatus.NOT_TRANSFERRED and not reversed_)
        ):
            record.transfer_status = before  # a person decides, or has decided
        goes = record.transfer_status is TransferStatus.PENDING
        record.queue_position = queries.queue_position(place) if goes else None
        if goes:
            record.reason = None
        return frozenset(line.id for line in self._lost) if goes else frozenset()

    def _unbook(self) -> None:
        """Take the lost transfer back, with its count, so that the markers are those of what was lost."""
        record = self._record
        transfer = min(line.transfer for line in self._lost)
        keys = {line.request_key for line in self._lost}
        done: dict[str, str | None] = {}
        if any(line.transfer > transfer for line in self._kept):
            transfer = record.transfer_count
        if transfer == record.transfer_count:
            done = {key: value for key, value in record.done.items() if key not in keys}
        record.done = done | {
            line.request_key: line.txn_id for line in self._kept if line.transfer == transfer
        }
        record.transfer_count = transfer
        earlier = [line for line in self._kept if line.transfer < transfer]
        last = earlier[-1] if earlier else None
        record.transfer_date = last.at if last else None
        record.txn_id = last.txn_id if last else None
        record.ref_number = last.ref_number if last else None
        record.edit_sequence = None
        record.steps, record.alone = 0, False

    def _ask(self) -> str | None:
        """Let the plugin forget; why the record cannot go again by itself."""
        record = self._record
        lost = {line.request_key: line.txn_id or "" for line in self._lost}
        before = {name: value for name, value in vars(record).items() if name != "_sa_instance_state"}
        try:
            with self._session.begin_nested():
                answer = self._plugins.forget(self._entity, record, lost)
        except (HookError, SQLAlchemyError) as error:
            for name, value in before.items():
                setattr(record, name, value)
            return str(error)
        return answer.reason if isinstance(answer, Skip) else None


def _histories(
    session: Session, owners: Collection[tuple[str, int]]
) -> dict[tuple[str, int], list[OutcomeRow]]:
    """The whole history of records, oldest first."""
    found: dict[tuple[str, int], list[OutcomeRow]] = defaultdict(list)
    for entity, keys in _by_entity(owners):
        for start in range(0, len(keys), MANY):
            lines = select(OutcomeRow).where(
                OutcomeRow.entity == entity, OutcomeRow.record_pk.in_(keys[start : start + MANY])
            )
            for line in session.scalars(lines.order_by(OutcomeRow.id)):
                found[entity, line.record_pk].append(line)
    return found


def _records(
    session: Session, plugins: Plugins, owners: Collection[tuple[str, int]]
) -> dict[tuple[str, int], Any]:
    return {
        (entity, pk): record
        for entity, keys in _by_entity(owners)
        for pk, record in Queue(plugins.entities[entity]).by_key(session, keys).items()
    }


def _by_entity(owners: Collection[tuple[str, int]]) -> list[tuple[str, list[int]]]:
    found: dict[str, list[int]] = defaultdict(list)
    for entity, pk in sorted(owners):
        found[entity].append(pk)
    return [*found.items()]


def _name(line: OutcomeRow) -> str:
    """What a person knows the transaction by."""
    return f"number {line.ref_number}" if line.ref_number else f"TxnID {line.txn_id}"
