"""The replies of this server get lost: a message goes again ever less often, and recovers by itself.

The ``world`` fixture compares the books at the end of every test.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.config import TransferSettings
from qbferry.testing.installation import PASSWORD, USER

from .adversary import Clerk, calm
from .clocks import set_clock
from .restored import live

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.store.rows import AlertRow
    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]


@pytest.fixture
def world(world: Installation) -> Installation:
    """It, with the pause of the settings."""
    world.settings = TransferSettings(takeover_after=0, quiet_after_takeover=0)
    world.restart()
    return world


def lose_messages(world: Installation) -> list[str]:
    """A run in which every message is lost on its way to the Web Connector; those it was to get."""
    clerk, lost = Clerk(world), []
    if not clerk.sign_in():
        return []
    for _ in range(60):
        sheet = clerk.ask()
        if sheet.kind == "message":
            lost.append(sheet.text)
            continue  # it never arrives, and the Web Connector asks again
        if not 0 <= clerk.do(sheet) < 100:
            break
    world.exchange.close(clerk.ticket)
    return lost


def alerts(world: Installation) -> list[AlertRow]:
    with world.database.read() as tx:
        return tx.alerts.standing(1)


def test_the_same_bytes_go_again_ever_less_often_and_arrive_at_last(
    world: Installation, invoice: Make
) -> None:
    world.put("invoice", invoice(1))
    lost = lose_messages(world)
    assert len(lost) == 3
    assert len({*lost}) == 1, "the same bytes under the same ID"
    [alert] = alerts(world)
    assert alert.kind == "message.lost"
    assert "did not reach QuickBooks 3 times" in alert.text
    waited = []
    for _ in range(9):
        grant = world.exchange.authenticate(USER, PASSWORD)
        assert grant.answer == "none", "it is not time yet"
        waited.append(grant.postpone or 0)
        set_clock(world, timedelta(seconds=waited[-1] + 1))
        again = lose_messages(world)
        assert again == lost[:1], "once each time"
    assert [round(seconds, -1) for seconds in waited[:6]] == [60, 120, 240, 480, 960, 1920]
    assert {round(seconds, -1) for seconds in waited[6:]} == {3600}
    assert len(alerts(world)) == 1, "told once"
    assert world.statuses("invoice") == {"INV-1": "Pending"}, "nobody holds it"
    set_clock(world, timedelta(hours=2))
    calm(world)  # the network is back
    assert live(world) == 1
    assert world.statuses("invoice") == {"INV-1": "Transferred"}
    assert alerts(world) == []


def test_records_that_do_not_arrive_together_go_alone(world: Installation, invoice: Make) -> None:
    world.put("invoice", *(invoice(number) for number in range(3)))
    lost = lose_messages(world)
    assert [text.count("<InvoiceAddRq") for text in lost] == [3, 3, 3, 1, 1, 1]
    set_clock(world, timedelta(minutes=2))
    calm(world)
    assert live(world) == 3
    assert set(world.statuses("invoice").values()) == {"Transferred"}


def test_what_quickbooks_executed_after_all_is_found_before_it_goes_again(
    world: Installation, invoice: Make
) -> None:
    world.put("invoice", invoice(1))
    lose_messages(world)
    clerk = Clerk(world)
    with world.database.read() as tx:
        message = tx.messages.unsettled(1)
    assert message is not None
    from qbferry.simulator import Session

    Session(world.company).process(message.body)  # it was only slow
    assert clerk.sign_in() is False
    set_clock(world, timedelta(minutes=2))
    assert not any("<InvoiceAddRq" in sheet.text for sheet in calm(world))
    assert live(world) == 1


@pytest.mark.parametrize("days", [-30, 30])
def test_the_pause_ends_though_the_clock_was_set(world: Installation, invoice: Make, days: int) -> None:
    world.put("invoice", invoice(1))
    lose_messages(world)
    set_clock(world, timedelta(days=days))
    calm(world)
    assert live(world) == 1
