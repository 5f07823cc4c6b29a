"""A run from sign-in to the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry import xmldoor
from qbferry.config import PluginSettings
from qbferry.errors import QbferryError, TicketError
from qbferry.plugin.manager import assemble
from qbferry.proof import scenario
from qbferry.simulator import Session
from qbferry.testing.installation import PASSWORD, USER, Installation

from .restored import edited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from qbferry.store.database import Database

    Make = Callable[..., dict[str, Any]]

UNCOUNTED = {"BEGIN IMMEDIATE", ";"}
"""The beginning of a transaction, and how a connection to PostgreSQL is found to be alive."""


def test_ready_invoices_arrive_with_quickbooks_numbers(world: Installation, invoice: Make) -> None:
    world.put("invoice", *(invoice(number) for number in range(3)))
    assert world.run() == [100]
    assert set(world.statuses("invoice").values()) == {"Transferred"}
    numbers = {row["TxnID"]: row["RefNumber"] for row in world.company.transactions("Invoice")}
    for record in world.records("invoice"):
        assert record.ref_number == numbers[record.txn_id]
        assert record.transfer_date
        assert record.reason is None


def test_records_go_in_the_order_they_were_set_ready(world: Installation, invoice: Make) -> None:
    world.settings.requests_per_message = 4
    world.put("invoice", *(invoice(number) for number in (10, 9, 2, 1, 30, 4, 22, 3, 100)))
    world.run()
    sent = [part["id"] for message in world.messages() for part in message.requests]
    assert sent == [f"INV-{number}" for number in (10, 9, 2, 1, 30, 4, 22, 3, 100)]


def test_nothing_due_is_none_and_leaves_no_run_behind(world: Installation) -> None:
    grant = world.exchange.authenticate(USER, PASSWORD)
    assert grant.answer == "none"
    assert world.exchange.close(grant.ticket) == "Nothing is due."
    assert world.exchange.last_error(grant.ticket) == "Nothing is due."
    with pytest.raises(TicketError):
        world.send(grant.ticket)


@pytest.mark.parametrize(("user", "password"), [(USER, "wrong"), ("nobody", PASSWORD), ("", ""), (USER, "")])
def test_a_wrong_user_or_password_is_nvu(world: Installation, user: str, password: str) -> None:
    assert world.exchange.authenticate(user, password).answer == "nvu"


def stopped(world: Installation, ticket: str, request: str, version: str = "13.0") -> None:
    """A run that is refused: what is handed out changes nothing, and its answer is told to stop."""
    head, _, body = request.partition("<QBXML>")
    assert f'<?qbxml version="{version}"?>' in head
    (node,) = xmldoor.parse(f"<QBXML>{body}")[0]
    assert node.tag == "HostQueryRq"
    assert "MessageSetID" not in request
    answer = (
        f'<QBXML><QBXMLMsgsRs><HostQueryRs requestID="{node.get("requestID")}" statusCode="0" '
        'statusSeverity="Info" statusMessage="Status OK"/></QBXMLMsgsRs></QBXML>'
    )
    assert world.exchange.receive_response(ticket, answer, "", "") == -1
    assert world.exchange.receive_response(ticket, "", "0x80040400", "parse") == -1


@pytest.mark.parametrize("hcp", ["<QBXML", "<html/>", "<!DOCTYPE a><QBXML/>"])
def test_a_greeting_that_cannot_be_read_ends_the_run_with_a_reason_that_is_shown(
    world: Installation, invoice: Make, hcp: str
) -> None:
    world.put("invoice", invoice(1))
    ticket = world.begin()
    stopped(world, ticket, world.exchange.send_request(ticket, hcp, "", "US", 16, 0))
    assert "QuickBooks did not say which company file is open." in world.exchange.last_error(ticket)
    assert world.statuses("invoice")["INV-1"] == "Pending"
    world.run()


def test_a_name_that_is_refused_in_a_line_is_told_with_the_line(world: Installation, invoice: Make) -> None:
    lines = [{"item": item, "amount": "100.00"} for item in ("Labor~On-site", "Labor~Remote", "No such item")]
    world.put("invoice", invoice(1, lines=lines))
    world.run()
    told = 'QuickBooks knows no item named "No such item" in line 3. '
    assert (world.record("invoice", "INV-1").reason or "").startswith(told)


def test_a_refused_record_fails_alone_with_its_reason(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1), invoice(2, organization="Nobody Inc"), invoice(3))
    assert world.run() == [100]
    assert world.statuses("invoice") == {
        "INV-1": "Transferred",
        "INV-2": "Pending/Failed",
        "INV-3": "Transferred",
    }
    failed = world.record("invoice", "INV-2")
    assert "no customer" in (failed.reason or "")
    assert "Nobody Inc" in (failed.reason or "")
    assert [line.kind for line in world.history("INV-2")] == ["Rejected"]
    assert world.history("INV-2")[0].status_code == 3140


def test_a_failed_record_goes_again_in_every_run_but_once_a_run(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1, organization="Nobody Inc"))
    world.run()
    world.run()
    assert [line.kind for line in world.history("INV-1")] == ["Rejected", "Rejected"]


def test_an_ineligible_record_never_leaves(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1, status="voided"), invoice(2))
    world.run()
    assert world.statuses("invoice") == {"INV-1": "Pending/Failed", "INV-2": "Transferred"}
    assert [part["id"] for message in world.messages() for part in message.requests] == ["INV-2"]
    assert [line.kind for line in world.history("INV-1")] == ["Skipped"]


def test_a_run_in_which_nothing_can_go_never_sends_an_empty_message(
    world: Installation, invoice: Make
) -> None:
    world.put("invoice", invoice(1, status="voided"))
    messages: list[str] = []
    assert world.run(watch=messages.append) == [100]
    assert all(message.startswith("<?xml") for message in messages)
    assert world.messages() == []


def test_a_name_too_long_for_quickbooks_fails_its_record_before_it_leaves(
    world: Installation, invoice: Make
) -> None:
    world.put("invoice", invoice(1, purchase_order_number="P" * 26), invoice(2))
    world.run()
    reason = world.record("invoice", "INV-1").reason or ""
    assert "PONumber" in reason
    assert "25" in reason
    assert world.statuses("invoice")["INV-2"] == "Transferred"


def test_the_percentage_never_rounds_up_to_100(world: Installation, invoice: Make) -> None:
    world.settings.requests_per_message = 1
    world.put("invoice", *(invoice(number) for number in range(201)))
    percents = world.run()
    assert percents == sorted(percents)
    assert percents.count(100) == 1
    assert percents[-1] == 100
    assert percents[-2] == 99


def test_the_size_of_a_message_is_limited_in_bytes(world: Installation, invoice: Make) -> None:
    world.settings.message_bytes = 4000
    line = {"id": "1", "item": "Labor~Remote", "quantity": "1", "amount": "120.00"}
    world.put(
        "invoice",
        *(invoice(number) for number in range(6)),
        *(invoice(10 + n, lines=[line | {"description": "Ж" * 200}], total="120.00") for n in range(6)),
    )
    world.run()
    sizes = [len(message.body.encode()) for message in world.messages()]
    assert max(sizes) <= 4000
    assert len(sizes) == 4, "messages are as full as they may be"


def test_a_record_too_large_for_a_message_goes_by_itself(world: Installation, invoice: Make) -> None:
    line = {"id": "1", "item": "Labor~Remote", "quantity": "1", "amount": "120.00", "description": "x" * 3000}
    world.settings.message_bytes = 2000
    world.put("invoice", invoice(1), invoice(2, lines=[line], total="120.00"), invoice(3))
    world.run()
    assert set(world.statuses("invoice").values()) == {"Transferred"}


@pytest.mark.parametrize(("limit", "messages"), [(6, [6, 3]), (5, [3, 3, 3]), (2, [3, 3, 3])])
def test_a_message_has_no_more_requests_than_are_allowed_but_a_record_is_never_split(
    office: Installation, limit: int, messages: list[int]
) -> None:
    office.settings.requests_per_message = limit
    office.restart()
    office.put("timesheet", *(scenario.timesheet(f"TS-{number}").document for number in (1, 2, 3)))
    office.run()
    assert [len(message.requests) for message in office.messages()] == messages


def test_a_suspected_record_travels_by_itself_also_behind_others(world: Installation, invoice: Make) -> None:
    world.put("invoice", *(invoice(number) for number in range(1, 6)))
    with edited(world, "invoice", "INV-3") as row:
        row.alone = True
    world.run()
    assert [[part["id"] for part in message.requests] for message in world.messages()] == [
        ["INV-1", "INV-2"],
        ["INV-3"],
        ["INV-4", "INV-5"],
    ]


def test_a_call_judges_only_so_many_records_that_cannot_go(world: Installation, invoice: Make) -> None:
    """The Web Connector waits for it; the rest is judged in the calls that follow."""
    world.settings.requests_per_message = 2
    world.put("invoice", *(invoice(number, status="voided") for number in range(50)), invoice(50))
    ticket, quickbooks = world.begin(), Session(world.company)
    failed: list[int] = []
    percent = 0
    while percent < 100:
        percent = world.receive(ticket, quickbooks.process(world.send(ticket)))
        failed.append([*world.statuses("invoice").values()].count("Pending/Failed"))
    assert failed[:3] == [20, 40, 50]
    assert world.statuses("invoice")["INV-50"] == "Transferred"


def test_warnings_of_quickbooks_are_no_errors(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1))
    ticket = world.begin()
    message = world.send(ticket)
    answer = Session(world.company).process(message)
    answer = answer.replace('statusCode="0" statusSeverity="Info"', 'statusCode="530" statusSeverity="Warn"')
    assert world.receive(ticket, answer) == 100
    assert world.statuses("invoice") == {"INV-1": "Transferred"}


def test_tickets_are_random_and_stored_hashed(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1))
    first, second = world.begin(), world.begin()
    assert first != second
    assert len(first) >= 43
    with world.database.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT ticket FROM run").scalars().all()
    assert all(first.encode() not in ticket and second.encode() not in ticket for ticket in stored)
    world.run()


def test_an_unknown_ticket_is_refused_everywhere(world: Installation) -> None:
    for call in (
        lambda: world.send("x"),
        lambda: world.receive("x", ""),
        lambda: world.exchange.connection_error("x", "0x80040408", ""),
        lambda: world.exchange.last_error("x"),
        lambda: world.exchange.close("x"),
        lambda: world.exchange.close(""),
        lambda: world.exchange.last_error(""),
    ):
        with pytest.raises(TicketError, match="ticket"):
            call()


def test_a_connection_error_is_tried_again_once_then_given_up(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1))
    ticket = world.begin()
    assert world.exchange.connection_error(ticket, "0x80040408", "Could not start QuickBooks.") == ""
    assert world.exchange.connection_error(ticket, "0x80040408", "Could not start QuickBooks.") == "done"
    assert "QuickBooks" in world.exchange.last_error(ticket)
    world.run()


def test_the_company_file_is_recorded_and_compared(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1))
    world.run()
    world.put("invoice", invoice(2))
    grant = world.exchange.authenticate(USER, PASSWORD)
    assert grant.answer == r"C:\Books\Company.QBW"
    stopped(world, grant.ticket, world.send(grant.ticket, company_file=r"D:\Other.QBW"))
    assert r"D:\Other.QBW" in world.exchange.last_error(grant.ticket)
    assert "clear-location" in world.exchange.close(grant.ticket)
    assert world.statuses("invoice")["INV-2"] == "Pending"
    world.run()


def test_a_company_file_of_another_connector_is_refused_whatever_its_path(
    world: Installation, invoice: Make
) -> None:
    with world.database.read() as tx:
        owner = tx.installations.owner_id()
    hcp = (
        '<QBXML><QBXMLMsgsRs><CompanyQueryRs requestID="1" statusCode="0" statusSeverity="Info" '
        'statusMessage="Status OK"><CompanyRet><CompanyName>Other</CompanyName><DataExtRet>'
        f"<OwnerID>{owner}</OwnerID><DataExtName>FileID</DataExtName><DataExtType>STR255TYPE</DataExtType>"
        "<DataExtValue>{22222222-4B6E-4D0B-9C57-0D8A3C1B7E11}</DataExtValue></DataExtRet></CompanyRet>"
        "</CompanyQueryRs></QBXMLMsgsRs></QBXML>"
    )
    world.put("invoice", invoice(1))
    ticket = world.begin()
    stopped(world, ticket, world.exchange.send_request(ticket, hcp, r"C:\Books\Company.QBW", "US", 13, 0))
    assert "belongs to another connector" in world.exchange.last_error(ticket)
    world.run()


def test_a_quickbooks_too_old_is_told_so(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1))
    ticket = world.begin()
    stopped(world, ticket, world.exchange.send_request(ticket, "", "", "US", 8, 0), "8.0")
    assert "2013" in world.exchange.last_error(ticket)
    world.run()


def test_a_second_web_connector_is_told_busy_while_the_first_is_alive(
    world: Installation, invoice: Make
) -> None:
    world.settings.takeover_after = 120
    world.put("invoice", invoice(1))
    first = world.begin()
    second = world.exchange.authenticate(USER, PASSWORD)
    assert second.answer == "busy"
    assert second.postpone
    assert 0 < second.postpone <= 120
    assert "try again" in world.exchange.close(second.ticket)
    world.exchange.close(first)
    world.run()


def test_a_run_that_stays_silent_is_taken_over_and_its_ticket_expires(
    world: Installation, invoice: Make
) -> None:
    world.put("invoice", invoice(1))
    first = world.begin()
    world.begin()
    with pytest.raises(TicketError):
        world.send(first)
    assert "nothing was lost" in world.exchange.last_error(first)
    world.run()


def test_a_paused_connector_has_nothing_to_do(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1))
    pause(world, paused=True)
    with pytest.raises(QbferryError, match="none"):
        world.begin()
    pause(world, paused=False)
    world.run()


def pause(world: Installation, *, paused: bool) -> None:
    with world.database.write() as tx:
        row = tx.connectors.named("main", lock=True)
        row.paused = paused
        tx.connectors.save(row)


def test_on_error_stop_leaves_later_records_pending(world: Installation, invoice: Make) -> None:
    world.settings.on_error = "stop"
    world.settings.requests_per_message = 3
    records = [invoice(number) for number in range(6)]
    records[1]["organization"] = "Nobody Inc"
    world.put("invoice", *records)
    assert world.run() == [100]
    statuses = world.statuses("invoice")
    assert statuses.pop("INV-0") == "Transferred"
    assert statuses.pop("INV-1") == "Pending/Failed"
    assert set(statuses.values()) == {"Pending"}
    assert "did not get to it" in (world.history("INV-2")[-1].reason or "")


def test_a_minimum_interval_is_told_with_every_sign_in(world: Installation, invoice: Make) -> None:
    world.settings.minimum_interval = 900
    assert world.exchange.authenticate(USER, PASSWORD).minimum == 900
    world.put("invoice", invoice(1))
    grant = world.exchange.authenticate(USER, PASSWORD)
    assert grant.minimum == 900
    assert grant.answer == ""
    world.run()


@pytest.fixture
def naming(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    """Invoices as they are set by themselves: their names are looked up in QuickBooks' lists."""
    plugins = assemble(PluginSettings(enabled=["invoices"]))
    with Installation(tmp_path, plugins=plugins, url=database_url) as installation:
        yield installation


