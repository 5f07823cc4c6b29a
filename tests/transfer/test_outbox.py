"""What the outside world is told: in order for each plugin and record, at least once, whoever is away."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update
from tests.plain import INVOICES

from qbferry import AnyRecord, News, RenderError, hookimpl
from qbferry.plugin.manager import Plugins
from qbferry.store import tables
from qbferry.transfer import outbox

from .odd import Policy, installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]


class Herald:
    """Tells a world outside that is sometimes away.

    Attributes:
        away: For which records it is.
        told: Record's id, kind and number or reason of everything it has told.
    """

    def __init__(self, *away: str, error: Exception | None = None) -> None:
        self.away = {*away}
        self.error = error or ConnectionError("the source is away")
        self.told: list[tuple[str, str, str]] = []

    @hookimpl
    def update_source(self, record: AnyRecord, news: News) -> None:
        if record.id in self.away:
            raise self.error
        text = news.values.get("ref_number") or news.values.get("reason", "")
        self.told.append((record.id, str(news.kind), text[:40]))


def deliver(world: Installation) -> int:
    return outbox.deliver(world.database, world.plugins)


def later(world: Installation) -> None:
    """So much time passes that everything that waits is due again."""
    with world.database.write() as tx:
        tx.connection.execute(update(tables.outbox).values(due_at=datetime.now(UTC)))


def waiting(world: Installation) -> list[tuple[str, int, str]]:
    with world.database.read() as tx:
        return [(line.plugin, line.record_pk, str(line.news.kind)) for line in tx.outbox.waiting()]


def number(world: Installation, record_id: str) -> str:
    return world.record("invoice", record_id).ref_number or ""


@pytest.fixture
def herald() -> Herald:
    return Herald()


@pytest.fixture
def world(tmp_path: Path, database_url: str, herald: Herald) -> Iterator[Installation]:
    with installation(tmp_path, {"herald": herald}, url=database_url) as found:
        yield found


def test_the_source_is_told_until_it_has_heard(world: Installation, herald: Herald, invoice: Make) -> None:
    herald.away = {"INV-1"}
    world.put("invoice", invoice(1))
    world.run()
    assert deliver(world) == 0
    herald.away = set()
    assert deliver(world) == 0, "it waits before it tries again"
    later(world)
    assert deliver(world) == 1
    assert herald.told == [("INV-1", "sent", number(world, "INV-1"))]
    later(world)
    assert deliver(world) == 0


def test_a_line_that_fails_holds_up_only_what_comes_behind_it_for_the_same_record(
    world: Installation, herald: Herald, invoice: Make
) -> None:
    world.put("invoice", invoice(1, organization="Nobody Inc"), invoice(2))
    world.run()
    world.run()
    assert waiting(world) == [("herald", 1, "rejected"), ("herald", 2, "sent"), ("herald", 1, "rejected")]
    herald.away = {"INV-1"}
    assert deliver(world) == 1
    assert [told[0] for told in herald.told] == ["INV-2"]
    assert len(waiting(world)) == 2
    herald.away = set()
    assert deliver(world) == 0, "the second line of a record does not overtake its first"
    later(world)
    assert [deliver(world), deliver(world)] == [1, 1]
    assert [told[:2] for told in herald.told] == [
        ("INV-2", "sent"),
        ("INV-1", "rejected"),
        ("INV-1", "rejected"),
    ]


def test_lines_of_a_record_come_in_the_order_they_were_booked(
    world: Installation, herald: Herald, invoice: Make
) -> None:
    from .restored import edited

    world.put("invoice", invoice(1, organization="Nobody Inc"))
    world.run()
    with edited(world, "invoice", "INV-1") as row:
        row.document_text = row.document_text.replace("Nobody Inc", "Acme Corp")
    world.run()
    while deliver(world):
        pass
    assert [told[1] for told in herald.told] == ["rejected", "sent"]


def test_each_plugin_has_lines_of_its_own(
    tmp_path: Path, database_url: str, herald: Herald, invoice: Make
) -> None:
    other = Herald("INV-1")
    with installation(tmp_path, {"herald": herald, "other": other}, url=database_url) as world:
        world.put("invoice", invoice(1), invoice(2))
        world.run()
        assert deliver(world) == 3
        assert [told[0] for told in herald.told] == ["INV-1", "INV-2"]
        assert [told[0] for told in other.told] == ["INV-2"]
        other.away = set()
        later(world)
        assert deliver(world) == 1
        assert [told[0] for told in other.told] == ["INV-2", "INV-1"]


def test_lines_of_a_plugin_that_is_not_enabled_wait_for_it(
    world: Installation, herald: Herald, invoice: Make
) -> None:
    world.put("invoice", invoice(1))
    world.run()
    everything = world.plugins
    for without in (
        Plugins({"invoices": _invoices(world)}),
        Plugins({"herald": Herald()}),  # its own kind of record is away: there is nothing to read it with
    ):
        world.plugins = without
        later(world)
        assert deliver(world) == 0
        assert waiting(world) == [("herald", 1, "sent")]
    world.plugins = everything
    assert deliver(world) == 1
    assert herald.told == [("INV-1", "sent", number(world, "INV-1"))]
    assert waiting(world) == []


def _invoices(world: Installation) -> object:
    from qbferry_invoices.plugin import Invoices

    return Invoices(INVOICES)


@pytest.mark.parametrize("error", [RenderError("no words"), ValueError("\x00\ud800"), SystemExit(1)])
def test_whatever_a_plugin_raises_the_others_are_told(
    tmp_path: Path, database_url: str, invoice: Make, error: Exception
) -> None:
    herald = Herald("INV-1", error=error)
    with installation(tmp_path, {"herald": herald}, url=database_url) as world:
        world.put("invoice", *(invoice(each) for each in (1, 2, 3)))
        world.run()
        assert deliver(world) == 2
        assert [told[0] for told in herald.told] == ["INV-2", "INV-3"]
        assert waiting(world) == [("herald", 1, "sent")]


def test_a_record_that_no_longer_fits_holds_up_its_own_line_alone(
    world: Installation, herald: Herald, invoice: Make
) -> None:
    from .restored import edited

    world.put("invoice", invoice(1), invoice(2))
    world.run()
    with edited(world, "invoice", "INV-1") as row:
        row.document_text = '{"id": "INV-1", "colour": "red"}'
    assert deliver(world) == 1
    assert [told[0] for told in herald.told] == ["INV-2"]
    with world.database.read() as tx:
        assert tx.outbox.waiting()[0].record_pk == 1


def test_what_is_being_told_is_not_told_by_another_process(
    world: Installation, herald: Herald, invoice: Make
) -> None:
    world.put("invoice", invoice(1))
    world.run()
    told: list[int] = []

    class Reentrant:
        """While it is told, another process looks at the outbox."""

        @hookimpl
        def update_source(self) -> None:
            told.append(outbox.deliver(world.database, world.plugins))

    world.plugins = Plugins({"invoices": _invoices(world), "herald": Reentrant()})
    assert deliver(world) == 1
    assert told == [0]


def test_a_plugin_that_fails_on_an_answer_does_not_keep_from_the_world_what_quickbooks_has(
    tmp_path: Path, herald: Herald, invoice: Make
) -> None:
    def fails(*_: Any) -> None:
        raise KeyError("rate")

    odd = Policy("handle_response", fails)
    with installation(tmp_path, {"herald": herald, "odd": odd}) as world:
        world.put("invoice", invoice(2))
        world.run()
        world.run()
        assert world.statuses("invoice") == {"INV-2": "Transferred"}
        while deliver(world):
            pass
        kinds = [told[1] for told in herald.told]
        assert kinds == ["rejected", "sent"]
        assert herald.told[-1][2] == number(world, "INV-2")
