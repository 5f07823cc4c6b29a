"""The server's clock is set back and forward: nothing waits for it to come round, and nothing goes twice.

The ``world`` fixture compares the books at the end of every test.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select
from tests.plain import INVOICES

from qbferry import hookimpl
from qbferry.config import TransferSettings
from qbferry.desk import connectors
from qbferry.errors import NotFoundError, TicketError
from qbferry.plugin.manager import Plugins
from qbferry.simulator import Session
from qbferry.store import tables
from qbferry.testing.audit import audit
from qbferry.testing.installation import PASSWORD, USER, Installation
from qbferry.transfer import elapsed, outbox
from qbferry_invoices.plugin import Invoices

from .adversary import Curious, asking, calm
from .clocks import pass_by, set_clock
from .restored import live, run, sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Make = Callable[..., dict[str, Any]]

DAYS = [-30, 30]
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def busy(world: Installation) -> int | None:
    """Seconds for which another Web Connector is told to wait; None: it may begin."""
    grant = world.exchange.authenticate(USER, PASSWORD)
    return grant.postpone if grant.answer == "busy" else None


@pytest.fixture
def living(world: Installation, invoice: Make) -> str:
    """A run that is handed a message and has two minutes to be heard of again; its ticket."""
    world.settings = TransferSettings(takeover_after=120, quiet_after_takeover=0, resend_after=0)
    world.restart()
    world.put("invoice", invoice(1))
    ticket = world.begin()
    world.send(ticket)
    return ticket


class TestSilence:
    @pytest.mark.parametrize("days", DAYS)
    @pytest.mark.parametrize("elsewhere", [False, True], ids=["one machine", "another machine"])
    def test_a_silent_run_is_taken_over_after_two_minutes_whatever_the_clock_says(
        self, world: Installation, living: str, days: int, elsewhere: bool
    ) -> None:
        pass_by(world, timedelta(0), elsewhere=elsewhere)
        set_clock(world, days * DAY)
        if not (elsewhere and days > 0):  # between two machines a clock that goes forward is silence
            assert 0 < (busy(world) or 0) <= 120
        pass_by(world, 2 * MINUTE + timedelta(seconds=1))
        assert busy(world) is None
        calm_after_takeover(world)

    @pytest.mark.parametrize("days", DAYS)
    def test_a_run_that_is_heard_of_is_not_taken_over(
        self, world: Installation, living: str, days: int
    ) -> None:
        set_clock(world, days * DAY)
        assert 0 < (busy(world) or 0) <= 120
        if days > 0:
            return  # its ticket has come of age: it signs in again
        world.receive(living, Session(world.company).process(world.send(living)))
        assert 0 < (busy(world) or 0) <= 120

    def test_a_person_ends_a_run_that_nobody_will_hear_of_again(
        self, world: Installation, living: str
    ) -> None:
        assert busy(world)
        with world.database.write() as tx:
            running = tx.runs.live(1)
            assert running is not None
            assert connectors.end_run(tx, running.id) == "main"
            with pytest.raises(NotFoundError, match="no run"):
                connectors.end_run(tx, running.id)
        assert busy(world) is None
        calm_after_takeover(world)


class TestTickets:
    """A ticket lives for an hour here, whatever the clock says."""

    @pytest.fixture
    def ticket(self, world: Installation, invoice: Make) -> str:
        world.settings = TransferSettings(
            takeover_after=0, quiet_after_takeover=0, resend_after=0, ticket_hours=1
        )
        world.restart()
        world.put("invoice", invoice(1))
        return world.begin()

    @pytest.mark.parametrize("elsewhere", [False, True], ids=["one machine", "another machine"])
    def test_it_lives_no_longer_because_the_clock_was_set_back(
        self, world: Installation, ticket: str, elsewhere: bool
    ) -> None:
        set_clock(world, -30 * DAY)
        assert world.exchange.knows(ticket)
        world.receive(ticket, Session(world.company).process(world.send(ticket)))
        for _ in range(2):
            pass_by(world, 29 * MINUTE, elsewhere=elsewhere)
            assert world.exchange.knows(ticket)
            world.receive(ticket, Session(world.company).process(world.send(ticket)))
        assert world.exchange.last_error(ticket) == "There was no error."
        pass_by(world, 3 * MINUTE, elsewhere=elsewhere)
        assert not world.exchange.knows(ticket)
        with pytest.raises(TicketError):
            world.send(ticket)
        with pytest.raises(TicketError):
            world.exchange.last_error(ticket)
        calm(world)
        assert live(world) == 1

    def test_it_comes_of_age_where_the_clock_goes_forward(self, world: Installation, ticket: str) -> None:
        set_clock(world, HOUR + MINUTE)
        assert not world.exchange.knows(ticket)
        with pytest.raises(TicketError):
            world.send(ticket)
        calm(world)

    @pytest.mark.parametrize("days", DAYS)
    def test_sign_ins_without_a_run_do_not_pile_up(self, world: Installation, ticket: str, days: int) -> None:
        world.run()
        with world.database.write() as tx:
            connectors.pause(tx, "main", paused=True)
        for _ in range(3):
            assert world.exchange.authenticate(USER, PASSWORD).answer == "none"
        set_clock(world, days * DAY)
        told = world.exchange.authenticate(USER, PASSWORD)
        assert world.exchange.last_error(told.ticket) == "This connector is paused."
        with world.database.read() as tx:
            assert tx.connection.execute(select(func.count()).select_from(tables.idle)).scalar_one() == 1


def calm_after_takeover(world: Installation) -> None:
    """A new run has begun: it is gone, and what was on its way arrives."""
    pass_by(world, 3 * MINUTE)
    calm(world)
    assert live(world) == 1


@pytest.mark.parametrize("days", DAYS)
def test_the_queue_keeps_its_order(world: Installation, invoice: Make, days: int) -> None:
    world.put("invoice", invoice(1), invoice(2))
    set_clock(world, days * DAY)
    world.put("invoice", invoice(3))
    run(world)
    numbers = [int(world.record("invoice", f"INV-{number}").ref_number or 0) for number in (1, 2, 3)]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize("days", DAYS)
def test_polls_are_asked_and_go_on_being_asked(
    tmp_path: Path, database_url: str, invoice: Make, days: int
) -> None:
    curious = Curious()
    with asking(tmp_path, database_url, curious) as world:
        calm(world)
        assert curious.told == 1
        set_clock(world, days * DAY)
        calm(world)
        assert curious.told == 2
        set_clock(world, 50 * MINUTE)
        calm(world)
        assert curious.told == 2, "once an hour"
        set_clock(world, 20 * MINUTE)
        calm(world)
        assert curious.told == 3


@pytest.mark.parametrize("days", DAYS)
def test_quickbooks_is_asked_what_it_still_has_once_a_day(
    world: Installation, invoice: Make, backup: Path, days: int
) -> None:
    world.company.backup(backup)
    world.put("invoice", invoice(1))
    run(world)
    world.put("invoice", invoice(2))
    run(world)
    set_clock(world, days * DAY)
    assert sum("QueryRq" in sheet.text for sheet in calm(world)) >= 1, "it is due at once"
    assert calm(world) == []
    set_clock(world, DAY + MINUTE)
    world.company.restore(backup)
    calm(world)
    assert live(world) == 2, "what was lost is sent again"


def test_what_is_older_by_a_wrong_clock_alone_is_asked_about_once_that_is_right(
    world: Installation, invoice: Make, backup: Path
) -> None:
    """For a clock a hundred days ahead all that was sent is too old to be asked about."""
    world.company.backup(backup)
    world.put("invoice", invoice(1))
    run(world)
    set_clock(world, 100 * DAY)
    world.company.restore(backup)
    world.put("invoice", invoice(2))
    assert sent(run(world)) == 1
    set_clock(world, -100 * DAY)
    world.put("invoice", invoice(3))
    run(world)
    assert live(world) == 3


class Told(Invoices):
    """Invoices that tell their source, which is away at first."""

    def __init__(self) -> None:
        super().__init__(INVOICES)
        self.away, self.told = True, 0

    @hookimpl
    def update_source(self) -> None:
        if self.away:
            raise ConnectionError("away")
        self.told += 1


@pytest.fixture
def telling(tmp_path: Path, database_url: str) -> Iterator[tuple[Installation, Told]]:
    told = Told()
    with Installation(tmp_path, plugins=Plugins({"invoices": told}), url=database_url) as world:
        yield world, told
        audit(world)


@pytest.mark.parametrize("days", DAYS)
@pytest.mark.parametrize("leased", [False, True], ids=["failed before", "leased by one that died"])
def test_what_is_to_be_told_does_not_wait_for_the_clock_to_come_round(
    telling: tuple[Installation, Told], invoice: Make, days: int, leased: bool
) -> None:
    world, told = telling
    world.put("invoice", invoice(1))
    run(world)
    if leased:
        now = datetime.now(UTC)
        with world.database.write() as tx:
            [line] = tx.outbox.waiting()
            assert tx.outbox.lease(line.id, now, now + outbox.LEASE)
    else:
        assert outbox.deliver(world.database, world.plugins) == 0
    told.away = False
    set_clock(world, days * DAY)
    assert outbox.deliver(world.database, world.plugins) == 1
    assert told.told == 1


def test_daylight_saving_is_no_matter_for_what_is_stored(
    world: Installation, invoice: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All moments are kept in UTC, whatever the zone of the server is, in summer and in winter."""
    import time

    for number, zone in enumerate(("America/New_York", "Europe/Berlin", "Pacific/Auckland")):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        world.put("invoice", invoice(number))
        before = datetime.now(UTC)
        run(world)
        with world.database.read() as tx:
            assert before <= tx.history.everything(1)[-1].at <= datetime.now(UTC)
    monkeypatch.undo()
    time.tzset()


class TestElapsed:
    NOW = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)

    def test_between_two_moments_of_one_start_the_clock_says_nothing(self) -> None:
        marked = elapsed.mark(self.NOW)
        for days in DAYS:
            assert elapsed.since(marked, self.NOW + days * DAY) < MINUTE

    def test_between_two_machines_the_clock_counts_and_the_future_is_now(self) -> None:
        marked = elapsed.mark(self.NOW) | {"boot": "elsewhere"}
        assert elapsed.since(marked, self.NOW + HOUR) == HOUR
        assert elapsed.since(marked, self.NOW - DAY) == timedelta(0)

    def test_what_lies_further_ahead_than_it_can_counts_as_now(self) -> None:
        assert elapsed.lies_ahead(self.NOW + MINUTE, self.NOW, HOUR)
        assert not elapsed.lies_ahead(self.NOW + DAY, self.NOW, HOUR)
        assert not elapsed.lies_ahead(self.NOW - MINUTE, self.NOW, HOUR)
        assert not elapsed.lies_ahead(None, self.NOW, HOUR)
