"""Two connectors at once with the same record ids: nothing of one reaches the other."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.app import Application, build, migrate
from qbferry.config import PluginSettings, Settings, TransferSettings
from qbferry.desk import connectors
from qbferry.desk.drawer import Drawer
from qbferry.errors import ProtocolError
from qbferry.intake import read, take_in
from qbferry.proof.audit import audit
from qbferry.simulator import CompanyFile, Seed, Session, WebConnector
from qbferry.stage import Stage
from qbferry.store.records import Filter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Make = Callable[..., dict[str, Any]]

NAMES = ("north", "south")
PASSWORD = "the same for both"
CUSTOMER = {"north": "Northern Lights", "south": "Southern Cross"}


@dataclass
class Pair:
    """Two connectors of one installation, each with its company file."""

    app: Application
    companies: dict[str, CompanyFile]

    def statuses(self, name: str) -> dict[str, str]:
        key = 1 + NAMES.index(name)
        with self.app.database.read() as tx:
            rows = tx.records.page(key, "invoice", Filter(), limit=None)
            return {row.id: str(row.transfer_status) for row in rows}

    def check(self) -> None:
        """Each company file has its own connector's invoices, once, and nothing of the other's."""
        for number, name in enumerate(NAMES, 1):
            company = self.companies[name]
            books = audit(self.app.database, self.app.plugins, company, connector=number)
            assert not books.problems
            there = company.transactions("Invoice")
            assert {row["entity"] for row in there} == {CUSTOMER[name]}
            assert len(there) == 8
            assert set(self.statuses(name).values()) == {"Transferred"}


@pytest.fixture
def pair(tmp_path: Path, database_url: str, invoice: Make) -> Iterator[Pair]:
    plugins = PluginSettings(enabled=["invoices"])
    settings = Settings.model_construct(
        database_url=database_url, plugins=plugins, transfer=TransferSettings(requests_per_message=2)
    )
    migrate(settings)
    with ExitStack() as stack:
        app = build(settings)
        stack.callback(app.close)
        companies = {}
        for name in NAMES:
            with app.database.write() as tx:
                connectors.add(tx, name, user=name, password=PASSWORD)
            with (
                app.database.write() as tx,
                Drawer.open(tx, app.plugins, "invoice", name, "continue", lock=True) as drawer,
            ):
                same = [invoice(f"INV-{number}", organization=CUSTOMER[name]) for number in range(8)]
                arrivals = read(drawer.entity, [json.dumps(one) for one in same])
                take_in(drawer, arrivals, ready=True, separate=True)
            seed = tmp_path / f"{name}.toml"
            seed.write_text(
                f"settings = {{ file = '{name}.QBW' }}\n[lists]\nCustomer = ['{CUSTOMER[name]}']\n"
                "Account = [{ Name = 'Accounts Receivable', AccountType = 'AccountsReceivable' }, "
                "{ Name = 'Services', AccountType = 'Income' }]\n"
                "ItemService = [{ Name = 'Labor', SalesOrPurchase = { AccountRef = 'Services' } }, "
                "{ Name = 'Labor:Remote', SalesOrPurchase = { AccountRef = 'Services' } }]\n"
            )
            company = stack.enter_context(CompanyFile.open(tmp_path / f"{name}.db", Seed.read(seed)))
            companies[name] = company
        yield Pair(app, companies)


def test_two_runs_call_by_call_keep_to_themselves(pair: Pair) -> None:
    """Both agents are alike, as all Web Connectors are; only ticket and message tell them apart."""
    turns = threading.Barrier(2)
    outcomes = {}

    def step(_: object) -> None:
        try:
            turns.wait(timeout=300)
        except threading.BrokenBarrierError:
            return  # the other has finished

    def work(name: str, url: str) -> None:
        company = pair.companies[name]
        connector = WebConnector(url, name, PASSWORD, company, watch=step)
        outcomes[name] = connector.run().outcome
        turns.abort()

    with Stage(pair.app) as stage:
        threads = [threading.Thread(target=work, args=(name, stage.url)) for name in NAMES]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert outcomes == dict.fromkeys(NAMES, "finished")
    pair.check()


def send(pair: Pair, ticket: str, company_file: str) -> str:
    return pair.app.exchange.send_request(ticket, "", company_file, "US", 13, 0)


def test_every_ticket_of_one_tried_on_the_other_changes_nothing(pair: Pair) -> None:
    exchange = pair.app.exchange
    quickbooks = {name: Session(company, name) for name, company in pair.companies.items()}
    tickets = {name: exchange.authenticate(name, PASSWORD).ticket for name in NAMES}
    percents = dict.fromkeys(NAMES, 0)
    while min(percents.values()) < 100:
        answers = {name: quickbooks[name].process(send(pair, tickets[name], f"{name}.QBW")) for name in NAMES}
        before = {name: pair.statuses(name) for name in NAMES}
        for mine, other in (NAMES, NAMES[::-1]):
            exchange.receive_response(tickets[mine], answers[other], "", "")
        assert {name: pair.statuses(name) for name in NAMES} == before
        for name in NAMES:
            percents[name] = exchange.receive_response(tickets[name], answers[name], "", "")
    for name in NAMES:
        exchange.close(tickets[name])
    pair.check()


def test_a_ticket_of_one_does_not_serve_the_other_s_company_file(pair: Pair) -> None:
    exchange = pair.app.exchange
    for name in NAMES:
        ticket = exchange.authenticate(name, PASSWORD).ticket
        send(pair, ticket, f"{name}.QBW")
        exchange.close(ticket)
    ticket = exchange.authenticate("north", PASSWORD).ticket
    assert "<HostQueryRq " in send(pair, ticket, "south.QBW")
    assert exchange.receive_response(ticket, "", "0x80040400", "") == -1
    assert "south.QBW" in exchange.last_error(ticket)


def test_a_ticket_that_nobody_was_given_opens_nothing(pair: Pair) -> None:
    exchange = pair.app.exchange
    ticket = exchange.authenticate("north", PASSWORD).ticket
    for wrong in ("", ticket[:-1], ticket + "x", ticket.swapcase(), "north", "1"):
        with pytest.raises(ProtocolError):
            send(pair, wrong, "north.QBW")
        with pytest.raises(ProtocolError):
            exchange.receive_response(wrong, "<QBXML/>", "", "")
        with pytest.raises(ProtocolError):
            exchange.close(wrong)
        with pytest.raises(ProtocolError):
            exchange.last_error(wrong)
