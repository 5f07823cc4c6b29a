"""What a bookkeeper does in QuickBooks by hand, beside all applications and their message sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.simulator import status
from qbferry.simulator.status import RefusalError
from qbferry.simulator.transactions import KINDS, posting

if TYPE_CHECKING:
    from qbferry.simulator.books import Posted
    from qbferry.simulator.company import CompanyFile
    from qbferry.simulator.validate import Fields

__all__ = ["change", "delete"]


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
        changed, _ = posting.modify(
            company, KINDS[kind], {"TxnID": txn_id, "EditSequence": sequence, **fields}
        )
        return changed


def delete(company: CompanyFile, txn_id: str) -> Posted:
    """Delete a transaction.

    Raises:
        RefusalError: QuickBooks does not let it go, or has no such transaction.
    """
    with company.write():
        kind, _ = _look(company, txn_id)
        return posting.delete(company, KINDS[kind], txn_id)


def _look(company: CompanyFile, txn_id: str) -> tuple[str, str]:
    found = company.posted(txn_id)
    if found is None:
        raise RefusalError(status.not_found(txn_id))
    return found.kind, str(found.edit_sequence)
