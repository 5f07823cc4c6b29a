"""Quiet hours: no run begins in them, and one that goes on sends nothing new."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.errors import InputError
from qbferry.model import QuietHours
from qbferry.simulator import Session
from qbferry.testing.installation import PASSWORD, USER

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.testing.installation import Installation

WORK = "Mon-Fri 08:00-18:00, Sat 09:00-12:00 Europe/Berlin"
ALWAYS = "00:00-24:00 UTC"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text + "Z")


class TestTheHours:
    @pytest.mark.parametrize(
        ("now", "end"),
        [
            ("2026-11-26T06:59", None),  # Thursday, 07:59 in Berlin
            ("2026-11-26T07:00", "2026-11-26T17:00"),
            ("2026-11-26T16:59:59", "2026-11-26T17:00"),
            ("2026-11-26T17:00", None),
            ("2026-11-28T08:00", "2026-11-28T11:00"),
            ("2026-11-29T08:00", None),
            ("2026-07-01T06:00", "2026-07-01T16:00"),  # summer time
        ],
    )
    def test_are_those_of_the_place(self, now: str, end: str | None) -> None:
        assert QuietHours.parse(WORK).until(at(now)) == (end and at(end))

    @pytest.mark.parametrize(
        ("hours", "now", "end"),
        [
            ("22:00-06:00 UTC", "2026-11-26T23:00", "2026-11-27T06:00"),
            ("22:00-06:00 UTC", "2026-11-26T05:00", "2026-11-26T06:00"),
            ("fri 22:00-06:00 UTC", "2026-11-28T05:00", "2026-11-28T06:00"),
            ("fri 22:00-06:00 UTC", "2026-11-27T05:00", None),
            ("sat-mon 00:00-24:00 UTC", "2026-11-28T12:00", "2026-12-01T00:00"),
            ("08:00-12:00, 11:00-13:00, 13:00-14:00 UTC", "2026-11-26T08:00", "2026-11-26T14:00"),
        ],
    )
    def test_reach_over_midnight_and_run_into_one_another(
        self, hours: str, now: str, end: str | None
    ) -> None:
        assert QuietHours.parse(hours).until(at(now)) == (end and at(end))

    def test_that_never_end_are_over_in_a_week(self) -> None:
        now = at("2026-11-26T12:00")
        end = QuietHours.parse(ALWAYS).until(now)
        assert end
        assert timedelta(days=7) <= end - now <= timedelta(days=8)

    @pytest.mark.parametrize(
        ("now", "end"),
        [
            # Clocks go forward at 02:00 on 2026-03-29, and back at 03:00 on 2026-10-25.
            ("2026-03-29T00:30", "2026-03-29T02:00"),
            ("2026-10-25T00:30", "2026-10-25T03:00"),
        ],
    )
    def test_are_those_on_the_wall_when_the_clocks_change(self, now: str, end: str) -> None:
        assert QuietHours.parse("01:00-04:00 Europe/Berlin").until(at(now)) == at(end)

    @pytest.mark.parametrize(
        ("hours", "fault"),
        [
            ("", "do not end in a time zone"),
            ("08:00-18:00", "do not end in a time zone"),
            ("08:00-18:00 Europe/Bärlin", "do not end in a time zone"),
            ("08:00-18:00 ../UTC", "do not end in a time zone"),
            ("Mo-Fr 08:00-18:00 UTC", "cannot be read; write them like"),
            ("Mon-Fro 08:00-18:00 UTC", "name a day that is none of Mon"),
            ("25:00-18:00 UTC", "have a time that is none"),
            ("08:60-18:00 UTC", "have a time that is none"),
            ("08:00 UTC", "cannot be read"),
        ],
    )
    def test_that_cannot_be_read_are_refused_with_an_example(self, hours: str, fault: str) -> None:
        with pytest.raises(InputError, match=fault):
            QuietHours.parse(hours)


def later(hours: int) -> str:
    return f"{datetime.now(UTC) + timedelta(hours=hours):%H:00}"


def be_quiet(world: Installation, hours: str | None) -> None:
    with world.database.write() as tx:
        row = tx.connectors.named(None, lock=True)
        row.quiet = hours
        tx.connectors.save(row)


def test_no_run_begins(world: Installation, invoice: Callable[..., dict[str, Any]]) -> None:
    world.put("invoice", invoice(1))
    be_quiet(world, ALWAYS)
    grant = world.exchange.authenticate(USER, PASSWORD)
    assert grant.answer == "none"
    assert grant.postpone
    assert grant.postpone > 6 * 86_400
    assert "quiet hours (00:00-24:00 UTC)" in world.exchange.close(grant.ticket)
    be_quiet(world, None)
    world.run()
    assert world.statuses("invoice") == {"INV-1": "Transferred"}


def test_a_run_that_goes_on_books_what_is_on_its_way_and_sends_nothing_new(
    world: Installation, invoice: Callable[..., dict[str, Any]]
) -> None:
    world.settings = world.settings.model_copy(update={"requests_per_message": 1})
    world.restart()
    world.put("invoice", invoice(1), invoice(2))
    quickbooks, ticket = Session(world.company), world.begin()
    while "InvoiceAddRq" not in (message := world.send(ticket)):
        world.receive(ticket, quickbooks.process(message))
    be_quiet(world, ALWAYS)
    percents = [world.receive(ticket, quickbooks.process(message))]
    while percents[-1] < 100:
        message = world.send(ticket)
        assert "InvoiceAddRq" not in message
        percents.append(world.receive(ticket, quickbooks.process(message)))
    world.exchange.close(ticket)
    assert world.statuses("invoice") == {"INV-1": "Transferred", "INV-2": "Pending"}
    be_quiet(
        world,
        f"{later(2)}-{later(3)} UTC",
    )
    world.run()
    assert world.statuses("invoice") == {"INV-1": "Transferred", "INV-2": "Transferred"}
