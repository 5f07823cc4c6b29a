"""What QuickBooks has twice: people look, and have the one deleted that is not booked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry.errors import NotFoundError

if TYPE_CHECKING:
    from qbferry.store.transaction import Transaction

__all__ = ["delete", "found"]


def found(tx: Transaction, connector: str | None) -> list[dict[str, Any]]:
    """The doubles QuickBooks may still have, oldest first.

    Raises:
        NotFoundError: There is no such connector.
    """
    return [
        {
            "txn_id": row.txn_id,
            "number": row.ref_number,
            "kind": row.kind,
            "entity": row.entity,
            "id": row.record_id,
            "booked_txn_id": row.booked_txn_id,
            "booked_number": row.booked_number,
            "found_at": row.found_at.isoformat(),
            "to_be_deleted": row.wanted_by is not None,
            "problem": row.problem,
        }
        for row in tx.doubles.there(tx.connectors.named(connector).id)
    ]


def delete(tx: Transaction, connector: str | None, txn_id: str, actor: str = "") -> str:
    """Have a double deleted in the next run, if QuickBooks then has both.

    Returns:
        What is going to happen, a sentence.

    Raises:
        NotFoundError: There is no such connector, or no such double.
    """
    row = tx.connectors.named(connector, lock=True)
    double = tx.doubles.by_txn_id(row.id, txn_id)
    if double is None or double.gone_at is not None:
        raise NotFoundError(
            f"There is no double with the TxnID {txn_id}; qbferry doubles list shows those there are. "
            "Nothing was changed."
        )
    double.wanted_by, double.problem = actor, None
    tx.doubles.save(double)
    row.doubled = True
    tx.connectors.save(row)
    return (
        f"The {double.kind} with TxnID {txn_id}, a double of {double.entity} {double.record_id}, is deleted "
        f"in the next run, if QuickBooks still has the booked one with TxnID {double.booked_txn_id}."
    )
