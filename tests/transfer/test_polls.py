"""Polls: asked before the records they matter to, in few messages, and never in the way."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.plain import plain

from qbferry import (
    AnyRecord,
    Connector,
    Names,
    News,
    NewsKind,
    Poll,
    Records,
    Response,
    hookimpl,
    mirror,
)
from qbferry.plugin import discovery
from qbferry.plugin.manager import Plugins, assemble
from qbferry.simulator import Seed, Session
from qbferry.testing.installation import PASSWORD, USER, Installation
from qbferry.transfer import outbox

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
    invoices = discovery.load(discovery.installed()["invoices"], {"check_names": False})
    return Installation(folder, plugins=Plugins({"invoices": invoices, "lists": Lists(*polls)}), seed=seed)


def found(world: Installation, kind: str, name: str) -> Any:
    with world.database.read() as tx:
        return tx.lists.of(1).find(kind, name)


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
    with Installation(tmp_path, plugins=assemble(plain())) as world:
        world.put("invoice", invoice(1))
        messages: list[str] = []
        assert world.run(watch=messages.append) == [100]
        assert len(messages) == 1
        assert "InvoiceAdd" in messages[0]


def test_a_poll_whose_handler_raises_holds_nothing_up(tmp_path: Path, invoice: Make) -> None:
    def handle(response: Response, records: Records) -> None:
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
        handle=lambda response, records: answers.append(response),
    )
    with world_with(tmp_path, poll) as world:
        assert world.run()[-1] == 100
        assert [answer.name for answer in answers] == ["InvoiceQuery"]
        assert world.exchange.authenticate(USER, PASSWORD).answer == "none"
        Session(world.company)


class Payments:
    """A policy that learns from a poll what became of invoices, and tells about it."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails
        self.told: list[News] = []

    @hookimpl
    def polls(self) -> list[Poll]:
        query = "<MaxReturned>10</MaxReturned>"
        return [
            Poll(
                name="paid", interval=timedelta(0), query=lambda _: ("InvoiceQuery", query), handle=self.learn
            )
        ]

    @hookimpl
    def update_source(self, news: News) -> None:
        self.told.append(news)

    def learn(self, response: Response, records: Records) -> None:
        for txn_id in response.texts("InvoiceRet/TxnID"):
            record = records.by_txn_id(txn_id)
            if record is None:
                continue
            records.save(record, paid_date=date(2026, 11, 20), balance=Decimal("0.00"))
            records.tell(record, NewsKind.PAID, paid_date="2026-11-20")
        if self.fails:
            raise ValueError("no")


class PaidInvoices(Payments):
    """The invoices' owner, who polls as well."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__(fails=fails)
        self._owner: Any = discovery.load(discovery.installed()["invoices"], {"check_names": False})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._owner, name)

    @hookimpl
    def entities(self) -> Any:
        return self._owner.entities()

    @hookimpl
    def build_requests(self, record: AnyRecord, connector: Connector, lists: Any, names: Names) -> Any:
        return self._owner.build_requests(record, connector, lists, names)


def poll_once_transferred(folder: Path, plugin: Payments, make: Make, **others: Any) -> Installation:
    world = Installation(folder, plugins=Plugins({"paid": plugin, **others}))
    for number in (1, 2):
        world.put("invoice", make(number))
        world.run()
    return world


def test_what_an_owners_poll_learns_is_kept_and_told(tmp_path: Path, invoice: Make) -> None:
    plugin = PaidInvoices()
    with poll_once_transferred(tmp_path, plugin, invoice) as world:
        record = world.record("invoice", "INV-1")
        assert (record.paid_date, record.balance) == (date(2026, 11, 20), 0)
        while outbox.deliver(world.database, world.plugins):
            pass
        assert [news.kind for news in plugin.told].count(NewsKind.PAID) == 1
        assert [news.values["paid_date"] for news in plugin.told if news.kind is NewsKind.PAID] == [
            "2026-11-20"
        ]


def test_a_poll_that_fails_midway_has_kept_and_told_nothing(tmp_path: Path, invoice: Make) -> None:
    plugin = PaidInvoices(fails=True)
    with poll_once_transferred(tmp_path, plugin, invoice) as world:
        assert world.record("invoice", "INV-1").paid_date is None
        while outbox.deliver(world.database, world.plugins):
            pass
        assert NewsKind.PAID not in [news.kind for news in plugin.told]


def test_a_poll_reaches_the_records_of_its_own_plugin_only(tmp_path: Path, invoice: Make) -> None:
    owner = discovery.load(discovery.installed()["invoices"], {"check_names": False})
    with poll_once_transferred(tmp_path, Payments(), invoice, invoices=owner) as world:
        assert world.record("invoice", "INV-1").paid_date is None
