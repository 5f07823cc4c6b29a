"""An unanswered message goes again only into the company file it was meant for."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from qbferry.desk import connectors, doubles, doubt
from qbferry.intake import read, take_in
from qbferry.proof.scenario import order
from qbferry.simulator import CompanyFile, Session, bookkeeper
from qbferry.store import tables
from qbferry.testing.installation import COMPANY_FILE, Installation

from .restored import at_desk, live, run, sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from qbferry.store.rows import DoubleRow

    Make = Callable[..., dict[str, Any]]

ELSEWHERE = r"D:\Archive\Other.QBW"


@pytest.fixture
def other(tmp_path: Path) -> Iterator[CompanyFile]:
    """Another company file, without the connector's mark."""
    with CompanyFile.open(tmp_path / "other.sqlite3") as company:
        yield company


def lose_an_answer(world: Installation, invoice: Make, *numbers: int, executed: bool = True) -> None:
    """A message is handed out, and nobody hears what became of it."""
    world.put("invoice", *(invoice(number) for number in numbers))
    text = world.send(world.begin())
    assert "<InvoiceAddRq" in text
    if executed:
        Session(world.company).process(text)


def clear_location(world: Installation) -> str:
    with world.database.write() as tx:
        return connectors.clear_location(tx, "main").name


def work_with(world: Installation, company: CompanyFile, path: str, greeting: str = "") -> list[str]:
    """Make a run with another company file open; what was handed out, and what was told at the end."""
    ticket, quickbooks, said = world.begin(), Session(company), []
    while True:
        text = world.exchange.send_request(ticket, greeting, path, "US", 13, 0)
        said.append(text)
        if not text or not 0 <= world.receive(ticket, quickbooks.process(text)) < 100:
            break
    said.append(world.exchange.last_error(ticket))
    world.exchange.close(ticket)
    return said


def test_another_file_gets_nothing_of_it_whatever_was_cleared(
    world: Installation, other: CompanyFile, invoice: Make
) -> None:
    lose_an_answer(world, invoice, 1, 2, 3)
    clear_location(world)
    said = work_with(world, other, ELSEWHERE)
    assert sent(said) == 0
    assert other.transactions("Invoice") == []
    assert f"it was meant for {COMPANY_FILE}" in said[-1]
    assert "Open the file it was meant for" in said[-1], "one way out"
    assert "qbferry doubt raise --connector main" in said[-1], "and the other"
    with world.database.read() as tx:
        assert [alert.kind for alert in tx.alerts.standing(1)] == ["file.other"]
    # It waits, as often as it is asked.
    assert sent(work_with(world, other, ELSEWHERE)) == 0
    # The right one is open again: it is found there.
    clear_location(world)
    assert sent(run(world)) == 0
    assert live(world) == 3
    assert set(world.statuses("invoice").values()) == {"Transferred"}
    with world.database.read() as tx:
        assert tx.alerts.standing(1) == []


def test_a_person_may_say_that_it_is_the_right_one(
    world: Installation, other: CompanyFile, invoice: Make, backup: Path
) -> None:
    lose_an_answer(world, invoice, 1, executed=False)
    clear_location(world)
    work_with(world, other, ELSEWHERE)
    with world.database.write() as tx:
        doubt.raise_doubt(tx, world.plugins, "main", "continue")
    with at_desk(world) as drawer:
        doubt.not_there(drawer, "INV-1")
    assert sent(work_with(world, other, ELSEWHERE)) == 1
    assert len(other.transactions("Invoice")) == 1
    other.backup(backup)
    world.company.restore(backup)  # what the audit compares with


def test_the_mark_tells_the_right_one_wherever_it_was_moved(world: Installation, invoice: Make) -> None:
    lose_an_answer(world, invoice, 1, executed=False)
    clear_location(world)
    assert sent(work_with(world, world.company, ELSEWHERE, world.greeting)) == 1
    assert live(world) == 1


def test_so_does_something_of_ours_where_there_is_no_mark(
    world: Installation, other: CompanyFile, invoice: Make
) -> None:
    world.greeting = ""
    world.put("invoice", invoice(1))
    run(world)
    world.put("invoice", invoice(2), invoice(3))
    ticket, quickbooks = world.begin(), Session(world.company)
    while "<InvoiceAddRq" not in (text := world.send(ticket)):
        world.receive(ticket, quickbooks.process(text))
    clear_location(world)
    assert sent(work_with(world, other, ELSEWHERE)) == 0
    clear_location(world)
    assert sent(work_with(world, world.company, ELSEWHERE)) == 2, "INV-1 is there: a witness"
    assert live(world) == 3


def test_a_file_that_never_had_a_mark_is_told_by_its_place(world: Installation, invoice: Make) -> None:
    world.greeting = ""
    lose_an_answer(world, invoice, 1, executed=False)
    assert sent(run(world)) == 1
    assert live(world) == 1


