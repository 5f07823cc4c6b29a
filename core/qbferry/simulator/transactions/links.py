"""Links between transactions, kept on both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qbferry.simulator.books import Books
    from qbferry.simulator.records import Posted
    from qbferry.simulator.validate import Fields

__all__ = ["link", "save", "unlink"]


def link(txn: Posted, other: Fields) -> list[Fields]:
    """Give a transaction's links with another one added."""
    return [*txn.data.get("LinkedTxn", []), other]


def unlink(txn: Posted, txn_id: str) -> list[Fields]:
    """Give a transaction's links without those to another one."""
    return [each for each in txn.data.get("LinkedTxn", []) if each["TxnID"] != txn_id]


def save(
    company: Books, txn: Posted, changes: Fields, *, balance: int | None = None, touched: bool = True
) -> Posted:
    """Store a transaction that another one changed, such as an order when goods come in.

    Args:
        company: The company file, inside a write.
        txn: As stored.
        changes: Of its elements.
        balance: What is owed on it now, in cents; None: as before.
        touched: Whether it counts as modified.

    Returns:
        It as stored now.
    """
    changed = replace(company.touch(txn) if touched else txn, data={**txn.data, **changes})
    stored = changed if balance is None else replace(changed, balance=balance)
    company.store(stored)
    return stored
