"""What a restored backup lost is taken back from the records, so that it goes again."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbferry.errors import MisfitError
from qbferry.model import NewsKind, TransferStatus
from qbferry.store.holdings import DELETION
from qbferry.store.rows import AlertRow
from qbferry.transfer import forgetting
from qbferry.transfer.evidence import makes_transaction
from qbferry.transfer.forgetting import RESTORED
from qbferry.transfer.ledger import unlearn

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from qbferry.model import RecordRow
    from qbferry.plugin.manager import Plugins
    from qbferry.store.holdings import Holdings
    from qbferry.store.rows import HistoryRow
    from qbferry.transfer.call import Call

__all__ = ["Loss", "take_back"]

DELETED = "QuickBooks no longer has it as {name}: it was deleted there by hand."
LOST = "QuickBooks no longer has it as {name}: the company file was restored from a backup{then}."
BACK = "QuickBooks has {name} again: the company file was restored from a backup{then}."
AGAIN = "; it goes again"


@dataclass(frozen=True, slots=True)
class Loss:
    """What a walk through the history has found.

    Attributes:
        holdings: The history.
        lost: The lines that do not hold any more because of a restored backup.
        deleted: The lines whose transactions a person deleted in QuickBooks.
        bottom: The oldest line that was looked at.
    """

    holdings: Holdings
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

    def __init__(self, lines: Iterable[HistoryRow]) -> None:
        held: dict[str, HistoryRow] = {}
        self.made: dict[str, HistoryRow] = {}
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

    def latest(self) -> list[HistoryRow]:
        """The lines of the last transfer, and of those it went on from."""
        return _latest(self.held)


def take_back(plugins: Plugins, call: Call, loss: Loss) -> int:
    """Let go again what was lost, in its old order, and forget the mirrored lists.

    Returns:
        How many records have lost something.
    """
    touched = {*loss.lost, *loss.deleted}
    histories = call.tx.history.of_records(loss.holdings.owners(touched))
    first = {pk: min(line.id for line in lines if line.id in touched) for pk, lines in histories.items()}
    listed: dict[int, set[str]] = defaultdict(set)
    if loss.lost:
        for pk, key in loss.holdings.listed(loss.bottom):
            listed[pk].add(key)
        call.tx.lists.forget(call.row.id)
        call.tx.polls.forget(call.row.id)
    _forget_owed(call, [line for lines in histories.values() for line in lines if line.id in {*loss.lost}])
    rows = call.journal.rows(sorted({*histories, *listed}))
    affected = 0
    for pk in sorted(rows, key=lambda pk: first.get(pk, 0)):
        row, lines = rows[pk], histories.get(pk, [])
        row.done = {key: value for key, value in row.done.items() if key not in listed[pk]}
        call.journal.touch(row)
        for line in lines:
            if line.id in loss.deleted:
                row.deleted = row.deleted or line.txn_id == row.txn_id
                call.journal.note(row, "Deleted", DELETED.format(name=_name(line)), line)
                forgetting.tell(plugins, call, row, NewsKind.DELETED, line)
        lost = [line for line in lines if line.id in loss.lost]
        if lost:
            restart = _Restart(plugins, call, row, Standing(lines), lost)
            again = restart.make()
            affected += 1
            for line in lost:
                text = BACK if line.request == DELETION else LOST
                then = AGAIN if line.id in again else ""
                call.journal.note(row, "Lost", text.format(name=_name(line), then=then), line)
                forgetting.tell(plugins, call, row, NewsKind.LOST, line, forget=line in restart.lost)
    if affected:
        call.ledger.restored(affected)
        _alert(call, affected)
    return affected


def _alert(call: Call, affected: int) -> None:
    what = "one record has" if affected == 1 else f"{affected} records have"
    call.tx.alerts.alert(
        AlertRow(
            at=call.now,
            connector_id=call.row.id,
            run_id=call.run.id,
            kind="company.restored",
            about=call.now.isoformat(),
            text=f"The company file of {call.row.name} was restored from a backup; {what} lost something "
            "there. What was sent goes again by itself; the transfer history says what that is.",
        )
    )


def _forget_owed(call: Call, lost: Sequence[HistoryRow]) -> None:
    """What a plugin has yet to hear of something that is lost, it need not hear any more."""
    gone = {(line.message_id, line.record_pk) for line in lost}
    for message in call.tx.messages.owing(call.row.id) if call.row.owing else ():
        message.owed = [
            index for index in message.owed if (message.id, message.requests[index]["pk"]) not in gone
        ]
        call.tx.messages.save(message)


class _Restart:
    """Sets one record back to before what was lost.

    Attributes:
        lost: The lines of its last transfer that were; those of earlier ones are told, and no more.
    """

    def __init__(
        self, plugins: Plugins, call: Call, row: RecordRow, standing: Standing, lost: Sequence[HistoryRow]
    ) -> None:
        self._plugins = plugins
        self._call = call
        self._row = row
        lines = {line.id for line in lost}
        self.lost = [line for line in standing.latest() if line.id in lines]
        self._kept = [line for line in standing.held if line.id not in lines and line.request != DELETION]
        # What a restored backup brought back is there, as before it was deleted.
        self._kept += [
            standing.made[line.txn_id]
            for line in self.lost
            if line.request == DELETION and line.txn_id in standing.made
        ]

    def make(self) -> frozenset[int]:
        """Do it; the lines of what goes again."""
        if not self.lost:
            return frozenset()
        row, before = self._row, self._row.transfer_status
        reversed_ = any(line.request == DELETION for line in self.lost)
        self._unbook()
        row.transfer_status = TransferStatus.PENDING
        reason = self._forget()
        if reason is not None:
            row.transfer_status = TransferStatus.FAILED
            row.reason, row.reason_code = RESTORED + reason, "restored"
        elif row.transfer_status is TransferStatus.PENDING and (
            row.in_doubt or (before is TransferStatus.NOT_TRANSFERRED and not reversed_)
        ):
            row.transfer_status = before  # a person decides, or has decided
        goes = row.transfer_status is TransferStatus.PENDING
        self._call.ledger.set_place(row, due=goes)
        if goes:
            row.reason, row.reason_code = None, ""
        return frozenset(line.id for line in self.lost) if goes else frozenset()

    def _forget(self) -> str | None:
        """Let the plugin forget, if it is there; why the record cannot go again by itself."""
        if self._row.entity not in self._plugins.entities:
            return None  # it is told, and asked, when it is back
        try:
            return forgetting.forget(
                self._plugins,
                self._call,
                self._row,
                {line.request_key: line.txn_id or "" for line in self.lost},
            )
        except MisfitError as error:
            return str(error)

    def _unbook(self) -> None:
        """Take the lost transfer back, with its count, so that the markers are those of what was lost."""
        row = self._row
        transfer = min(line.transfer for line in self.lost)
        keys = {line.request_key for line in self.lost}
        done: dict[str, str | None] = {}
        if any(line.transfer > transfer for line in self._kept):
            transfer = row.transfer_count
        if transfer == row.transfer_count:
            done = {key: value for key, value in row.done.items() if key not in keys}
        row.done = done | {line.request_key: line.txn_id for line in self._kept if line.transfer == transfer}
        row.transfer_count = transfer
        earlier = sorted((line for line in self._kept if line.transfer < transfer), key=lambda line: line.id)
        row.transfer_date = earlier[-1].at if earlier else None
        if not earlier:
            row.first_transfer_date = None
        # The record is what the last of its transfers began with: an order, not a receipt on it.
        chain = _latest(earlier)
        row.txn_id = chain[0].txn_id if chain else None
        row.ref_number = chain[0].ref_number if chain else None
        unlearn(row)
        row.edit_sequence, row.chained = None, [key for key in row.chained if key not in keys]
        row.steps, row.alone, row.needs_resync = 0, False, bool(earlier)
        row.changed_midway = row.changed_midway and bool(row.done)


def _latest(held: Sequence[HistoryRow]) -> list[HistoryRow]:
    """The lines of the last transfer, and of those it went on from.

    A transfer with a key that a later one has again was sent anew later, as a duplicate.
    """
    found: list[HistoryRow] = []
    keys: set[str] = set()
    for transfer in sorted({line.transfer for line in held}, reverse=True):
        part = [line for line in held if line.transfer == transfer]
        if not keys.isdisjoint(line.request_key for line in part):
            break
        keys |= {line.request_key for line in part}
        found = part + found
    return sorted(found, key=lambda line: line.id)


def _name(line: HistoryRow) -> str:
    """What a person knows the transaction by."""
    return f"number {line.ref_number}" if line.ref_number else f"TxnID {line.txn_id}"
