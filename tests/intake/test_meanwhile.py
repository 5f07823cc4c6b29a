"""What happens while a file is being read: the database is free, and the import ends as if it came after."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from qbferry.desk import connectors, readiness
from qbferry.errors import InFlightError, InputError
from qbferry.intake import ImportReport, arrival
from qbferry.model import TransferStatus

from .conftest import check_counters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from qbferry.desk.drawer import Drawer
    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]
    Bring = Callable[..., ImportReport]
    Open = Callable[[], AbstractContextManager[Drawer]]


@pytest.fixture(autouse=True)
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each record is weighed before the next line is read."""
    monkeypatch.setattr(arrival, "PART", 1)


def lines(*parts: dict[str, Any] | Callable[[], object]) -> Iterator[str]:
    """Lines of a file, and what happens between them."""
    for part in parts:
        if callable(part):
            part()
        else:
            yield json.dumps(part)


def ids(world: Installation) -> set[str]:
    return {record.id for record in world.records("invoice")}


def test_a_record_that_was_transferred_meanwhile_has_changed_since(
    world: Installation, invoice: Make, bring: Bring
) -> None:
    bring(lines(invoice("A"), invoice("B"), invoice("C")), ready=True)
    report = bring(
        lines(invoice("A", memo="late"), invoice("B"), world.run, invoice("C", memo="later")), ready=True
    )
    assert report == ImportReport(changed=2, unchanged=1, changed_since_transfer=["A", "C"])
    record = world.record("invoice", "A")
    assert (record.document["memo"], record.changed_since_transfer) == ("late", True)
    assert record.transfer_status is TransferStatus.TRANSFERRED
    assert [line.kind for line in world.history("A")] == ["Ready", "Sent", "Changed"]
    assert world.statuses("invoice") == dict.fromkeys("ABC", "Transferred")
    check_counters(world)


def test_a_record_that_came_in_meanwhile_is_changed(world: Installation, invoice: Make, bring: Bring) -> None:
    report = bring(
        lines(
            invoice("A", memo="mine"),
            invoice("B"),
            lambda: bring(lines(invoice("A", memo="theirs"), invoice("C")), ready=True),
            invoice("D"),
        ),
        ready=True,
    )
    assert report == ImportReport(created=2, changed=1, ready=2)
    assert world.record("invoice", "A").document["memo"] == "mine"
    places = {record.id: record.queue_position or 0 for record in world.records("invoice")}
    assert sorted(places, key=places.__getitem__) == ["A", "C", "B", "D"]
    assert len(set(places.values())) == 4
    check_counters(world)


def test_a_record_that_was_the_same_is_changed_back(world: Installation, invoice: Make, bring: Bring) -> None:
    bring(lines(invoice("A"), invoice("B")))
    report = bring(
        lines(
            invoice("A"),
            lambda: bring(lines(invoice("A", memo="theirs", total="400.00"))),
            invoice("B", total="500.00"),
        )
    )
    assert report == ImportReport(changed=2)
    assert world.record("invoice", "A").document["memo"] is None
    check_counters(world)


def test_what_is_weighed_twice_is_told_once(world: Installation, invoice: Make, bring: Bring) -> None:
    bring(lines(invoice("A")), ready=True)
    world.run()
    report = bring(
        lines(invoice("A", memo="late"), lambda: bring(lines(invoice("A", memo="theirs"))), invoice("B"))
    )
    assert report == ImportReport(created=1, changed=1, changed_since_transfer=["A"])
    assert [line.kind for line in world.history("A")] == ["Ready", "Sent", "Changed", "Changed"]