def test_a_file_at_the_same_place_that_lost_its_mark_may_be_another_one(
    world: Installation, other: CompanyFile, invoice: Make
) -> None:
    lose_an_answer(world, invoice, 1)
    assert sent(work_with(world, other, COMPANY_FILE)) == 0
    assert other.transactions("Invoice") == []
    run(world)


def vendors(said: list[str]) -> list[bool]:
    """Of each question for the vendors whether it asks for all of them."""
    return ["FromModifiedDate" not in text for text in said if "<VendorQueryRq" in text]


def test_its_lists_are_read_whole(office: Installation, other: CompanyFile) -> None:
    """As soon as it shows what it is: those of another one say nothing of its names and times."""
    office.greeting = ""
    office.put("purchase_order", order("PO-1").document)
    assert vendors(run(office)) == [True]
    clear_location(office)
    office.put("purchase_order", order("PO-2").document)
    assert vendors(work_with(office, other, ELSEWHERE)) == [], "nothing is read from what may be another one"
    clear_location(office)
    office.put("purchase_order", order("PO-3").document)
    assert vendors(run(office)) == [True]
    office.put("purchase_order", order("PO-4").document)
    assert vendors(work_with(office, other, COMPANY_FILE)) == [], "all is missing: it is another one"
    office.put("purchase_order", order("PO-5").document)
    assert vendors(run(office)) == [True], "and this is the first one again"
    assert live(office, "PurchaseOrder") == 5


def test_a_file_that_may_be_another_one_gets_no_new_records_and_is_not_read_and_the_run_says_so(
    world: Installation, other: CompanyFile, invoice: Make
) -> None:
    world.greeting = ""
    world.put("invoice", invoice(1))
    run(world)
    world.put("invoice", invoice(2))
    clear_location(world)
    said = work_with(world, other, ELSEWHERE)
    assert sent(said) == 0
    assert other.transactions("Invoice") == []
    with world.database.read() as tx:
        told = tx.runs.latest(1, 1)[0][0].last_error
    assert "it may be another one" in told
    assert "qbferry connector clear-location main --sure" in told
    assert world.statuses("invoice")["INV-2"] == "Pending"
    # The right one shows what was sent before.
    clear_location(world)
    assert sent(work_with(world, world.company, ELSEWHERE)) == 1


def test_unless_a_person_is_sure_that_it_is_the_right_one(
    tmp_path: Path, other: CompanyFile, invoice: Make
) -> None:
    folder = tmp_path / "sure"
    folder.mkdir()
    with Installation(folder) as world:  # its books are in two files afterwards
        world.greeting = ""
        world.put("invoice", invoice(1))
        run(world)
        world.put("invoice", invoice(2))
        with world.database.write() as tx:
            connectors.clear_location(tx, "main", sure=True)
        assert sent(work_with(world, other, ELSEWHERE)) == 1
        world.put("invoice", invoice(3))
        assert sent(work_with(world, other, ELSEWHERE)) == 1
        assert world.statuses("invoice")["INV-1"] == "Transferred", "it does not go again"


def test_what_was_never_sent_to_may_be_any_file(
    world: Installation, other: CompanyFile, invoice: Make, backup: Path
) -> None:
    world.greeting = ""
    world.put("invoice", invoice(1))
    clear_location(world)
    assert sent(work_with(world, other, ELSEWHERE)) == 1
    other.backup(backup)
    world.company.restore(backup)  # what the audit compares with


@pytest.mark.parametrize(
    ("opened", "told"),
    [
        (r"D:\Books\Company.QBW", "differ only by the drive letter"),
        (r"\\server\Books\Company.QBW", "differ only by drive letter and network name"),
        (r"\\server\C\Books\Company.QBW", "differ only by drive letter and network name"),
        (r"C:\Books\Other.QBW", "if it was moved or renamed"),
        (r"D:\Archive\Company.QBW", "if it was moved or renamed"),
    ],
)
def test_a_path_that_may_lead_to_the_same_file_is_explained(
    world: Installation, invoice: Make, opened: str, told: str
) -> None:
    world.put("invoice", invoice(1))
    run(world)
    world.put("invoice", invoice(2))
    said = work_with(world, world.company, opened, world.greeting)
    assert sent(said) == 0
    assert told in said[-1]
    assert "qbferry connector clear-location main" in said[-1]
    run(world)


