"""Several people, each with a Web Connector and a sign-in, on one company file."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.desk import connectors
from qbferry.errors import InputError, NotFoundError
from qbferry.simulator import Session
from qbferry.testing.installation import COMPANY_FILE, USER, Installation

if TYPE_CHECKING:
    from collections.abc import Callable

    Make = Callable[..., dict[str, Any]]

PASSWORD = "ann's own password"


@pytest.fixture
def world(world: Installation) -> Installation:
    with world.database.write() as tx:
        connectors.add_user(tx, "main", "ann", PASSWORD)
    return world


def file_ids(world: Installation) -> tuple[str, str]:
    """The connector's own, and Ann's."""
    with world.database.read() as tx:
        return tx.connectors.named(None).file_id, tx.connectors.users()[0].file_id


def run_as_ann(world: Installation) -> None:
    grant = world.exchange.authenticate("ann", PASSWORD)
    assert grant.answer not in ("none", "nvu", "busy")
    percent = 0
    while 0 <= percent < 100:
        percent = world.receive(grant.ticket, Session(world.company).process(world.send(grant.ticket)))
    world.exchange.close(grant.ticket)


def test_a_further_user_runs_the_updates_and_the_history_says_so(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1))
    run_as_ann(world)
    assert world.statuses("invoice") == {"INV-1": "Transferred"}
    assert [line.actor for line in world.history("INV-1")] == ["ann"]
    world.put("invoice", invoice(2))
    world.run()
    assert [line.actor for line in world.history("INV-2")] == [""]


def test_the_mark_in_the_company_file_may_be_any_users_and_markers_stay_the_connectors(
    world: Installation, invoice: Make
) -> None:
    own, anns = file_ids(world)
    world.greeting = world.greeting.replace(own, anns)
    for number in (1, 2):
        world.put("invoice", invoice(number))
        run_as_ann(world) if number == 1 else world.run()
        with world.database.read() as tx:
            assert tx.connectors.named(None).has_file_id
    assert set(world.statuses("invoice").values()) == {"Transferred"}


def test_the_mark_of_nobody_is_another_company_file(world: Installation, invoice: Make) -> None:
    own, _ = file_ids(world)
    world.greeting = world.greeting.replace(own, f"{{{uuid.uuid4()}}}")
    world.put("invoice", invoice(1))
    grant = world.exchange.authenticate("ann", PASSWORD)
    world.send(grant.ticket)
    assert "belongs to another connector" in world.exchange.last_error(grant.ticket)


def test_one_runs_at_a_time(world: Installation, invoice: Make) -> None:
    world.settings.takeover_after = 120
    world.restart()
    world.put("invoice", invoice(1))
    world.begin()
    assert world.exchange.authenticate("ann", PASSWORD).answer == "busy"


def test_their_qwc_file_has_their_name_and_a_file_id_of_their_own_unless_the_same_is_wanted(
    world: Installation,
) -> None:
    with world.database.write() as tx:
        connectors.add_user(tx, "main", "bob", PASSWORD, same_file_id=True)
    url = "https://books.example.com"
    with world.database.read() as tx:
        main, ann, bob = (connectors.qwc_file(tx, "main", url, user) for user in (None, "ann", "bob"))
        with pytest.raises(NotFoundError, match="there are: ann, bob"):
            connectors.qwc_file(tx, "main", url, "eve")
    own, anns = (each.lower() for each in file_ids(world))
    assert (own in main, own in ann, own in bob) == (True, False, True)
    assert anns in ann
    assert "<UserName>ann</UserName>" in ann
    for part in ("AppName", "OwnerID"):
        said = {each.partition(f"<{part}>")[2].partition("<")[0] for each in (main, ann, bob)}
        assert len(said) == 1


@pytest.mark.parametrize("taken", ["ANN", USER])
def test_a_user_name_is_one_persons(world: Installation, taken: str) -> None:
    with pytest.raises(InputError, match="already"), world.database.write() as tx:
        connectors.add_user(tx, "main", taken, PASSWORD)
    with pytest.raises(InputError, match="already"), world.database.write() as tx:
        connectors.add(tx, "north", user="ann", password=PASSWORD)


def test_who_is_removed_signs_in_no_more_and_their_run_is_over(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1))
    grant = world.exchange.authenticate("ann", PASSWORD)
    assert grant.answer == COMPANY_FILE or grant.ticket
    with world.database.write() as tx:
        connectors.remove_user(tx, "main", "ann")
    assert not world.exchange.knows(grant.ticket)
    assert world.exchange.authenticate("ann", PASSWORD).answer == "nvu"
