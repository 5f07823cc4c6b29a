"""Polls: asked before the records they matter to, in few messages, and never in the way."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from qbferry import Connector, Poll, Response, hookimpl, mirror
from qbferry.config import PluginSettings
from qbferry.plugin import discovery
from qbferry.plugin.manager import Plugins, assemble
from qbferry.simulator import Seed, Session
from qbferry.store.lists import StoredLists
from qbferry.testing.installation import PASSWORD, USER, Installation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    Make = Callable[..., dict[str, Any]]


class Lists:
    """A policy that mirrors lists, whatever the records."""

    def __init__(self, *polls: Poll) -> None:
        self.polls_given = polls

    @hookimpl
    def polls(self, connector: Connector) -> list[Poll]:
        return [*self.polls_given]


def world_with(folder: Path, *polls: Poll, seed: Seed | None = None) -> Installation:
    invoices = discovery.load(discovery.installed()["invoices"], {})
    return Installation(folder, plugins=Plugins({"invoices": invoices, "lists": Lists(*polls)}), seed=seed)


def found(world: Installation, kind: str, name: str) -> Any:
    with world.database.read() as session:
        return StoredLists(session, 1).find(kind, name)


def test_short_lists_share_one_message_and_long_ones_are_read_in_parts(
    tmp_path: Path, invoice: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qbferry.transfer.polling.PAGE", 2)
    lists = [mirror(kind) for kind in ("Account", "Class", "Employee", "Customer", "Vendor")]
    with world_with(tmp_path, *lists) as world:
        world.put("invoice", invoice(1))
        messages: list[str] = []
        world.run(watch=messages.append)
        assert sum("AccountQuery" in message for message in messages) == 1
        assert "EmployeeQuery" in messages[0]
        assert "ClassQuery" in messages[0]
        assert sum("CustomerQuery" in message for message in messages) == 3, "six customers, two at a time"
        assert 'iterator="Continue"' in messages[2]
        assert "InvoiceAdd" in messages[-1]
        assert found(world, "Customer", "acme corp").full_name == "Acme Corp"
        assert found(world, "Customer", "Dormant Inc").is_active is False
        assert found(world, "Employee", "Ann Smith").data["UseTimeDataToCreatePaychecks"] == "UseTimeData"
        assert found(world, "Vendor", "Nobody") is None


def test_the_second_time_only_what_changed_is_asked_for(tmp_path: Path, invoice: Make) -> None:
    with world_with(tmp_path, mirror("Vendor")) as world:
        for number in (1, 2):
            world.put("invoice", invoice(number))
            messages: list[str] = []
            world.run(watch=messages.append)
        assert "<FromModifiedDate>" in messages[1]


def test_employees_are_not_asked_for_more_than_is_needed(tmp_path: Path, invoice: Make) -> None:
    with world_with(tmp_path, mirror("Employee")) as world:
        world.put("invoice", invoice(1))
        messages: list[str] = []
        world.run(watch=messages.append)
        assert "<IncludeRetElement>EmployeePayrollInfo</IncludeRetElement>" in messages[0]


def test_lists_of_other_entities_are_not_read_for_invoices(tmp_path: Path, invoice: Make) -> None:
    with Installation(tmp_path, plugins=assemble(PluginSettings())) as world:
        world.put("invoice", invoice(1))
        messages: list[str] = []
        assert world.run(watch=messages.append) == [100]
        assert len(messages) == 1
        assert "InvoiceAdd" in messages[0]


def test_a_poll_quickbooks_refuses_holds_nothing_up(tmp_path: Path, invoice: Make) -> None:
    with world_with(tmp_path, mirror("Nonsense"), mirror("Vendor")) as world:
        world.put("invoice", invoice(1))
        assert world.run()[-1] == 100
        assert world.statuses("invoice") == {"INV-1": "Transferred"}


def test_a_poll_whose_handler_raises_holds_nothing_up(tmp_path: Path, invoice: Make) -> None:
    def handle(session: Any, connector: Connector, response: Response) -> None:
        raise ValueError("no")

    poll = Poll(name="x", interval=timedelta(0), query=lambda _: ("VendorQuery", ""), handle=handle)
    with world_with(tmp_path, poll) as world:
        world.put("invoice", invoice(1))
        assert world.run()[-1] == 100
        assert world.statuses("invoice") == {"INV-1": "Transferred"}


def test_a_poll_with_an_interval_is_worth_a_run_of_its_own_once_an_interval(tmp_path: Path) -> None:
    answers: list[Response] = []
    poll = Poll(
        name="paid",
        interval=timedelta(hours=1),
        query=lambda _: ("InvoiceQuery", "<MaxReturned>1</MaxReturned>"),
        handle=lambda session, connector, response: answers.append(response),
    )
    with world_with(tmp_path, poll) as world:
        assert world.run()[-1] == 100
        assert [answer.name for answer in answers] == ["InvoiceQuery"]
        assert world.exchange.authenticate(USER, PASSWORD).answer == "none"
        Session(world.company)