class TestWhatIsNotThere:
    """In another file there is nothing of ours, which says nothing."""

    def ordered(self, office: Installation) -> str:
        """An order, with a mark in the file; its TxnID."""
        office.put("purchase_order", order("PO-1").document)
        run(office)
        return office.record("purchase_order", "PO-1").txn_id or ""

    def cancel(self, office: Installation, name: str = "PO-1") -> None:
        with at_desk(office, "purchase_order") as drawer:
            document = order(name, state="Canceled").document
            take_in(drawer, read(drawer.entity, [json.dumps(document)]))

    def test_a_deletion_that_nobody_heard_of_is_not_done_because_another_file_lacks_the_order(
        self, office: Installation, other: CompanyFile
    ) -> None:
        self.ordered(office)
        self.cancel(office)
        ticket, quickbooks = office.begin(), Session(office.company)
        while "<TxnDelRq" not in (text := office.send(ticket)):
            office.receive(ticket, quickbooks.process(text))
        clear_location(office)
        said = work_with(office, other, ELSEWHERE)
        assert f"it was meant for {COMPANY_FILE}" in said[-1]
        clear_location(office)
        assert sent(run(office), "TxnDel") == 1
        assert live(office, "PurchaseOrder") == 0
        assert office.statuses("purchase_order") == {"PO-1": "Not Transferred"}

    def test_nor_is_an_invoice_among_what_was_deleted_in_another_file(
        self, world: Installation, other: CompanyFile, invoice: Make
    ) -> None:
        lose_an_answer(world, invoice, 1, executed=False)
        quickbooks = Session(other, "a person")
        head = '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
        made = (
            "<InvoiceAddRq><InvoiceAdd><CustomerRef><FullName>Acme Corp</FullName></CustomerRef>"
            "<InvoiceLineAdd><ItemRef><FullName>Labor</FullName></ItemRef><Amount>1.00</Amount>"
            "</InvoiceLineAdd></InvoiceAdd></InvoiceAddRq>"
        )
        assert 'statusCode="0"' in quickbooks.process(f"{head}{made}</QBXMLMsgsRq></QBXML>")
        bookkeeper.delete(other, other.transactions("Invoice")[0]["TxnID"])
        clear_location(world)
        said = work_with(world, other, ELSEWHERE)
        assert f"it was meant for {COMPANY_FILE}" in said[-1]
        clear_location(world)
        run(world)
        assert live(world) == 1

    def test_an_order_is_neither_deleted_by_hand_nor_received_because_another_file_lacks_it(
        self, office: Installation, other: CompanyFile, invoice: Make, backup: Path
    ) -> None:
        office.greeting = ""
        self.ordered(office)
        self.cancel(office)
        clear_location(office)
        for number in range(3):
            office.put("invoice", invoice(number))
            said = work_with(office, other, ELSEWHERE)
            assert sent(said) == 0
            assert sent(said, "TxnDel") == 0
        clear_location(office)
        messages = run(office)
        assert sent(messages, "TxnDel") == 1
        assert live(office, "PurchaseOrder") == 0
        assert office.statuses("purchase_order") == {"PO-1": "Not Transferred"}
        assert live(office) == 3, "nothing of it had gone elsewhere"

    def test_what_was_moved_goes_on_where_it_shows_itself(
        self, office: Installation, other: CompanyFile
    ) -> None:
        office.greeting = ""
        self.ordered(office)
        self.cancel(office)
        clear_location(office)
        assert sent(work_with(office, office.company, ELSEWHERE), "TxnDel") == 1
        assert office.statuses("purchase_order") == {"PO-1": "Not Transferred"}

    def test_so_it_does_though_the_last_of_it_is_older_than_quickbooks_remembers_deletions(
        self, office: Installation
    ) -> None:
        office.greeting = ""
        self.ordered(office)
        with office.database.writing() as connection:
            long_ago = datetime.now(UTC) - timedelta(days=200)
            connection.execute(update(tables.history).values(at=long_ago))
        self.cancel(office)
        clear_location(office)
        assert sent(work_with(office, office.company, ELSEWHERE), "TxnDel") == 1

    def test_a_file_at_the_same_place_may_be_another_one(
        self, office: Installation, other: CompanyFile, backup: Path
    ) -> None:
        office.greeting = ""
        self.ordered(office)
        self.cancel(office)
        assert sent(work_with(office, other, COMPANY_FILE), "TxnDel") == 0
        run(office)
        assert live(office, "PurchaseOrder") == 0
        assert office.statuses("purchase_order") == {"PO-1": "Not Transferred"}

    def test_a_double_is_not_gone_because_another_file_lacks_it(
        self, world: Installation, other: CompanyFile, invoice: Make
    ) -> None:
        world.put("invoice", invoice(1))
        [message] = [message for message in run(world) if "<InvoiceAddRq" in message]
        Session(world.company, "another").process(message)
        world.put("invoice", invoice(2))
        run(world)

        def wanted() -> DoubleRow:
            with world.database.write() as tx:
                [double] = tx.doubles.there(1)
                doubles.delete(tx, None, double.txn_id, "Ann")
                return double

        txn_id = wanted().txn_id
        clear_location(world)
        assert sent(work_with(world, other, ELSEWHERE), "TxnDel") == 0
        with world.database.read() as tx:
            [double] = tx.doubles.there(1)
            assert "it may be another one. Nothing was deleted." in (double.problem or "")
            assert txn_id in {alert.about for alert in tx.alerts.standing(1)}
        clear_location(world)
        wanted()
        assert sent(run(world), "TxnDel") == 1
        assert live(world) == 2
