"""Learning from QuickBooks that invoices were paid, when, and what is still owed.

No fact says that being paid counts as a change of an invoice. So QuickBooks is asked for what was changed
since the last time of all that can pay one, and for changed and deleted invoices; then for the invoices that
concerns, by their TxnIDs and with their links. The cost is that of what has changed, however many are open.

A journal entry says nothing of what it is applied to (facts C): it concerns the invoices it has paid, and the
open ones of the customers it names.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from qbferry import NewsKind, Poll
from qbferry_invoices.standing import Standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qbferry import Occasion, Records, Response
    from qbferry_invoices.state import InvoiceRecord

__all__ = ["polls"]

LINKS, NUMBERS = "invoices.links", "invoices.numbers"
MANY = 200
"""Invoices in one question; each comes with its links."""

PAYING = ("ReceivePayment", "CreditMemo", "JournalEntry", "Deposit")
"""What can pay an invoice, and can be deleted."""

HOLDING = (
    *("TxnID", "TimeModified", "CustomerRef", "RefNumber", "Memo", "Subtotal", "SalesTaxTotal"),
    *("BalanceRemaining", "IsPaid", "LinkedTxn"),
)

SAME_NUMBER = (
    "QuickBooks has another invoice with the number {number} for the same customer, so the paid date is not "
    "taken over: nobody can tell which of the two a person means. Give one of them another number there."
)


@cache
def polls(minutes: int) -> tuple[Poll, ...]:
    """What is asked.

    Args:
        minutes: Between two times.
    """
    interval = timedelta(minutes=minutes)

    def changes(name: str, query: str, *include: str) -> Poll:
        handle = _invoices if query == "InvoiceQuery" else _payments
        elements = HOLDING if query == "InvoiceQuery" else ()
        held = _held(include, elements)

        def ask(occasion: Occasion) -> tuple[str, str]:
            since = f"<FromModifiedDate>{occasion.since}</FromModifiedDate>"
            return query, f"<ModifiedDateRangeFilter>{since}</ModifiedDateRangeFilter>{held}"

        return Poll(
            name=f"invoices.{name}",
            interval=interval,
            query=ask,
            handle=handle,
            iterated=True,
            mark="TimeModified",
            whole=False,
        )

    nothing = timedelta(0)
    return (
        changes("payments", "ReceivePaymentQuery", "IncludeLineItems"),
        changes("credits", "CreditMemoQuery", "IncludeLinkedTxns"),
        changes("journal", "JournalEntryQuery", "IncludeLineItems"),
        changes("changed", "InvoiceQuery", "IncludeLinkedTxns"),
        Poll(
            name="invoices.deleted",
            interval=interval,
            query=_deleted,
            handle=_gone,
            mark="TimeDeleted",
            whole=False,
        ),
        Poll(name=LINKS, interval=nothing, query=_by_txn_id, handle=_invoices, about=MANY),
        Poll(name=NUMBERS, interval=nothing, query=_by_number, handle=_numbered, about=MANY),
    )


# -- What is asked


def _held(include: Iterable[str], elements: Iterable[str]) -> str:
    return "".join(f"<{name}>true</{name}>" for name in include) + "".join(
        f"<IncludeRetElement>{name}</IncludeRetElement>" for name in elements
    )


def _deleted(occasion: Occasion) -> tuple[str, str]:
    kinds = "".join(f"<TxnDelType>{kind}</TxnDelType>" for kind in ("Invoice", *PAYING))
    since = f"<FromDeletedDate>{occasion.since}</FromDeletedDate>"
    return "TxnDeletedQuery", f"{kinds}<DeletedDateRangeFilter>{since}</DeletedDateRangeFilter>"


def _by_txn_id(occasion: Occasion) -> tuple[str, str]:
    wanted = "".join(f"<TxnID>{escape(each)}</TxnID>" for each in occasion.about)
    return "InvoiceQuery", wanted + _held(("IncludeLinkedTxns",), HOLDING)


def _by_number(occasion: Occasion) -> tuple[str, str]:
    wanted = "".join(f"<RefNumber>{escape(each)}</RefNumber>" for each in occasion.about)
    return "InvoiceQuery", wanted + _held((), ("TxnID", "CustomerRef", "RefNumber"))


# -- What is learnt


def _payments(response: Response, records: Records) -> None:
    """Let the invoices be looked at that what has changed pays, or has paid."""
    records.concern(LINKS, _named(response))


def _named(response: Response) -> Iterator[str]:
    for found in response.objects:
        yield from found.texts("TxnID")
        for path in ("AppliedToTxnRet/TxnID", "LinkedTxn/TxnID", "*/EntityRef/ListID"):
            yield from found.texts(path)


def _invoices(response: Response, records: Records) -> None:
    """Take over what QuickBooks says of invoices."""
    standings = {each.txn_id: each for each in map(Standing.read, response.objects)}
    for txn_id, record in records.by_txn_ids(standings).items():
        _learn(record, standings[txn_id], records)


def _gone(response: Response, records: Records) -> None:
    """Say of deleted invoices that they are, and look at what other deleted ones have paid."""
    deleted = [(each.text("TxnDelType"), each.text("TxnID") or "") for each in response.objects]
    for record in records.by_txn_ids([txn_id for _, txn_id in deleted]).values():
        if not record.deleted:
            records.save(record, deleted=True, balance=None)
            records.tie(record, LINKS, ())
            reason = "It was deleted in QuickBooks by hand."
            records.tell(record, NewsKind.DELETED, txn_id=record.txn_id or "", reason=reason)
    records.concern(LINKS, [txn_id for kind, txn_id in deleted if kind != "Invoice"])


def _learn(record: InvoiceRecord, found: Standing, records: Records) -> None:
    """Compare what QuickBooks says of an invoice with what is known, and tell what is new."""
    if found.number and found.number != record.ref_number:
        records.save(record, ref_number=found.number)
        records.tell(record, NewsKind.NUMBER, ref_number=found.number)
    if found.voided and not record.voided:
        records.tell(record, NewsKind.VOIDED, reason="It was voided in QuickBooks.")
    closing, before = found.closing, record.balance
    invoice = record.document
    locked = invoice.paid_by_payment_processing and invoice.paid_date is not None
    asks = closing is not None and closing != record.paid_date and not locked
    record.state = record.state.model_copy(
        update={
            "payments": found.payments,
            "closing": closing if asks else None,
            "same_number": record.state.same_number and closing is not None,
        }
    )
    records.save(record, balance=found.balance, voided=found.voided)
    records.tie(record, LINKS, found.ties)
    if locked:
        records.save(record, paid_date=invoice.paid_date)
    elif asks and found.number:
        records.inquire(NUMBERS, [found.number])
    elif asks:
        _close(record, records)
    elif record.paid_date and closing is None:
        records.save(record, paid_date=None)
        reason = f"It is not paid any more in QuickBooks; {found.balance:.2f} is owed."
        records.tell(record, NewsKind.UNPAID, balance=f"{found.balance:.2f}", reason=reason)
    elif found.balance != before and found.payments and closing is None:
        reason = f"It is paid in part in QuickBooks; {found.balance:.2f} is owed."
        records.tell(record, NewsKind.BALANCE, balance=f"{found.balance:.2f}", reason=reason)


def _numbered(response: Response, records: Records) -> None:
    """Take over the paid dates of invoices whose number their customer has once."""
    found = [Standing.read(each) for each in response.objects]
    by_number: dict[tuple[str, str], int] = {}
    for each in found:
        by_number[each.same] = by_number.get(each.same, 0) + 1
    known = {each.txn_id: each for each in found}
    for txn_id, record in records.by_txn_ids(known).items():
        if record.state.closing is None:
            continue
        if by_number[known[txn_id].same] == 1:
            _close(record, records)
            continue
        if not record.state.same_number:
            records.note(record, SAME_NUMBER.format(number=known[txn_id].number))
        record.state = record.state.model_copy(update={"closing": None, "same_number": True})
        records.save(record)


def _close(record: InvoiceRecord, records: Records) -> None:
    """Take over a paid date."""
    closing = record.state.closing
    assert closing is not None  # noqa: S101
    record.state = record.state.model_copy(update={"closing": None, "same_number": False})
    records.save(record, paid_date=closing)
    reason = f"It was paid in QuickBooks on {closing}."
    records.tell(record, NewsKind.PAID, paid_date=f"{closing}", balance="0.00", reason=reason)
