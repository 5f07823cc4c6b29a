"""Invoices learn from QuickBooks that they were paid, when, and what is still owed."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event
from tests.transfer.clocks import pass_by
from typer.testing import CliRunner

from qbferry import News, NewsKind, hookimpl
from qbferry.cli import cli
from qbferry.config import PluginSettings
from qbferry.plugin import discovery
from qbferry.plugin.manager import Plugins, assemble
from qbferry.simulator import Session, bookkeeper
from qbferry.testing.installation import PASSWORD, USER, Installation
from qbferry.transfer import outbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qbferry import AnyRecord
    from qbferry.model import RecordRow

HOUR = timedelta(hours=1, minutes=1)


class Source:
    """Hears what becomes of invoices."""

    def __init__(self) -> None:
        self.told: list[tuple[str, News]] = []

    @hookimpl
    def update_source(self, record: AnyRecord, news: News) -> None:
        self.told.append((record.id, news))

    def of(self, record_id: str) -> list[tuple[NewsKind, str]]:
        """What was told of a record since it was sent: the paid date, else the balance."""
        return [
            (news.kind, news.values.get("paid_date") or news.values.get("balance", ""))
            for told, news in self.told
            if told == record_id and news.kind is not NewsKind.SENT
        ]


class Office:
    """An installation with transferred invoices, a bookkeeper, and a source that listens."""

    def __init__(self, folder: Path, url: str, setting: str) -> None:
        self.source = Source()
        plugin = discovery.load(discovery.installed()["invoices"], {})
        plugins = Plugins({"invoices": plugin, "source": self.source})
        self.world = Installation(folder, plugins=plugins, url=url)
        company = self.world.company
        with company.write():
            company.put("settings", company.get("settings") | {"paid_invoices": setting})

    @property
    def company(self) -> Any:
        return self.world.company

    def invoices(self, *numbers: int, **changes: Any) -> list[str]:
        """Transfer invoices; their TxnIDs."""
        for number in numbers:
            document = {
                "id": f"INV-{number}",
                "organization": "Acme Corp",
                "invoice_date": "2026-10-31",
                "lines": [{"item": "Labor~Remote", "amount": "300.00"}],
            } | changes
            self.world.put("invoice", document)
        self.world.run()
        return [self.record(f"INV-{number}").txn_id or "" for number in numbers]

    def look(self) -> list[str]:
        """Let an hour pass, and a run ask what was paid; the messages, without those of other looks."""
        pass_by(self.world, HOUR)
        messages: list[str] = []
        self.world.run(watch=messages.append)
        while outbox.deliver(self.world.database, self.world.plugins):
            pass
        return messages

    def record(self, record_id: str) -> RecordRow:
        return self.world.record("invoice", record_id)


@pytest.fixture(params=["modified", "unmodified"])
def office(request: pytest.FixtureRequest, tmp_path: Path, database_url: str) -> Iterator[Office]:
    """Whether being paid changes the invoice or not."""
    made = Office(tmp_path, database_url, request.param)
    yield made
    made.world.close()


def test_an_invoice_learns_the_date_of_the_payment_that_closed_it(office: Office) -> None:
    (txn_id,) = office.invoices(1)
    bookkeeper.pay(office.company, {txn_id: "100.00"}, "2026-11-20")
    office.look()
    record = office.record("INV-1")
    assert (record.paid_date, record.balance) == (None, 20000)
    bookkeeper.pay(office.company, {txn_id: "200.00"}, "2026-11-24")
    bookkeeper.pay(office.company, {office.invoices(2)[0]: "300.00"}, "2026-11-25")
    office.look()
    record = office.record("INV-1")
    assert (record.paid_date, record.balance) == (date(2026, 11, 24), 0)
    paid = [line.told for line in office.world.history("INV-1") if line.kind == "Paid"]
    assert paid == [{"paid_date": "2026-11-24", "balance": "0.00"}]
    assert [(each["dated"], each["amount"]) for each in record.state["payments"]] == [
        ("2026-11-20", "100.00"),
        ("2026-11-24", "200.00"),
    ]
    assert office.source.of("INV-1") == [
        (NewsKind.BALANCE, "200.00"),
        (NewsKind.PAID, "2026-11-24"),
    ]
    lines = [line.reason for line in office.world.history("INV-1")]
    assert lines[-2:] == [
        "It is paid in part in QuickBooks; 200.00 is owed.",
        "It was paid in QuickBooks on 2026-11-24.",
    ]


def test_it_is_told_once(office: Office) -> None:
    (txn_id,) = office.invoices(1)
    bookkeeper.pay(office.company, {txn_id: "300.00"}, "2026-11-20")
    for _ in range(3):
        office.look()
    assert office.source.of("INV-1") == [(NewsKind.PAID, "2026-11-20")]


def test_credit_memos_and_journal_entries_pay_as_well(office: Office) -> None:
    by_memo, by_entry = office.invoices(1, 2)
    office.look()
    memo = bookkeeper.credit(office.company, "Acme Corp", "300.00", "2026-11-21", item="Labor:Remote")
    entry = bookkeeper.credit(office.company, "Acme Corp", "300.00", "2026-11-22")
    bookkeeper.use(office.company, memo.txn_id, by_memo, "300.00", "2026-11-23")
    bookkeeper.use(office.company, entry.txn_id, by_entry, "300.00", "2026-11-23")
    # Payments of nothing are not all that tells of it: no fact says that QuickBooks keeps them.
    with office.company.write():
        office.company._db.execute("DELETE FROM posted WHERE kind = 'ReceivePayment'")
    office.look()
    assert office.record("INV-1").paid_date == date(2026, 11, 21)
    assert office.record("INV-2").paid_date == date(2026, 11, 22)


@pytest.mark.parametrize("kind", ["payment", "memo", "entry"])
def test_a_deleted_payment_makes_it_unpaid_again(office: Office, kind: str) -> None:
    (txn_id,) = office.invoices(1)
    if kind == "payment":
        paying = bookkeeper.pay(office.company, {txn_id: "300.00"}, "2026-11-20")
    else:
        item = "Labor:Remote" if kind == "memo" else ""
        paying = bookkeeper.credit(office.company, "Acme Corp", "300.00", "2026-11-20", item=item)
        bookkeeper.use(office.company, paying.txn_id, txn_id, "300.00", "2026-11-20")
    office.look()
    assert office.record("INV-1").paid_date == date(2026, 11, 20)
    bookkeeper.delete(office.company, paying.txn_id)
    office.look()
    record = office.record("INV-1")
    assert (record.paid_date, record.balance, record.state.get("payments")) == (None, 30000, None)
    assert office.source.of("INV-1")[-1] == (NewsKind.UNPAID, "300.00")


def test_a_backup_from_before_the_payment_makes_it_unpaid_again_and_what_was_paid_before_stays(
    office: Office, tmp_path: Path
) -> None:
    before, after = office.invoices(1, 2)
    bookkeeper.pay(office.company, {before: "300.00"}, "2026-11-20")
    office.look()
    office.company.backup(tmp_path / "backup")
    office.invoices(3)
    bookkeeper.pay(office.company, {after: "300.00"}, "2026-11-21")
    office.look()
    assert office.record("INV-2").paid_date == date(2026, 11, 21)
    office.company.restore(tmp_path / "backup")
    office.look()
    office.look()
    assert office.record("INV-1").paid_date == date(2026, 11, 20)
    assert (office.record("INV-2").paid_date, office.record("INV-2").balance) == (None, 30000)
    assert office.record("INV-3").transfer_status == "Transferred", "it was sent again"


def test_a_payment_that_pays_another_invoice_now_is_taken_back(office: Office) -> None:
    first, second = office.invoices(1, 2)
    payment = bookkeeper.pay(office.company, {first: "300.00"}, "2026-11-20")
    office.look()
    other = {"AppliedToTxnMod": [{"TxnID": second, "PaymentAmount": "300.00"}]}
    bookkeeper.change(office.company, payment.txn_id, other)
    office.look()
    assert [office.record(f"INV-{number}").paid_date for number in (1, 2)] == [None, date(2026, 11, 20)]


def test_the_same_number_for_the_same_customer_is_not_updated_and_said(office: Office) -> None:
    first, second = office.invoices(1, 2)
    for txn_id in (first, second):
        bookkeeper.change(office.company, txn_id, {"RefNumber": "77"})
    bookkeeper.pay(office.company, {first: "300.00"}, "2026-11-20")
    office.look()
    record = office.record("INV-1")
    assert (record.paid_date, record.balance, record.ref_number) == (None, 0, "77")
    assert "another invoice with the number 77 for the same customer" in str(
        office.world.history("INV-1")[-1].reason
    )
    assert NewsKind.PAID not in [kind for kind, _ in office.source.of("INV-1")]
    office.look()
    said = [line for line in office.world.history("INV-1") if "same customer" in str(line.reason)]
    assert len(said) == 1, "it is said once"


def test_the_same_number_for_another_customer_is_the_right_one_by_customer(office: Office) -> None:
    (first,) = office.invoices(1)
    (second,) = office.invoices(2, organization="Cedar Clinic")
    for txn_id in (first, second):
        bookkeeper.change(office.company, txn_id, {"RefNumber": "77"})
    bookkeeper.pay(office.company, {second: "300.00"}, "2026-11-20")
    office.look()
    assert [office.record(f"INV-{number}").paid_date for number in (1, 2)] == [None, date(2026, 11, 20)]


def test_an_invoice_paid_through_payment_processing_keeps_its_date(office: Office) -> None:
    (txn_id,) = office.invoices(1, paid_by_payment_processing=True, paid_date="2026-11-02")
    bookkeeper.pay(office.company, {txn_id: "300.00"}, "2026-11-20")
    office.look()
    record = office.record("INV-1")
    assert (record.paid_date, record.balance) == (date(2026, 11, 2), 0)
    assert office.source.of("INV-1") == []


def test_a_voided_invoice_is_said_to_be(office: Office) -> None:
    (txn_id,) = office.invoices(1)
    bookkeeper.void(office.company, txn_id)
    office.look()
    record = office.record("INV-1")
    assert (record.voided, record.balance, record.paid_date) == (True, 0, None)
    assert [kind for kind, _ in office.source.of("INV-1")] == [NewsKind.VOIDED]
    office.look()
    assert [kind for kind, _ in office.source.of("INV-1")] == [NewsKind.VOIDED]


def test_a_deleted_invoice_is_said_to_be_and_stays_transferred(office: Office) -> None:
    office.invoices(1)
    txn_id, _ = office.invoices(2, 3)
    bookkeeper.delete(office.company, txn_id)
    office.look()
    record = office.record("INV-2")
    assert (record.deleted, str(record.transfer_status)) == (True, "Transferred")
    assert [kind for kind, _ in office.source.of("INV-2")] == [NewsKind.DELETED]
    assert not office.record("INV-1").deleted


def test_a_number_that_is_changed_in_quickbooks_is_taken_over(office: Office) -> None:
    (txn_id,) = office.invoices(1)
    bookkeeper.change(office.company, txn_id, {"RefNumber": "A-9"})
    office.look()
    assert office.record("INV-1").ref_number == "A-9"
    assert [kind for kind, _ in office.source.of("INV-1")] == [NewsKind.NUMBER]


def test_lists_show_what_is_paid_owed_voided_and_deleted(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third, fourth = office.invoices(1, 2, 3, 4)
    office.invoices(5)
    bookkeeper.pay(office.company, {first: "300.00"}, "2026-11-20")
    bookkeeper.pay(office.company, {second: "100.00"}, "2026-11-20")
    bookkeeper.void(office.company, third)
    bookkeeper.delete(office.company, fourth)
    office.look()
    url = office.world.database.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("QBFERRY_DATABASE_URL", url)
    monkeypatch.setenv("QBFERRY_PLUGINS__ENABLED", '["invoices"]')

    def shown(*words: str) -> Any:
        result = CliRunner().invoke(cli, [*words])
        assert result.exit_code == 0, result.output
        return result.stdout

    rows = json.loads(shown("list", "invoice", "--json"))
    assert [(row["paid_date"], row["balance"], row["voided"], row["deleted"]) for row in rows] == [
        ("2026-11-20", "0.00", False, False),
        (None, "200.00", False, False),
        (None, "0.00", True, False),
        (None, None, False, True),
        (None, "300.00", False, False),
    ]
    lines = shown("list", "invoice", "--wide").splitlines()
    assert "2026-11-20" in lines[1]
    assert "200.00" in lines[2]
    assert "Voided in QuickBooks." in lines[3]
    assert "Deleted in QuickBooks." in lines[4]
    assert '"amount": "100.00"' in shown("show", "invoice", "INV-2")


def test_what_is_learnt_is_told_in_order(office: Office) -> None:
    (txn_id,) = office.invoices(1)
    payment = bookkeeper.pay(office.company, {txn_id: "300.00"}, "2026-11-20")
    pass_by(office.world, HOUR)
    office.world.run()
    bookkeeper.delete(office.company, payment.txn_id)
    pass_by(office.world, HOUR)
    office.world.run()
    bookkeeper.pay(office.company, {txn_id: "300.00"}, "2026-11-25")
    office.look()
    assert [news.kind for _, news in office.source.told] == [
        *(NewsKind.SENT, NewsKind.PAID, NewsKind.UNPAID, NewsKind.PAID),
    ]


def test_a_run_that_dies_between_the_questions_loses_nothing(office: Office) -> None:
    (txn_id,) = office.invoices(1)
    office.look()
    bookkeeper.pay(office.company, {txn_id: "300.00"}, "2026-11-20")
    pass_by(office.world, HOUR)
    quickbooks, ticket = Session(office.company), office.world.begin()
    message = ""
    while "TxnDeletedQuery" not in message or "ReceivePayment" not in message:
        message = office.world.send(ticket)
        office.world.receive(ticket, quickbooks.process(message))
    while "<TxnID>" not in message or "InvoiceQuery" not in message:
        message = office.world.send(ticket)
        if "<TxnID>" not in message:
            office.world.receive(ticket, quickbooks.process(message))
    office.world.exchange.close(ticket)
    assert office.record("INV-1").paid_date is None
    office.world.run()
    assert office.record("INV-1").paid_date == date(2026, 11, 20), "in the next run, without waiting"


def test_it_costs_what_has_changed_and_not_what_is_open(tmp_path: Path) -> None:
    def cost(count: int) -> tuple[int, int]:
        """How many invoices QuickBooks tells of, and how many statements the database executes."""
        folder = tmp_path / f"{count}"
        folder.mkdir()
        office = Office(folder, f"sqlite:///{folder / 'db.sqlite3'}", "unmodified")
        paid, other, *_ = office.invoices(*range(1, count + 1))
        office.look()
        office.company.move_clock(5 * 3600)
        bookkeeper.change(office.company, other, {"Memo": "later, so that the overlap is over"})
        office.look()
        office.company.move_clock(5 * 3600)
        bookkeeper.pay(office.company, {paid: "300.00"}, "2026-11-20")
        pass_by(office.world, timedelta(hours=5))
        quickbooks, statements, told = Session(office.company), 0, 0

        def executed(*_: Any) -> None:
            nonlocal statements
            statements += 1

        event.listen(office.world.database.engine, "before_cursor_execute", executed)
        ticket, percent = office.world.begin(), 0
        while percent < 100:
            answer = quickbooks.process(office.world.send(ticket))
            told += answer.count("<InvoiceRet>")
            percent = office.world.receive(ticket, answer)
        event.remove(office.world.database.engine, "before_cursor_execute", executed)
        assert office.record("INV-1").paid_date == date(2026, 11, 20)
        office.world.close()
        return told, statements

    assert cost(5) == cost(60)


def test_it_is_asked_once_an_interval_and_not_where_the_setting_says_never(
    tmp_path: Path, database_url: str
) -> None:
    never = PluginSettings.model_validate({"enabled": ["invoices"], "invoices": {"paid_every": 0}})
    with Installation(tmp_path, plugins=assemble(never), url=database_url) as world:
        pass_by(world, HOUR)
        assert world.exchange.authenticate(USER, PASSWORD).answer == "none"


def test_it_is_asked_once_an_interval(office: Office) -> None:
    office.invoices(1)
    office.look()
    assert office.world.exchange.authenticate(USER, PASSWORD).answer == "none"
