"""Setting records ready, and not ready: one verdict a record, each with a sentence where nothing happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qbferry.errors import HookError
from qbferry.model import Skip, TransferStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from qbferry.desk.drawer import Drawer

__all__ = ["WAITING", "Verdict", "decide_first", "questions", "queue", "set_not_ready", "set_ready", "veto"]

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


def veto(drawer: Drawer, record: Any) -> str | None:
    """Why a record is not eligible; None: it is."""
    try:
        skip = drawer.plugins.check_eligibility(drawer.entity, record, drawer.connector)
    except HookError as error:
        return str(error)
    return skip.reason if skip else None


def queue(drawer: Drawer, record: Any) -> None:
    """Put a record behind everything that is due."""
    record.transfer_status = TransferStatus.PENDING
    record.queue_position, record.reason = drawer.next_position(), None


def questions(drawer: Drawer, records: Iterable[Any]) -> Iterator[str]:
    """What a person must confirm before these are set ready, a sentence for each that was transferred."""
    for record in records:
        if record.transfer_status is TransferStatus.TRANSFERRED and veto(drawer, record) is None:
            warning = _ask_again(drawer, record)
            if isinstance(warning, str) and warning:
                yield warning


def set_ready(
    drawer: Drawer, records: Iterable[Any], confirmed: Collection[str] | None = ()
) -> Iterator[Verdict]:
    """Set records ready, in the order given.

    Args:
        drawer: Locked.
        records: Of that drawer.
        confirmed: The ids a person has confirmed to send again; None: all of them.
    """
    for record in records:
        reason = _hold(drawer, record, confirmed)
        if reason is None:
            queue(drawer, record)
        yield Verdict(
            id=record.id,
            status=record.transfer_status,
            changed=reason is None,
            refused=reason is not None and record.transfer_status is not TransferStatus.PENDING,
            reason=reason or "",
        )


def set_not_ready(drawer: Drawer, records: Iterable[Any]) -> Iterator[Verdict]:
    """Take records out of the coming runs."""
    label = drawer.entity.label
    for record in records:
        reason, refused = "", True
        if record.pk in drawer.in_flight:
            reason = f"{label} {record.id} is with QuickBooks at this moment; try again after the run."
        elif record.in_doubt:
            reason = decide_first(drawer, record)
        elif record.transfer_status not in WAITING:
            reason, refused = f"{label} {record.id} is not ready already.", False
        else:
            record.transfer_status = (
                TransferStatus.TRANSFERRED if record.transfer_date else TransferStatus.NOT_TRANSFERRED
            )
            record.queue_position = record.reason = None
            record.alone = False
        yield Verdict(
            id=record.id,
            status=record.transfer_status,
            changed=not reason,
            refused=bool(reason) and refused,
            reason=reason,
        )


def _hold(drawer: Drawer, record: Any, confirmed: Collection[str] | None) -> str | None:
    """Why a record stays as it is; None: it can be set ready."""
    name = f"{drawer.entity.label} {record.id}"
    if record.pk in drawer.in_flight:
        return f"{name} is with QuickBooks at this moment."
    if record.in_doubt:
        return decide_first(drawer, record)
    if record.transfer_status is TransferStatus.PENDING:
        return f"{name} is ready already."
    if record.transfer_status is TransferStatus.FAILED and record.queue_position is not None:
        return f"{name} failed and is tried again in every run by itself; to take it out, set it not ready."
    reason = veto(drawer, record)
    if reason is None and record.transfer_status is TransferStatus.TRANSFERRED:
        answer = _ask_again(drawer, record)
        if isinstance(answer, Skip):
            return answer.reason
        if answer and confirmed is not None and record.id not in confirmed:
            return f"{answer} It must be confirmed first."
    return reason


def _ask_again(drawer: Drawer, record: Any) -> Skip | str | None:
    try:
        return drawer.plugins.check_retransfer(drawer.entity, record)
    except HookError as error:
        return Skip(str(error))


def decide_first(drawer: Drawer, record: Any) -> str:
    """Say how to decide about a record in doubt."""
    words = f"{drawer.entity.name} {record.id}"
    return (
        f"Nobody can tell whether QuickBooks has {drawer.entity.label} {record.id}; decide first with: "
        f"qbferry doubt there {words}, or qbferry doubt not-there {words}."
    )