def test_a_record_another_connector_got_meanwhile_is_changed_there(
    world: Installation, invoice: Make, bring: Bring
) -> None:
    with world.database.write() as tx:
        connectors.add(tx, "branch", user=None, password="a password for tests")
    report = bring(
        lines(
            invoice("A", memo="late"), lambda: bring(lines(invoice("A")), connector="branch"), invoice("B")
        ),
        anywhere=True,
        ready=True,
    )
    assert report == ImportReport(created=1, changed=1, ready=2, elsewhere={"branch": ["A"]})
    with world.database.read() as tx:
        [place] = tx.records.whereabouts("invoice", ["A"])["A"]
        record = tx.records.by_id(place, "invoice", ["A"])["A"]
    assert (record.document["memo"], record.queue_position) == ("late", 1)
    check_counters(world)


def test_a_record_that_was_handed_out_meanwhile_stops_the_import(
    world: Installation, invoice: Make, bring: Bring
) -> None:
    bring(lines(invoice("A")), ready=True)
    with pytest.raises(InFlightError, match=r"cannot be changed: A\. Nothing was imported"):
        bring(
            lines(invoice("A", memo="late"), invoice("B"), lambda: world.send(world.begin()), invoice("C")),
            ready=True,
        )
    assert ids(world) == {"A"}
    assert world.record("invoice", "A").document["memo"] is None


def test_what_a_person_did_meanwhile_holds(
    world: Installation, invoice: Make, bring: Bring, drawer: Open
) -> None:
    bring(lines(invoice("A")), ready=True)

    def take_out() -> None:
        with drawer() as opened:
            list(readiness.set_not_ready(opened, opened.find(["A"])))

    report = bring(lines(invoice("A", memo="late"), take_out, invoice("B")))
    assert report == ImportReport(created=1, changed=1)
    assert world.statuses("invoice") == {"A": "Not Transferred", "B": "Not Transferred"}
    check_counters(world)


def test_an_import_that_is_cut_off_leaves_nothing(world: Installation, invoice: Make, bring: Bring) -> None:
    bring(lines(invoice("A")))

    def cut_off() -> None:
        assert ids(world) == {"A"}, "nobody sees what is on its way"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring(lines(invoice("A", memo="late"), invoice("B"), cut_off), ready=True)
    assert ids(world) == {"A"}
    assert world.record("invoice", "A").document["memo"] is None
    assert bring(lines(invoice("B")), ready=True) == ImportReport(created=1, ready=1)


def test_faults_and_doubles_are_told_together_in_the_order_of_the_file(
    world: Installation, invoice: Make, bring: Bring
) -> None:
    bring(lines(invoice("K")))
    with pytest.raises(InputError) as caught:
        bring(
            lines(
                *(invoice("A"), invoice("K"), invoice("A"), invoice("B", total="x"), invoice("K", memo="2")),
                *(invoice("C"), invoice("C"), invoice("A")),
            )
        )
    assert [line.partition(",")[0].strip() for line in str(caught.value).splitlines()[1:]] == [
        *("line 3", "line 4", "line 5", "line 7", "line 8")
    ]
    assert "line 8, field id: A is in line 1 already" in str(caught.value)
    assert "because of 5 faults" in str(caught.value)
    assert ids(world) == {"K"}


def test_nothing_is_looked_for_by_reading_all_records(
    world: Installation, invoice: Make, bring: Bring
) -> None:
    if not world.database.is_sqlite:
        pytest.skip("PostgreSQL reads small tables whole")
    bring(lines(invoice("A"), invoice("B")), ready=True)
    plans: list[str] = []

    def explain(connection: Any, _: Any, statement: str, parameters: Any, __: Any, many: bool) -> None:
        if not many and statement.startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            cursor = connection.connection.cursor()
            plans.extend(row[-1] for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

    event.listen(world.database.engine, "before_cursor_execute", explain)
    bring(lines(invoice("A", memo="late"), invoice("C")), ready=True, anywhere=True)
    event.remove(world.database.engine, "before_cursor_execute", explain)
    assert any("SEARCH record " in plan for plan in plans)
    grows = ("record", "document", "record_value", "history", "message")
    assert [plan for plan in plans if plan.startswith(tuple(f"SCAN {table}" for table in grows))] == []
