"""Records find their connector by their organization or resource, and follow when that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry.desk import connectors, routing
from qbferry.errors import InputError, NotFoundError
from qbferry.store.counters import counted
from qbferry.store.records import Filter

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.intake import ImportReport
    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]
    Take = Callable[..., ImportReport]


@pytest.fixture
def take(world: Installation, take: Take) -> Take:
    """Imports documents as a command does, with a second connector there."""
    with world.database.write() as tx:
        connectors.add(tx, "north", user=None, password="a password for tests")

    def run(*documents: dict[str, Any], **options: Any) -> ImportReport:
        return take(*documents, anywhere="connector" not in options, **options)

    return run


def route(world: Installation, name: str, connector: str = "north") -> routing.Moved:
    with world.database.write() as tx:
        return routing.set_route(tx, world.plugins, "organization", name, connector)


def unroute(world: Installation, name: str) -> routing.Moved:
    with world.database.write() as tx:
        return routing.unset_route(tx, world.plugins, "organization", name)


def of(world: Installation, connector: str) -> dict[str, int | None]:
    """The records of a connector, with their places in its queue."""
    with world.database.read() as tx:
        row = tx.connectors.named(connector)
        return {
            one.id: one.queue_position for one in tx.records.page(row.id, "invoice", Filter(), limit=None)
        }


def counts_hold(world: Installation) -> None:
    """The counters are what is in the table."""
    with world.database.read() as tx:
        for row in tx.connectors.everyone():
            found = [each for each in counted(tx.connection, row.id) if each.records]
            there = of(world, row.name)
            assert sum(each.records for each in found) == len(there)
            assert sum(each.due for each in found) == sum(place is not None for place in there.values())


def test_each_goes_to_its_connector_and_how_many_went_where_is_said(
    world: Installation, invoice: Make, take: Take
) -> None:
    take()
    route(world, "acme CORP")
    report = take(
        invoice("A"),
        invoice("B", organization="Acme Corp~Roof"),
        invoice("C", organization="Acme Corporation"),
        ready=True,
    )
    assert report.connectors == {"main": 1, "north": 2}
    assert report.elsewhere == {}
    assert of(world, "main") == {"C": 1}
    assert of(world, "north") == {"A": 1, "B": 2}
    counts_hold(world)


def test_what_was_never_transferred_follows_and_what_was_stays(
    world: Installation, invoice: Make, take: Take
) -> None:
    take(invoice("SENT"), ready=True)
    world.run()
    take(invoice("WAITS"), invoice("OTHER", organization="Beta Ltd"), ready=True)
    take(invoice("NEW"))
    moved = route(world, "Acme Corp")
    assert (moved.connector, moved.moved, moved.stayed) == ("north", 2, [])
    assert of(world, "main") == {"SENT": None, "OTHER": 3}
    assert of(world, "north") == {"WAITS": 1, "NEW": None}
    assert [line.connector_id for line in world_history(world, 2)] == [2], "its history goes with it"
    counts_hold(world)
    assert unroute(world, "Acme Corp").moved == 2
    assert of(world, "north") == {}
    assert list(of(world, "main")) == ["SENT", "WAITS", "OTHER", "NEW"]
    counts_hold(world)
    world.run()
    assert world.statuses("invoice")["WAITS"] == "Transferred"


def world_history(world: Installation, connector: int) -> list[Any]:
    with world.database.read() as tx:
        return tx.history.everything(connector)


def test_what_is_with_quickbooks_at_this_moment_stays(world: Installation, invoice: Make, take: Take) -> None:
    take(invoice("A"), invoice("B"), ready=True)
    world.settings.requests_per_message = 1
    world.restart()
    assert "<InvoiceAddRq" in world.send(world.begin())
    moved = route(world, "Acme Corp")
    assert (moved.moved, moved.stayed) == (1, ["A"])
    assert list(of(world, "main")) == ["A"]


def test_a_job_may_belong_elsewhere_than_its_customer(world: Installation, invoice: Make, take: Take) -> None:
    take(invoice("A", organization="Acme Corp~Roof"), invoice("B"))
    route(world, "Acme Corp~Roof", "main")
    assert route(world, "Acme Corp").moved == 1
    assert list(of(world, "main")) == ["A"]


def test_one_id_cannot_silently_live_in_two_company_files(
    world: Installation, invoice: Make, take: Take
) -> None:
    take(invoice("A"))
    with pytest.raises(InputError) as caught:
        take(invoice("A"), invoice("B"), connector="north")
    assert str(caught.value) == (
        "main has invoices of these ids already: A. Leave out the connector, and they are changed there. If "
        "those for north are others that only have the same ids, say so (--separate). "
        "Nothing was imported."
    )
    assert of(world, "north") == {}
    assert take(invoice("A"), connector="north", separate=True).created == 1
    assert take(invoice("A", memo="late"), connector="north").changed == 1, "it is known there now"
    moved = route(world, "Acme Corp")
    assert (moved.moved, moved.stayed) == (0, ["A"])


def test_a_route_names_a_connector_there_is(world: Installation) -> None:
    with pytest.raises(NotFoundError, match="no connector named south"):
        route(world, "Acme Corp", "south")
    with pytest.raises(NotFoundError, match="goes to the default connector already"):
        unroute(world, "Acme Corp")
    with pytest.raises(InputError, match="blank"):
        route(world, "  ", "main")


def test_a_record_whose_organization_changes_follows_to_its_connector_if_quickbooks_never_had_it(
    world: Installation, invoice: Make, take: Take
) -> None:
    take(invoice("SENT"), ready=True)
    world.run()
    take(invoice("WAITS"), invoice("STAYS"), ready=True)
    take(invoice("NEW"))
    route(world, "Birch & Sons")
    birch = {"organization": "Birch & Sons"}
    take(invoice("SENT", **birch), invoice("WAITS", **birch), invoice("NEW", **birch), invoice("STAYS"))
    assert of(world, "main") == {"SENT": None, "STAYS": 3}
    assert of(world, "north") == {"WAITS": 1, "NEW": None}
    counts_hold(world)
    take(invoice("WAITS"))
    assert "WAITS" in of(world, "main"), "its organization belongs to the default connector again"
    counts_hold(world)


def test_a_record_that_was_imported_for_a_connector_stays_there_whoever_it_is_for(
    world: Installation, invoice: Make, take: Take
) -> None:
    take(invoice("A"), connector="north")
    take(invoice("A", organization="Birch & Sons"))
    assert list(of(world, "north")) == ["A"]
