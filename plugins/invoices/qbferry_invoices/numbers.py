"""Where the source numbers invoices, no two have one number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry import Continue, Rejected, Request, TransferStatus
from qbferry_invoices.mapping import is_credit
from qbferry_invoices.settings import Number

if TYPE_CHECKING:
    from qbferry import Lists, Peer, Response
    from qbferry_invoices.settings import Settings
    from qbferry_invoices.state import InvoiceRecord

__all__ = ["KEY", "answered", "question", "taken"]

KEY = "number"
"""The key of the question whether QuickBooks has a number."""

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


def question(record: InvoiceRecord, settings: Settings) -> Request | None:
    """Ask QuickBooks for invoices of the number, once; None: there is no need, as for a credit memo."""
    number = record.document.number
    if not settings.ask_number or not number or record.txn_id or record.state.free_number == number:
        return None
    if is_credit(record.document, settings):
        return None
    return Request(key=KEY, name="InvoiceQuery", fields={"number": number})


def answered(record: InvoiceRecord, response: Response) -> Continue | Rejected | None:
    """Read the answer to the question; None: it is none."""
    if response.is_error:
        return None
    number = record.document.number
    there = response.find("InvoiceRet")
    if there is None:
        record.state = record.state.replace(free_number=number)
        return Continue()
    return Rejected(
        f'QuickBooks has an invoice with the number "{number}" already, of {there.text("TxnDate")} for '
        f"{there.text('CustomerRef/FullName')}. Give invoice {record.id} another number at the source, or "
        "change the one in QuickBooks; it is asked again in the next run."
    )


def _has_it(peer: Peer) -> bool:
    return peer.txn_id is not None and not peer.gone
