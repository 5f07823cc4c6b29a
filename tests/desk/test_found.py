"""What QuickBooks was found to have: seen, and let go of by a person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from qbferry.desk import found
from qbferry.errors import NotFoundError
from qbferry.store.rows import FoundRow

if TYPE_CHECKING:
    from qbferry.testing.installation import Installation


@pytest.fixture
def two(world: Installation) -> Installation:
    """Two things nobody has booked."""
    with world.database.write() as tx:
        row = tx.connectors.named(None, lock=True)
        rows = [
            FoundRow(row.id, f"{{MARKER-{txn_id}}}", "Invoice", txn_id, datetime.now(UTC))
            for txn_id in ("A-1", "B-1")
        ]
        assert len(tx.found.add(row.id, rows)) == 2
        assert tx.found.add(row.id, rows) == [], "each is kept once"
        row.found = True
        tx.connectors.save(row)
    return world


def test_what_is_dismissed_is_let_go_of_and_not_found_again(two: Installation) -> None:
    with two.database.write() as tx:
        found.dismiss(tx, None, ["A-1"], "Ann")
    with two.database.read() as tx:
        assert [row.txn_id for row in found.standing(tx, None)] == ["B-1"]
        assert [*tx.found.claimable(1)] == ["{MARKER-B-1}"]
        assert tx.connectors.named(None).found
    with two.database.write() as tx:
        found.dismiss(tx, None, ["B-1"], "Ann")
        assert tx.found.add(1, [FoundRow(1, "{MARKER-A-1}", "Invoice", "A-1", datetime.now(UTC))]) == []
    with two.database.read() as tx:
        assert found.standing(tx, None) == []
        assert not tx.connectors.named(None).found, "runs look for nothing any more"


def test_what_was_not_found_cannot_be_dismissed(two: Installation) -> None:
    with (
        pytest.raises(NotFoundError, match="has the TxnID or ListID X-1; nothing was dismissed"),
        two.database.write() as tx,
    ):
        found.dismiss(tx, None, ["A-1", "X-1"], "Ann")
    with two.database.read() as tx:
        assert len(found.standing(tx, None)) == 2
