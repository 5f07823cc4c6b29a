"""What a plugin hears of what QuickBooks lost; one that is absent hears it when it is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.errors import HookError, MisfitError
from qbferry.model import NewsKind, Nothing, Skip, TransferStatus
from qbferry.transfer.held import Held

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qbferry.model import RecordRow
    from qbferry.plugin.manager import Plugins
    from qbferry.store.rows import HistoryRow
    from qbferry.transfer.call import Call

__all__ = ["RESTORED", "forget", "hear", "tell"]

RESTORED = "The company file was restored from a backup. "


def forget(plugins: Plugins, call: Call, row: RecordRow, lost: Mapping[str, str]) -> str | None:
    """Let a record's plugin go back to before what was lost.

    Returns:
        Why the record cannot go again by itself; None: it can, or is not to.

    Raises:
        MisfitError: What is stored of it no longer fits.
    """
    held = Held.of(plugins.entities[row.entity], row)
    try:
        answer = plugins.forget(held.entity, held.record, lost)
    except HookError as error:
        return str(error)
    call.journal.keep(held)
    if isinstance(answer, Nothing):
        row.transfer_status = TransferStatus.NOT_TRANSFERRED
    return answer.reason if isinstance(answer, Skip) else None


def tell(
    plugins: Plugins, call: Call, row: RecordRow, kind: NewsKind, line: HistoryRow, *, forget: bool = False
) -> None:
    """Tell the outside world of a transaction that is gone; what a plugin is for waits until that is there.

    Args:
        plugins: Those that run.
        call: The call.
        row: The record.
        kind: Lost, or deleted.
        line: What made or deleted it.
        forget: Its plugin has to go back to before it.
    """
    told = {
        "key": line.request_key,
        "request": line.request,
        "txn_id": line.txn_id or "",
        "ref_number": line.ref_number or "",
    }
    if row.entity in plugins.entities:
        call.journal.news(row, kind, told)
        return
    row.lost = [*row.lost, {"kind": str(kind), **told, "forget": forget}]
    call.row.owing = True


def hear(plugins: Plugins, call: Call, row: RecordRow) -> bool:
    """Tell a plugin that is back what was lost while it was absent.

    Returns:
        Whether it could be told; what is stored of the record may no longer fit.
    """
    lost = {each["key"]: each["txn_id"] for each in row.lost if each["forget"]}
    if lost:
        try:
            reason = forget(plugins, call, row, lost)
        except MisfitError:
            return False
        if reason is not None and row.transfer_status is TransferStatus.PENDING:
            row.transfer_status = TransferStatus.FAILED
            row.reason, row.reason_code = RESTORED + reason, "restored"
        if row.transfer_status is not TransferStatus.PENDING:
            call.ledger.set_place(row, due=False)
    for each in row.lost:
        told = {name: each[name] for name in ("key", "request", "txn_id", "ref_number")}
        call.journal.news(row, NewsKind(each["kind"]), told)
    row.lost = []
    call.journal.touch(row)
    return True
