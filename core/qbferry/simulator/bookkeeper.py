"""What a bookkeeper does in QuickBooks by hand, beside all applications and their message sets."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from qbferry.simulator import generic, status
from qbferry.simulator.amounts import money
from qbferry.simulator.status import RefusalError
from qbferry.simulator.transactions import KINDS, described, posting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qbferry.simulator.company import CompanyFile
    from qbferry.simulator.records import Entry, Posted
    from qbferry.simulator.validate import Fields

__all__ = ["change", "credit", "delete", "merge", "pay", "rename", "unlist", "use", "void"]


def change(company: CompanyFile, txn_id: str, fields: Fields) -> Posted:
    """Change a transaction.

    Args:
        company: The company file.
        txn_id: Of the transaction.
        fields: Elements of its Mod request, without TxnID and EditSequence.

    Raises:
        RefusalError: QuickBooks does not take it, or has no such transaction.
    """
    with company.write():
        kind, sequence = _look(company, txn_id)
        sent = {"TxnID": txn_id, "EditSequence": sequence, **fields}
        if known := described(company, kind):
            return posting.modify(company, known, sent)[0]
        return generic.modify(company, kind, sent)


def delete(company: CompanyFile, txn_id: str) -> Posted:
    """Delete a transaction.

    Raises:
        RefusalError: QuickBooks does not let it go, or has no such transaction.
    """
    with company.write():
        kind, _ = _look(company, txn_id)
        return posting.delete(company, described(company, kind) or generic.transaction(kind), txn_id)


def void(company: CompanyFile, txn_id: str) -> Posted:
    """Void a transaction: it stays, with nothing in it.

    Raises:
        RefusalError: QuickBooks does not let it go, or has no such transaction.
    """
    with company.write():
        kind, _ = _look(company, txn_id)
        return posting.void(company, described(company, kind) or generic.transaction(kind), txn_id)


def pay(company: CompanyFile, paid: Mapping[str, str], day: str) -> Posted:
    """Receive a payment of one customer, who pays invoices with it, wholly or in part.

    Args:
        company: The company file.
        paid: TxnID of an invoice -> how much of it is paid: ``100.00``.
        day: The payment's date: ``2026-11-20``.

    Raises:
        RefusalError: There is no such invoice, or not so much is due.
    """
    return _receive(
        company,
        next(iter(paid)),
        day,
        money(sum(map(Decimal, paid.values()), Decimal(0))),
        [{"TxnID": txn_id, "PaymentAmount": amount} for txn_id, amount in paid.items()],
    )


def credit(company: CompanyFile, customer: str, amount: str, day: str, *, item: str = "") -> Posted:
    """Give a customer credit: by a credit memo for an item, or else by a journal entry.

    Args:
        company: The company file.
        customer: Full name.
        amount: How much: ``50.00``.
        day: Its date.
        item: Full name of the credit memo's item.

    Raises:
        RefusalError: There is no such customer or item.
    """
    party = {"FullName": customer}
    with company.write():
        if item:
            sold = {"ItemRef": {"FullName": item}, "Amount": amount}
            memo = {"CustomerRef": party, "TxnDate": day, "CreditMemoLineAdd": [sold]}
            return generic.add(company, "CreditMemo", memo)
        line = {"TxnLineID": "-1", "Amount": amount}
        lines = {"JournalDebitLine": [line], "JournalCreditLine": [{**line, "EntityRef": party}]}
        return generic.add(company, "JournalEntry", {"TxnDate": day, **lines})


def use(company: CompanyFile, credit_id: str, invoice: str, amount: str, day: str) -> Posted:
    """Use a credit for an invoice, by a payment of nothing.

    assumption: facts G - QuickBooks keeps such a payment, and the invoice is linked to the credit alone.

    Raises:
        RefusalError: There is no such credit or invoice, or not so much of it.
    """
    given = {"CreditTxnID": credit_id, "AppliedAmount": amount}
    part = {"TxnID": invoice, "PaymentAmount": "0.00", "SetCredit": [given]}
    return _receive(company, invoice, day, "0.00", [part])


def rename(company: CompanyFile, kind: str, full_name: str, name: str) -> Entry:
    """Give an entry of a list another name; what lies below it moves along.

    Raises:
        RefusalError: There is no such entry, or the name is taken.
    """
    with company.write():
        entry = _entry(company, kind, full_name)
        fields = {"ListID": entry.list_id, "EditSequence": str(entry.edit_sequence), "Name": name}
        changed = generic.change_entry(company, kind, fields)
        for below in company.select_entries([kind]):
            if below.full_name.startswith(f"{entry.full_name}:"):
                moved = changed.full_name + below.full_name[len(entry.full_name) :]
                company.store_entry(replace(below, full_name=moved, modified=changed.modified))
        return changed


def unlist(company: CompanyFile, kind: str, full_name: str) -> None:
    """Delete an entry of a list.

    Raises:
        RefusalError: There is no such entry.
    """
    with company.write():
        company.remove_entry(_entry(company, kind, full_name).list_id)


def merge(company: CompanyFile, kind: str, full_name: str, into: str) -> None:
    """Merge an entry of a list with another: its transactions are the other's from then on.

    assumption: no fact tells of it - ListDeletedQuery does not, as the entry was not deleted.

    Raises:
        RefusalError: There is no such entry.
    """
    with company.write():
        gone, kept = _entry(company, kind, full_name), _entry(company, kind, into)
        company.move_entry(gone, kept)


def _entry(company: CompanyFile, kind: str, full_name: str) -> Entry:
    found = company.named([kind], full_name)
    if found is None:
        raise RefusalError(status.not_found(full_name))
    return found


def _receive(company: CompanyFile, invoice: str, day: str, total: str, parts: list[Fields]) -> Posted:
    with company.write():
        found = company.posted(invoice)
        if found is None:
            raise RefusalError(status.not_found(invoice))
        fields = {
            "CustomerRef": {"ListID": found.entity or ""},
            "TxnDate": day,
            "TotalAmount": total,
            "AppliedToTxnAdd": parts,
        }
        return posting.add(company, KINDS["ReceivePayment"], fields)[0]


def _look(company: CompanyFile, txn_id: str) -> tuple[str, str]:
    found = company.posted(txn_id)
    if found is None:
        raise RefusalError(status.not_found(txn_id))
    return found.kind, str(found.edit_sequence)