@pytest.mark.parametrize("per_message", [1, 10])
def test_a_message_costs_few_statements_and_two_commits_whatever_the_backlog(
    naming: Installation, invoice: Make, heard: Callable[[Database], Any], per_message: int
) -> None:
    world = naming
    world.settings.requests_per_message = per_message
    world.restart()
    customers = [str(entry["FullName"]) for entry in world.company.entries("Customer")]

    def named(number: int) -> dict[str, Any]:
        return invoice(f"INV-{number}", organization=customers[number % len(customers)])

    def cost_of_a_message(backlog: int) -> list[str]:
        first = len(world.records("invoice"))
        world.put("invoice", *(named(first + number) for number in range(backlog)))
        ticket = world.begin()
        asked = ""
        while "<InvoiceAddRq" not in asked:  # the look back, the lists, and the first message
            asked = world.send(ticket)
            world.receive(ticket, Session(world.company).process(asked))
        with heard(world.database) as statements:
            asked = world.send(ticket)
            world.receive(ticket, Session(world.company).process(asked))
            assert asked.count("<InvoiceAddRq") == per_message
            found = [text for text, _ in statements if text not in UNCOUNTED]
        world.exchange.close(ticket)
        return found

    assert len(customers) > 5
    world.put("invoice", named(999))
    world.run()  # in the first run of all there is nothing to look back at
    small = cost_of_a_message(3 * per_message)
    assert cost_of_a_message(100) == small
    assert small.count("COMMIT") == 2
    locks = 0 if world.database.is_sqlite else 2  # SQLite's is taken with the beginning of the transaction
    assert len(small) - 2 - locks <= 12
    world.run()
