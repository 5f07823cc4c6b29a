"""The protocol's edges: what each limit, each code and each exception to a rule means in a run.

The ``world`` fixture compares the books at the end of every test.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import String, func, select, update

from qbferry import Poll, Records, Rejected, Response, Sent, hookimpl
from qbferry.simulator import HResultError, Session
from qbferry.simulator.status import locked
from qbferry.store import tables
from qbferry.testing.audit import audit
from qbferry.testing.installation import COMPANY_FILE
from qbferry.transfer import outbox

from .adversary import DIED, NOT_UNDERSTOOD, WRONG_VERSION
from .odd import ODD, Owner, first, installation, put_three, reason
from .restored import per_message, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from qbferry.simulator.status import Status
    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]


TALKATIVE = (
    '<HostQueryRs requestID="0" statusCode="0" statusSeverity="Info" statusMessage="Status OK"><HostRet>'
    f"<ProductName>{'QuickBooks ' * 30}</ProductName><MajorVersion>24</MajorVersion></HostRet></HostQueryRs>"
)
"""What a QuickBooks with a long name says of itself."""


@pytest.fixture
def database_url() -> None:
    """Nothing here depends on the kind of database."""


def adds(messages: list[str]) -> list[int]:
    """How many invoices each of the messages that carry some has."""
    return [message.count("<InvoiceAddRq") for message in messages if "<InvoiceAddRq" in message]


class Failing(Session):
    """QuickBooks gives an error instead of an answer to invoices with a certain text in them.

    Attributes:
        code: The error.
        text: The text.
    """

    code, text = NOT_UNDERSTOOD, "<InvoiceAddRq"

    def process(self, text: str) -> str:
        if self.text in text and "<InvoiceAddRq" in text:
            raise HResultError(self.code)
        return super().process(text)


class At:
    """Something happens to the n-th invoice that reaches QuickBooks: a status, or its death."""

    def __init__(self, number: int, status: Status | None = None) -> None:
        self._number, self._status, self._count = number, status, 0

    def disturb(self, name: str) -> Status | None:
        self._count += name == "InvoiceAdd"
        if name != "InvoiceAdd" or self._count != self._number:
            return None
        if self._status is None:
            raise HResultError(DIED)
        return self._status


class TestErrorsInsteadOfAnswers:
    @pytest.mark.parametrize("number", [1, 3])
    def test_a_version_quickbooks_does_not_know_is_no_records_fault(
        self, world: Installation, invoice: Make, number: int
    ) -> None:
        world.put("invoice", *(invoice(each) for each in range(number)))
        ticket = world.begin()
        world.send(ticket)
        assert world.exchange.receive_response(ticket, "", WRONG_VERSION, "") == -1
        assert "does not understand the version of qbXML" in world.exchange.close(ticket)
        for record in world.records("invoice"):
            assert (str(record.transfer_status), record.reason, record.alone) == ("Pending", None, False)
        assert adds(run(world)) == [number], "they go together, as before"

    def test_however_often_quickbooks_does_not_know_the_version_no_record_is_suspected(
        self, world: Installation, invoice: Make
    ) -> None:
        """Nothing was executed, so nothing is asked about, and it does not count as an attempt."""
        world.put("invoice", invoice(1), invoice(2))
        messages: list[str] = []
        quickbooks = Failing(world.company)
        quickbooks.code = WRONG_VERSION
        for _ in range(4):
            world.run(quickbooks, watch=messages.append)
        assert adds(messages) == [2, 2, 2, 2]
        assert {(str(row.transfer_status), row.alone) for row in world.records("invoice")} == {
            ("Pending", False)
        }
        assert adds(run(world)) == [2]

    def test_records_of_a_message_nobody_understands_go_one_by_one_in_the_same_run(
        self, world: Installation, invoice: Make
    ) -> None:
        world.put("invoice", invoice(1), invoice(2, purchase_order_number="culprit"), invoice(3))
        messages: list[str] = []
        quickbooks = Failing(world.company)
        quickbooks.text = "culprit"
        assert world.run(quickbooks, watch=messages.append)[-1] == 100
        assert adds(messages) == [3, 1, 1, 1]
        assert world.statuses("invoice") == {
            "INV-1": "Transferred",
            "INV-2": "Pending/Failed",
            "INV-3": "Transferred",
        }

    def test_a_message_that_was_never_executed_is_given_three_times_before_it_is_taken_apart(
        self, world: Installation, invoice: Make
    ) -> None:
        world.put("invoice", invoice(1), invoice(2))
        messages: list[str] = []
        quickbooks = Failing(world.company)
        quickbooks.code = DIED
        while len(adds(messages)) < 4:
            world.run(quickbooks, watch=messages.append)
        given = [message for message in messages if "<InvoiceAddRq" in message]
        assert given[0] == given[1] == given[2]
        assert adds(messages) == [2, 2, 2, 1]
        while world.run()[-1] != 100:
            pass
        assert set(world.statuses("invoice").values()) == {"Transferred"}

    def test_behind_what_was_executed_only_the_first_is_suspected(
        self, world: Installation, invoice: Make
    ) -> None:
        world.put("invoice", *(invoice(number) for number in range(5)))
        world.run(Session(world.company, interference=At(2)))
        assert adds(run(world)) == [1, 3]
        assert set(world.statuses("invoice").values()) == {"Transferred"}


class TestAnswers:
    @pytest.mark.parametrize("code", [0, 500, 530])
    def test_an_error_is_one_by_its_severity_whatever_its_number(
        self, world: Installation, invoice: Make, code: int
    ) -> None:
        world.put("invoice", invoice(1))
        ticket = world.begin()
        [request_id] = re.findall(r'<InvoiceAddRq requestID="([^"]*)"', world.send(ticket))
        world.receive(
            ticket,
            f'<QBXML><QBXMLMsgsRs><InvoiceAddRs requestID="{request_id}" statusCode="{code}" '
            'statusSeverity="Error" statusMessage="Not today."/></QBXMLMsgsRs></QBXML>',
        )
        world.exchange.close(ticket)
        assert world.statuses("invoice") == {"INV-1": "Pending/Failed"}
        assert [line.kind for line in world.history("INV-1")] == ["Rejected"]
        run(world)
        assert world.statuses("invoice") == {"INV-1": "Transferred"}

    def test_what_is_only_tried_again_later_has_not_failed(self, world: Installation, invoice: Make) -> None:
        world.put("invoice", invoice(1), invoice(2))
        ticket = world.begin()
        quickbooks = Session(world.company, interference=At(1, locked("It")))
        assert world.receive(ticket, quickbooks.process(world.send(ticket))) == 100
        assert world.exchange.close(ticket) == "1 transferred"
        assert world.statuses("invoice") == {"INV-1": "Pending", "INV-2": "Transferred"}
        assert world.record("invoice", "INV-1").reason is None
        run(world)


class TestCalls:
    def test_a_call_judges_so_many_records_that_cannot_go_and_no_more(
        self, world: Installation, invoice: Make
    ) -> None:
        """Ten for each request that a message may have: each call must be answered in seconds."""
        per_message(world, 1)
        world.put("invoice", *(invoice(number, status="voided") for number in range(25)), invoice(25))
        ticket, percent = world.begin(), 0
        judged: list[int] = []
        while percent < 100:
            message = world.send(ticket)
            statuses = [*world.statuses("invoice").values()]
            judged.append(statuses.count("Pending/Failed"))
            percent = world.receive(ticket, Session(world.company).process(message))
        assert judged == [10, 20, 25]
        assert world.statuses("invoice")["INV-25"] == "Transferred"

    @pytest.mark.parametrize(
        ("offered", "declared"), [((12, 0), "12.0"), ((13, 0), "13.0"), ((16, 0), "13.0")]
    )
    def test_qbxml_12_is_enough_and_13_is_preferred(
        self, world: Installation, invoice: Make, offered: tuple[int, int], declared: str
    ) -> None:
        world.put("invoice", invoice(1))
        ticket = world.begin()
        message = world.exchange.send_request(ticket, world.greeting, COMPANY_FILE, "US", *offered)
        assert f'<?qbxml version="{declared}"?>' in message
        world.receive(ticket, Session(world.company).process(message))
        message = world.exchange.send_request(ticket, "", COMPANY_FILE, "US", *offered)
        assert f'<?qbxml version="{declared}"?>' in message
        assert "<InvoiceAddRq" in message
        assert world.receive(ticket, Session(world.company).process(message)) == 100

    def test_qbxml_11_is_too_old(self, world: Installation, invoice: Make) -> None:
        world.put("invoice", invoice(1))
        ticket = world.begin()
        harmless = world.exchange.send_request(ticket, world.greeting, COMPANY_FILE, "US", 11, 0)
        assert world.receive(ticket, Session(world.company).process(harmless)) == -1
        assert "12.0 (QuickBooks 2013) or newer is needed" in world.exchange.last_error(ticket)
        run(world)

    def test_windows_does_not_mind_the_case_of_a_path(self, world: Installation, invoice: Make) -> None:
        for number, path in enumerate((COMPANY_FILE, COMPANY_FILE.upper(), COMPANY_FILE.lower())):
            world.put("invoice", invoice(number))
            ticket, percent = world.begin(), 0
            while percent < 100:
                message = world.send(ticket, company_file=path)
                assert message, world.exchange.last_error(ticket)
                percent = world.receive(ticket, Session(world.company).process(message))
            world.exchange.close(ticket)
        assert set(world.statuses("invoice").values()) == {"Transferred"}


def old_ids(messages: list[str]) -> list[str | None]:
    """Which stored answer QuickBooks may forget, by each message that carries invoices or nothing of ours."""
    writing = [message for message in messages if "<InvoiceAddRq" in message or "<HostQueryRq" in message]
    found = [re.search(r'oldMessageSetID="([^"]*)"', message) for message in writing]
    return [each and each[1] for each in found]


class TestWhatQuickBooksMayForget:
    def test_each_message_says_that_the_one_before_is_settled_also_across_runs(
        self, world: Installation, invoice: Make
    ) -> None:
        per_message(world, 1)
        world.put("invoice", invoice(1), invoice(2))
        messages = run(world)
        world.put("invoice", invoice(3))
        messages += run(world)
        ids = [message.message_set_id for message in world.messages()]
        assert old_ids(messages) == [None, *ids[:2]]

    def test_what_was_forgotten_at_the_end_of_a_run_is_not_named_again(
        self, world: Installation, invoice: Make
    ) -> None:
        per_message(world, 1)
        world.put("invoice", invoice(0))
        run(world)
        world.put("invoice", invoice(1), invoice(2, status="voided"))
        ids = old_ids(run(world))
        assert ids == [message.message_set_id for message in world.messages()], "the farewell names the last"
        world.put("invoice", invoice(3))
        assert old_ids(run(world))[0] is None


class TestTextsAndIdentities:
    def stored_texts_fit(self, world: Installation) -> None:
        """SQLite takes texts of any length; PostgreSQL refuses what is longer than its column."""
        with world.database.read() as tx:
            for table in tables.metadata.tables.values():
                for column in table.columns:
                    if isinstance(column.type, String) and column.type.length:
                        longest = tx.connection.execute(select(func.max(func.length(column)))).scalar_one()
                        assert (longest or 0) <= column.type.length, f"{table.name}.{column.name}"

    @pytest.mark.parametrize(
        "owner",
        [
            Owner("build_requests", lambda built: [replace(each, label="L" * 300) for each in built]),
            Owner("handle_response", first(Sent(ref_number="7" * 300, edit_sequence="1" * 300))),
        ],
        ids=["label", "number"],
    )
    def test_a_plugins_texts_are_cut_to_what_is_kept_of_them(
        self, tmp_path: Path, invoice: Make, owner: Owner
    ) -> None:
        with installation(tmp_path, {"invoices": owner}) as world:
            put_three(world, invoice)
            assert world.run() == [100]
            assert set(world.statuses("invoice").values()) == {"Transferred"}
            self.stored_texts_fit(world)
            audit(world)

    def test_what_a_poll_learns_is_cut_as_well(self, tmp_path: Path, invoice: Make) -> None:
        class Renumbering(Owner):
            @hookimpl
            def polls(self) -> list[Poll]:
                query = "<MaxReturned>10</MaxReturned>"
                return [
                    Poll(
                        name="numbers",
                        interval=timedelta(0),
                        query=lambda _: ("InvoiceQuery", query),
                        handle=self.learn,
                    )
                ]

            def learn(self, response: Response, records: Records) -> None:
                for txn_id in response.texts("InvoiceRet/TxnID"):
                    record = records.by_txn_id(txn_id)
                    if record is not None:
                        records.save(record, ref_number="7" * 300)

        with installation(tmp_path, {"invoices": Renumbering()}) as world:
            for number in (1, 2):
                world.put("invoice", invoice(number))
                run(world)
            assert world.record("invoice", "INV-1").ref_number == "7" * 100
            self.stored_texts_fit(world)

    @pytest.mark.parametrize("reading", [None, Rejected("Not so.")], ids=["as it is", "refused"])
    def test_what_quickbooks_says_is_cut_as_well(
        self, tmp_path: Path, invoice: Make, reading: Rejected | None
    ) -> None:
        owner = Owner("handle_response", first(reading))
        with installation(tmp_path, {"invoices": owner}) as world:
            world.put("invoice", invoice(2))
            ticket = world.begin()
            greeting = world.greeting.replace("<CompanyName>", f"<CompanyName>{'C' * 300}").replace(
                "<QBXMLMsgsRs>", f"<QBXMLMsgsRs>{TALKATIVE}"
            )
            path, country = rf"C:\{'B' * 600}.QBW", "A country" * 9
            look = world.exchange.send_request(ticket, greeting, path, country, 13, 0)
            world.receive(ticket, Session(world.company).process(look))
            message = world.exchange.send_request(ticket, greeting, path, country, 13, 0)
            answer = Session(world.company).process(message)
            answer = re.sub("<RefNumber>.*?<", f"<RefNumber>{'7' * 300}<", answer)
            assert world.receive(ticket, answer) == 100
            assert owner.calls == 1
            assert world.record("invoice", ODD).ref_number == "7" * 100
            self.stored_texts_fit(world)

    def test_a_txnid_that_is_not_quickbooks_own_is_not_believed(self, tmp_path: Path, invoice: Make) -> None:
        owner = Owner("handle_response", first(Sent(txn_id="ABC-123")))
        with installation(tmp_path, {"invoices": owner}) as world:
            put_three(world, invoice)
            assert world.run() == [100]
            assert "which is not that of QuickBooks' answer" in reason(world)
            [there] = [row for row in world.company.transactions("Invoice") if row["PONumber"] == ODD]
            assert world.record("invoice", ODD).txn_id == there["TxnID"]
            owner.hook = ""
            run(world)
            assert len(world.company.transactions("Invoice")) == 3
            audit(world)


class Dying:
    """Tells the outside world, and dies of it at first: nobody says what came of it.

    Attributes:
        calls: How often it has begun.
    """

    calls = 0

    @hookimpl
    def update_source(self) -> None:
        self.calls += 1
        if self.calls == 1:
            raise KeyboardInterrupt


class TestTheOutbox:
    @pytest.fixture
    def dying(self) -> Dying:
        return Dying()

    @pytest.fixture
    def office(self, tmp_path: Path, invoice: Make, dying: Dying) -> Iterator[Installation]:
        with installation(tmp_path, {"dying": dying}) as world:
            world.put("invoice", invoice(1))
            world.run()
            with pytest.raises(KeyboardInterrupt):
                outbox.deliver(world.database, world.plugins)
            yield world

    def passes(self, office: Installation, time: timedelta) -> None:
        with office.database.write() as tx:
            [due_at] = tx.connection.execute(select(tables.outbox.c.due_at)).scalars()
            tx.connection.execute(update(tables.outbox).values(due_at=due_at - time))

    def test_what_somebody_tells_is_left_to_him_for_some_minutes(
        self, office: Installation, dying: Dying
    ) -> None:
        self.passes(office, timedelta(minutes=4))
        assert outbox.deliver(office.database, office.plugins) == 0
        assert dying.calls == 1

    def test_what_was_never_said_to_be_told_is_told_by_another(
        self, office: Installation, dying: Dying
    ) -> None:
        self.passes(office, timedelta(minutes=6))
        assert outbox.deliver(office.database, office.plugins) == 1
        assert dying.calls == 2
