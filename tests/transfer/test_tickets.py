"""Tickets end: of an ended run the true answer to its message counts, of one that was taken back nothing.

The ``world`` fixture compares the books at the end of every test.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from qbferry.desk import connectors
from qbferry.errors import TicketError
from qbferry.store import tables
from qbferry.testing.installation import PASSWORD, USER

from .adversary import (
    BROKEN,
    KINDS,
    NOT_UNDERSTOOD,
    STOP,
    Answer,
    Clerk,
    Curious,
    asking,
    calm,
    cut,
    once,
    reach,
    snapshot,
    without,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from qbferry.testing.installation import Installation

    from .adversary import Make


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    with asking(tmp_path, database_url, Curious()) as installation:
        yield installation


@pytest.mark.parametrize("how", ["closed", "taken over"])
@pytest.mark.parametrize("kind", KINDS)
def test_of_an_ended_run_no_answer_counts_but_that_to_its_message(
    world: Installation, invoice: Make, kind: str, how: str
) -> None:
    clerk, sheet = reach(world, invoice, kind)
    answer = clerk.process(sheet)
    if how == "closed":
        world.exchange.close(clerk.ticket)
    else:
        Clerk(world).sign_in()
    before = snapshot(world)
    for wrong in (
        Answer(sheet, hresult=NOT_UNDERSTOOD),
        Answer(sheet, hresult=BROKEN),
        cut(answer),
        *([without(answer, 0)] if kind == "message" else ()),
    ):
        assert clerk.bring(wrong) == STOP
        assert snapshot(world) == before
    assert clerk.bring(answer) == STOP
    if kind == "message":
        assert [*world.statuses("invoice").values()].count("Transferred") == 3
        assert all(message.settled_at for message in world.messages())
    else:
        assert snapshot(world) == before
    calm(world)
    once(world, 5)


def changed_password(world: Installation) -> None:
    with world.database.write() as tx:
        connectors.set_password(tx, "main", "another password")
        connectors.set_password(tx, "main", PASSWORD)


def pause(world: Installation) -> None:
    with world.database.write() as tx:
        connectors.pause(tx, "main", paused=True)
    assert world.exchange.authenticate(USER, PASSWORD).answer == "none"
    with world.database.write() as tx:
        connectors.pause(tx, "main", paused=False)


def two_hours(world: Installation) -> None:
    with world.database.write() as tx:
        earlier = datetime.now(UTC) - timedelta(hours=2)
        tx.connection.execute(tables.run.update().values(started_at=earlier))


@pytest.mark.parametrize("end", [changed_password, pause, two_hours])
def test_an_old_ticket_counts_for_nothing_and_recovery_costs_one_check(
    world: Installation, invoice: Make, end: Callable[[Installation], None]
) -> None:
    clerk, sheet = reach(world, invoice, "message")
    answer = clerk.process(sheet)
    end(world)
    before = snapshot(world)
    exchange = world.exchange
    for call in (
        clerk.ask,
        lambda: clerk.bring(answer),
        lambda: clerk.bring(Answer(sheet, hresult=BROKEN)),
        lambda: exchange.connection_error(clerk.ticket, BROKEN, "No."),
        lambda: exchange.last_error(clerk.ticket),
        lambda: exchange.close(clerk.ticket),
    ):
        with pytest.raises(TicketError, match="start the update again"):
            call()
    assert snapshot(world) == before
    kinds = [each.kind for each in calm(world)]
    assert kinds.count("check") == 1
    assert "search" not in kinds
    once(world, 5)


def test_two_sign_ins_without_a_run_do_not_disturb_each_other(world: Installation) -> None:
    calm(world)
    first, second = (world.exchange.authenticate(USER, PASSWORD) for _ in range(2))
    assert (first.answer, second.answer) == ("none", "none")
    for grant in (first, second, first):
        assert world.exchange.last_error(grant.ticket) == "Nothing is due."
        assert world.exchange.close(grant.ticket) == "Nothing is due."


def test_sign_ins_without_a_run_are_forgotten_when_they_are_old(world: Installation) -> None:
    calm(world)
    old = world.exchange.authenticate(USER, PASSWORD).ticket
    with world.database.write() as tx:
        tx.connection.execute(tables.idle.update().values(at=datetime.now(UTC) - timedelta(hours=2)))
    young = world.exchange.authenticate(USER, PASSWORD).ticket
    assert world.exchange.close(young) == "Nothing is due."
    with pytest.raises(TicketError):
        world.exchange.close(old)
    assert len(snapshot(world)["idle"]) == 1
