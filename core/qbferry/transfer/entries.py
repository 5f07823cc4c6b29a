"""Entries of QuickBooks' lists that are made for records: what became of them in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.model import ListEntry, Rejected, Sent
from qbferry.transfer.references import entry_key

if TYPE_CHECKING:
    from qbferry.model import Owner, Result
    from qbferry.qbxml.response import Response
    from qbferry.transfer.call import Call

__all__ = ["book", "refuse"]


def book(call: Call, owner: Owner, result: Result, response: Response) -> None:
    """Keep what QuickBooks made, so that all who need it find it; or why it did not."""
    kind = owner.entity
    made = response.find("*/ListID") if isinstance(result, Sent) else None
    if made is not None and (list_id := made.text()):
        full_name = next(iter(response.objects), response).text("FullName") or owner.id
        call.tx.lists.keep(call.row.id, kind, [ListEntry(kind=kind, list_id=list_id, full_name=full_name)])
        call.tx.lists.link(call.row.id, kind, owner.id, list_id, "transfer")
    elif isinstance(result, Rejected):
        refuse(call, owner, result.reason)


def refuse(call: Call, owner: Owner, reason: str) -> None:
    """Let the records that need an entry fail in this run, with the reason."""
    refused = call.run.memory.get("refused", {}) | {entry_key(owner.entity, owner.id): reason}
    call.remember(refused=refused)
