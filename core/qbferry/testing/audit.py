"""The invariant every end-to-end test may end with: the books agree with QuickBooks'."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.proof import audit as books

if TYPE_CHECKING:
    from collections.abc import Collection

    from qbferry.testing.installation import Installation

__all__ = ["audit"]


def audit(installation: Installation, *, by_hand: Collection[str] = ()) -> None:
    """Compare an installation's records with its company file.

    Each ``Transferred`` record has exactly one live transaction a request, each transaction there belongs to
    exactly one record, and what was deleted is gone.

    Args:
        installation: Whose.
        by_hand: TxnIDs of transactions that did not come from here.

    Raises:
        AssertionError: They do not agree; every difference is named.
    """
    found = books.audit(installation.database, installation.plugins, installation.company, by_hand=by_hand)
    if found.problems:
        raise AssertionError("\n".join(["The books do not agree with QuickBooks'.", *found.problems]))
