"""Where the source numbers invoices, no two have one number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import TransferStatus
from qbferry_invoices.settings import Number

if TYPE_CHECKING:
    from qbferry import Lists, Peer
    from qbferry_invoices.settings import Settings
    from qbferry_invoices.state import InvoiceRecord

__all__ = ["taken"]

WAITING = frozenset({TransferStatus.PENDING, TransferStatus.FAILED})


def taken(record: InvoiceRecord, settings: Settings, lists: Lists) -> str | None:
    """Why an invoice cannot have its number: another has it in QuickBooks, or came before and waits."""
    number = record.document.number
    if settings.number is not Number.SOURCE or not number or record.txn_id:
        return None
    earlier = True
    for peer in lists.numbered("invoice", number):
        if peer.id == record.id:
            earlier = False
        elif _has_it(peer) or (earlier and peer.status in WAITING):
            return (
                f'Invoice {record.id} has the number "{number}", which invoice {peer.id} has already. Give '
                "one of them another number at the source."
            )
    return None


def _has_it(peer: Peer) -> bool:
    return peer.txn_id is not None and not peer.gone
