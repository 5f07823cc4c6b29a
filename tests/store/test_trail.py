"""Reading the history: what failed costs the failures, however much has been transferred since."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.store import trail
from qbferry.store.trail import Trail, Wanted

from .rows import line

if TYPE_CHECKING:
    import pytest

    from qbferry.store.database import Database

    from .conftest import Plan


def test_what_failed_is_found_among_all_that_went(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "WALK", 2)
    kinds = ["Rejected", "Sent", "Skipped", "In doubt", "Ready", "Sent", "Sent"]
    with database.write() as tx:
        tx.history.append([line(number, kind) for number, kind in enumerate(kinds)])
        tx.history.append([line(7, "Differs", connector_id=2)])
        page = Trail(tx.connection, 1).page(Wanted(failed=True), size=2)
        assert ([row.record_pk for row in page.rows], page.searched) == ([3, 2], True)
        rest = Trail(tx.connection, 1).page(Wanted(failed=True), before=page.after, size=2)
        assert ([row.record_pk for row in rest.rows], rest.after) == ([0], None)
        assert [row.record_pk for row in tx.history.latest(1, failed=True)] == [3, 2, 0]
        assert [row.record_pk for row in tx.history.latest(2, failed=True, entity="invoice")] == [7]


def test_failures_have_an_index_of_their_own(planned: Plan) -> None:
    plan = planned(lambda tx: tx.history.latest(1, failed=True, limit=50))
    assert "ix_failed_history_connector_id_id" in plan
    assert not any(word in plan for word in ("SCAN", "Sort", "TEMP B-TREE"))
