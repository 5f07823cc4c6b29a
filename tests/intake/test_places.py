"""A record is found wherever it is, when no connector is named."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.desk import connectors
from qbferry.errors import InFlightError, InputError
from qbferry.intake import ImportReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]
    Take = Callable[..., ImportReport]


@pytest.fixture
def take(world: Installation, take: Take) -> Take:
    """Imports documents as a command does, with a second connector there."""
    with world.database.write() as tx:
        connectors.add(tx, "branch", user=None, password="a password for tests")

    def run(*documents: dict[str, Any], connector: str | None = None, ready: bool = False) -> ImportReport:
        return take(*documents, connector=connector, ready=ready, anywhere=connector is None, separate=True)

    return run


def where(world: Installation, name: str) -> dict[str, str | None]:
    """The memo of a record in every connector that has it."""
    with world.database.read() as tx:
        names = {row.id: row.name for row in tx.connectors.everyone()}
        return {
            names[place]: tx.records.by_id(place, "invoice", [name])[name].document["memo"]
            for place in tx.records.whereabouts("invoice", [name])[name]
        }


def test_a_change_lands_where_the_record_is_and_new_ones_with_the_default(
    world: Installation, invoice: Make, take: Take
) -> None:
    take(invoice("B"), connector="branch")
    report = take(invoice("A"), invoice("B", memo="late"), ready=True)
    assert report == ImportReport(created=1, changed=1, ready=2, elsewhere={"branch": ["B"]})
    assert where(world, "A") == {"main": None}
    assert where(world, "B") == {"branch": "late"}
    with world.database.read() as tx:
        assert [row.last_position for row in tx.connectors.everyone()] == [1, 1], "each has its own queue"


def test_two_connectors_may_have_a_record_of_one_id(world: Installation, invoice: Make, take: Take) -> None:
    for name in ("main", "branch"):
        assert take(invoice("A"), connector=name).created == 1
    assert take(invoice("A", memo="late"), connector="branch").changed == 1
    assert where(world, "A") == {"main": None, "branch": "late"}


def test_a_record_several_connectors_have_must_be_told_apart(
    world: Installation, invoice: Make, take: Take
) -> None:
    for name in ("main", "branch"):
        take(invoice("A"), connector=name)
    with pytest.raises(InputError) as caught:
        take(invoice("A", memo="late"), invoice("B"))
    assert str(caught.value) == (
        "Several connectors have invoices of these ids: A. Name one of main, branch with --connector. "
        "Nothing was imported."
    )
    assert where(world, "A") == {"main": None, "branch": None}


def test_nothing_is_imported_when_a_record_elsewhere_is_in_flight(
    world: Installation, invoice: Make, take: Take
) -> None:
    take(invoice("A"), connector="main", ready=True)
    world.send(world.begin())
    with world.database.write() as tx:
        for row in tx.connectors.everyone():
            tx.connectors.save(replace(row, is_default=row.name == "branch"))
    with pytest.raises(InFlightError):
        take(invoice("B"), invoice("A", memo="late"))
    assert where(world, "B") == {}
