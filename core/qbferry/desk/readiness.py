"""Setting records ready, and not ready: one verdict a record, each with a sentence where nothing happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbferry.desk.drawer import Act, name_some
from qbferry.errors import HookError, MisfitError
from qbferry.model import Record, Skip, TransferStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from qbferry.desk.drawer import Drawer
    from qbferry.model import Document, RecordRow

__all__ = [
    "WAITING",
    "Verdict",
    "decide_first",
    "known",
    "partly",
    "questions",
    "queue",
    "set_not_ready",
    "set_ready",
    "take_out",
    "veto",
]

SHOWN = 10
"""So many parts are named."""

WAITING = (TransferStatus.PENDING, TransferStatus.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one record.

    Attributes:
        id: The record's id.
        status: Where it stands now.
        changed: Whether anything was done.
        refused: Whether what was asked for could not be done.
        reason: Why nothing was done, a sentence; empty when something was.
    """

    id: str
    status: TransferStatus
    changed: bool = False
    refused: bool = False
    reason: str = ""


def veto(drawer: Drawer, row: RecordRow, document: Document | None = None) -> str | None:
    """Why a record is not eligible; None: it is. Its document is read if it was not yet."""
    try:
        entity = drawer.entity
        record = Record.read(entity, row, document)
        skip = drawer.plugins.check_eligibility(entity, record, drawer.connector)
    except (HookError, MisfitError) as error:
        return str(error)
    return skip.reason if skip else None


def queue(drawer: Drawer, row: RecordRow) -> None:
    """Put a record behind everything that is due."""
    if row.transfer_status is TransferStatus.TRANSFERRED:
        row.chained = []  # another transfer begins, which may use the keys of the last one again
    row.transfer_status, row.queue_position = TransferStatus.PENDING, drawer.next_position()
    row.steps, row.not_ready_reason = 0, None
    _forget_failure(row)
    drawer.touch(row)


def partly(row: RecordRow) -> str | None:
    """What QuickBooks has of a record that is not transferred as a whole, a sentence; None: nothing."""
    if not row.done or row.transfer_status is TransferStatus.TRANSFERRED:
        return None
    parts = [
        f"{key.replace(':', ' ')} (TxnID {identity})" if identity else key.replace(":", " ")
        for key, identity in row.done.items()
    ]
    shown = ", ".join(parts[:SHOWN]) + (f" and {len(parts) - SHOWN} more" if len(parts) > SHOWN else "")
    return f"QuickBooks has a part of it: {shown}."


def take_out(drawer: Drawer, row: RecordRow) -> None:
    """Take a waiting record out of the coming runs; what QuickBooks has of it stays Transferred."""
    row.transfer_status = TransferStatus.TRANSFERRED if row.transfer_date else TransferStatus.NOT_TRANSFERRED
    row.queue_position, row.alone = None, False
    _forget_failure(row)
    drawer.touch(row)


def questions(drawer: Drawer, rows: Iterable[RecordRow]) -> Iterator[str]:
    """What a person must confirm before these are set ready, a sentence for each that was transferred."""
    for row in rows:
        if (
            row.transfer_status is TransferStatus.TRANSFERRED
            and not known(drawer, row)
            and veto(drawer, row) is None
        ):
            warning = _ask_again(drawer, row)
            if isinstance(warning, str) and warning:
                yield warning


