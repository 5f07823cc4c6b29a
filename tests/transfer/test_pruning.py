"""What is kept for some days: answers, lines of the history that hold nothing, alerts that were seen to."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from qbferry.config import KeepSettings
from qbferry.desk import tokens
from qbferry.desk.events import events, place_of
from qbferry.store import pruning
from qbferry.store.rows import AlertRow, HistoryRow
from qbferry.transfer.pruning import LEASE, Pruner

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.testing.installation import Installation

NOW = datetime(2026, 10, 31, 12, tzinfo=UTC)


def line(name: str, days: int, **more: Any) -> HistoryRow:
    values: dict[str, Any] = {"entity": "invoice", "record_pk": 1, "kind": "Rejected"} | more
    return HistoryRow(at=NOW - timedelta(days=days), connector_id=1, record_id=name, **values)


def written(world: Installation, *lines: HistoryRow) -> None:
    with world.database.write() as tx:
        tx.history.append([*lines])


def left(world: Installation) -> list[str]:
    with world.database.read() as tx:
        return [row.record_id for row in tx.history.everything(1)]


def prune(world: Installation, now: datetime = NOW, **keep: int) -> None:
    pruner = Pruner(world.database, KeepSettings(**keep), ("run.error",))
    while pruner.work(now):
        pass


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few rows a transaction, so that there are several."""
    monkeypatch.setattr(pruning, "PART", 3)


def test_old_lines_go_that_do_not_say_what_quickbooks_has(world: Installation) -> None:
    holding = {"kind": "Sent", "txn_id": "1-1", "marker": "{M}"}
    written(
        world,
        *(line(f"old {number}", 100) for number in range(7)),
        line("sent", 100, **holding),
        line("lost", 100, kind="Lost", txn_id="1-1"),
        *(line(f"later {number}", 95) for number in range(4)),
        line("new", 20),
        line("newest", 1),
    )
    prune(world, history=90)
    assert left(world) == ["sent", "lost", "new", "newest"]


def test_the_history_is_kept_for_ever_unless_somebody_says_otherwise(world: Installation) -> None:
    written(world, line("old", 10_000), line("new", 0))
    prune(world)
    assert left(world) == ["old", "new"]


def test_what_listeners_may_still_want_is_kept_whatever_the_history_is(world: Installation) -> None:
    written(world, line("older", 61), line("old", 59), line("new", 0))
    prune(world, history=7, events=60)
    assert left(world) == ["old", "new"]


def test_the_last_line_stays_so_that_no_event_gets_the_place_of_another(world: Installation) -> None:
    written(world, *(line(str(number), 100) for number in range(5)))
    with world.database.read() as tx:
        last = events(tx, place_of(tx, None), 9)[-1][1]["id"]
    prune(world, history=1, events=1)
    assert left(world) == ["4"]
    written(world, line("next", 0))
    with world.database.read() as tx:
        [(_, event)] = events(tx, place_of(tx, last), 9)
    assert event["data"]["id"] == "next"


def test_who_goes_on_behind_what_is_gone_misses_nothing_that_is_kept(world: Installation) -> None:
    written(world, line("A", 100), line("B", 100), line("C", 10), line("D", 0))
    with world.database.read() as tx:
        first = events(tx, place_of(tx, None), 1)[0][1]["id"]
    prune(world, history=50, events=50)
    with world.database.read() as tx:
        assert [event["data"]["id"] for _, event in events(tx, place_of(tx, first), 9)] == ["C", "D"]


def test_old_answers_go_a_few_at_a_time(world: Installation, invoice: Callable[..., dict[str, Any]]) -> None:
    for number in range(5):
        world.put("invoice", invoice(str(number)))
        world.run()
    messages = world.messages()
    assert len(messages) == 5

    def kept() -> list[bool]:
        with world.database.read() as tx:
            return [tx.messages.answer(row.id) is not None for row in messages]

    assert all(kept())
    later = datetime.now(UTC)
    prune(world, later + timedelta(days=29), answers=30)
    assert all(kept())
    prune(world, later + timedelta(days=32), answers=30)
    assert not any(kept())


def test_alerts_go_that_were_seen_to_and_are_over(world: Installation) -> None:
    day = timedelta(days=1)
    with world.database.write() as tx:
        for kind, about in (
            ("k", "seen to"),
            ("run.error", "seen to, and goes on"),
            ("run.error", "over"),
            ("k", "stands"),
            ("k", "last"),
        ):
            tx.alerts.alert(AlertRow(at=NOW, connector_id=1, kind=kind, about=about, text="T."))
        for key in (1, 2, 3, 5):
            tx.alerts.dismiss(key, NOW, "Ann")
        tx.alerts.over([3], NOW)
    prune(world, NOW + 9 * day, events=10)
    assert len(alerts(world)) == 5
    prune(world, NOW + 11 * day, events=10)
    assert alerts(world) == ["seen to, and goes on", "stands", "last"]


def alerts(world: Installation) -> list[str]:
    with world.database.read() as tx:
        return [event["data"]["about"] for _, event in events(tx, place_of(tx, None), 9)]


def test_one_process_forgets(world: Installation) -> None:
    written(world, line("old", 100), line("new", 0))
    with world.database.write() as tx:
        assert tx.leases.take("pruning", "another", NOW, NOW + LEASE)
    prune(world, history=1, events=1)
    assert left(world) == ["old", "new"]
    prune(world, NOW + LEASE, history=1, events=1)
    assert left(world) == ["new"]


def test_a_call_waits_for_no_more_than_a_part(world: Installation) -> None:
    """Between two parts anybody else may write."""
    written(world, *(line(str(number), 100) for number in range(30)), line("new", 0))
    turns: list[int] = []
    pruner = Pruner(world.database, KeepSettings(history=1, events=1))
    while pruner.work(NOW):
        thread = threading.Thread(target=written, args=(world, line("meanwhile", 0)))
        thread.start()
        thread.join(5)
        assert not thread.is_alive()
        turns.append(len(left(world)))
    assert len(turns) >= 10
    assert left(world) == ["new", *["meanwhile"] * len(turns)]


@pytest.mark.parametrize("wrong", [{"answers": 0}, {"events": 0}, {"history": -1}])
def test_nothing_is_kept_for_less_than_a_day(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        KeepSettings.model_validate(wrong)


def test_keys_of_requests_are_kept_for_their_days_each_with_its_answer(world: Installation) -> None:
    with world.database.write() as tx:
        row, _ = tokens.add(tx, "erp", [tokens.Scope.WRITE])
        for days in range(5, 12):
            at = NOW - timedelta(days=days)
            assert tx.idempotency.take(row.id, f"{days}", b"", "me", at, at + timedelta(minutes=2))
            assert tx.idempotency.answer(row.id, f"{days}", "me", "{}")
    prune(world)
    with world.database.read() as tx:
        assert [days for days in range(5, 12) if tx.idempotency.find(row.id, f"{days}")] == [5, 6, 7]
