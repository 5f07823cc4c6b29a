"""What QuickBooks was found to have of ours and nobody has booked, as people see it and let go of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from qbferry.desk.drawer import name_some
from qbferry.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qbferry.store.rows import FoundRow
    from qbferry.store.transaction import Transaction

__all__ = ["dismiss", "standing"]


def standing(tx: Transaction, connector: str | None) -> list[FoundRow]:
    """What no record has claimed and no person dismissed, the oldest first.

    Raises:
        NotFoundError: There is no such connector.
    """
    return tx.found.standing(tx.connectors.named(connector).id)


def dismiss(tx: Transaction, connector: str | None, txn_ids: Sequence[str], actor: str) -> None:
    """Let go of what a person says belongs to no record here: nothing is looked for under it any more.

    Raises:
        NotFoundError: There is no such connector, or nothing of that identity was found.
    """
    row = tx.connectors.named(connector, lock=True)
    known = tx.found.dismiss(row.id, txn_ids, datetime.now(UTC), actor)
    missing = [txn_id for txn_id in dict.fromkeys(txn_ids) if txn_id not in known]
    if missing:
        raise NotFoundError(
            f"Nothing that was found for the connector {row.name} has the TxnID or ListID "
            f"{name_some(missing)}; nothing was dismissed. See: qbferry found list."
        )
    row.found = tx.found.forget(row.id, ())
    tx.connectors.save(row)