def set_ready(
    drawer: Drawer, rows: Iterable[RecordRow], confirmed: Collection[str] | None = ()
) -> Iterator[Verdict]:
    """Set records ready, in the order given.

    Args:
        drawer: Locked.
        rows: Of that drawer.
        confirmed: The ids a person has confirmed to send again; None: all of them.

    Raises:
        InputError: Their plugin does not run.
    """
    label = drawer.entity.label
    for row in rows:
        there = known(drawer, row)
        reason = _hold(drawer, row, label, there=bool(there))
        warning: Skip | str = ""
        if reason is None and not there and row.transfer_status is TransferStatus.TRANSFERRED:
            warning = _ask_again(drawer, row)
            if isinstance(warning, Skip):
                reason = warning.reason
            elif warning and confirmed is not None and row.id not in confirmed:
                reason = f"{warning} It must be confirmed first."
        if reason is None:
            queue(drawer, row)
            drawer.note(row, Act.READY, there or (f"Confirmed: {warning}" if warning else None))
        elif row.transfer_status is TransferStatus.NOT_TRANSFERRED and row.not_ready_reason != reason:
            row.not_ready_reason = reason
            drawer.touch(row)
        yield Verdict(
            id=row.id,
            status=row.transfer_status,
            changed=reason is None,
            refused=reason is not None and row.transfer_status is not TransferStatus.PENDING,
            reason=reason or "",
        )


def set_not_ready(drawer: Drawer, rows: Iterable[RecordRow]) -> Iterator[Verdict]:
    """Take records out of the coming runs."""
    label = drawer.kind.label
    for row in rows:
        reason, refused = "", True
        if row.pk in drawer.in_flight:
            reason = f"{label} {row.id} is with QuickBooks at this moment; try again after the run."
        elif row.in_doubt:
            reason = decide_first(drawer, row)
        elif row.transfer_status not in WAITING:
            reason, refused = f"{label} {row.id} is not ready already.", False
        else:
            take_out(drawer, row)
            drawer.note(row, Act.NOT_READY, partly(row))
        yield Verdict(
            id=row.id,
            status=row.transfer_status,
            changed=not reason,
            refused=bool(reason) and refused,
            reason=reason,
        )


def known(drawer: Drawer, row: RecordRow) -> str | None:
    """What QuickBooks was found to have of a record and nobody has booked, in a sentence; None: nothing.

    Such a record sends nothing that is there: its turn books it, whatever its eligibility has become.

    Raises:
        InputError: Its plugin does not run.
    """
    if not drawer.found:
        return None
    from qbferry.transfer.recall import claims_of  # seldom needed, and what it loads is much

    claims = claims_of(
        drawer.plugins, drawer.entity, row, drawer.connector, drawer.lists, drawer.origin, drawer.found
    )
    if not claims:
        return None
    what = name_some([f"{claim.kind} {claim.txn_id}" for claim in claims])
    return f"QuickBooks was found to have {what}; the next run books it and sends only what is missing."


def _hold(drawer: Drawer, row: RecordRow, label: str, *, there: bool) -> str | None:
    """Why a record stays as it is; None: it can be set ready."""
    name = f"{label} {row.id}"
    if row.pk in drawer.in_flight:
        return f"{name} is with QuickBooks at this moment."
    if row.in_doubt:
        return decide_first(drawer, row)
    if row.transfer_status is TransferStatus.PENDING:
        return f"{name} is ready already."
    if row.transfer_status is TransferStatus.FAILED and row.queue_position is not None:
        return f"{name} failed and is tried again in every run by itself; to take it out, set it not ready."
    return None if there else veto(drawer, row)


def _ask_again(drawer: Drawer, row: RecordRow) -> Skip | str:
    """A veto, or the warning before a transferred record is sent again; empty: it needs none."""
    try:
        return drawer.plugins.check_retransfer(drawer.entity, drawer.read(row)) or ""
    except (HookError, MisfitError) as error:
        return Skip(str(error))


def _forget_failure(row: RecordRow) -> None:
    row.reason, row.reason_code, row.reason_about = None, "", ""


def decide_first(drawer: Drawer, row: RecordRow) -> str:
    """Say how to decide about a record in doubt."""
    words = f"{drawer.kind.name} {row.id}"
    return (
        f"Nobody can tell whether QuickBooks has {drawer.kind.label} {row.id}; decide first with: "
        f"qbferry doubt there {words}, or qbferry doubt not-there {words}."
    )
