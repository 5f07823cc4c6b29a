"""What is kept beside the records: connectors, runs, messages, history, kinds and lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import IntegrityError

from qbferry.errors import NotFoundError
from qbferry.model import ListEntry
from qbferry.store.catalog import KnownKind
from qbferry.store.connectors import connector_of

from .rows import NOON, connector, line, message, run

if TYPE_CHECKING:
    from qbferry.store.database import Database


def test_a_connector_comes_out_as_it_went_in_and_as_it_was_changed(database: Database) -> None:
    row = connector(
        "west",
        every_minutes=15,
        on_error="stop",
        company_file="C:\\Books\\West.qbw",
        has_file_id=True,
        country="CA",
        features={"IsUsingClassTracking": "true"},
        last_seen_at=NOON,
        verified_line=7,
        verified_at=NOON,
    )
    with database.write() as tx:
        tx.connectors.add(row)
        assert tx.connectors.lock(row.id) == row
        row.paused, row.features, row.last_position = True, {}, 2**40
        assert [row.next_position(), row.next_position()] == [2**40 + 1, 2**40 + 2]
        tx.connectors.save(row)
    with database.read() as tx:
        assert tx.connectors.everyone()[-1] == row
        assert tx.connectors.named("west") == row
        assert tx.connectors.by_user("west") == (row.id, "x")
        assert tx.connectors.by_user("nobody") is None
        assert tx.connectors.named(None).name == "north"


def test_a_connector_nobody_made_is_told_with_those_there_are(database: Database) -> None:
    with database.read() as tx, pytest.raises(NotFoundError, match="named east; there are: north, south"):
        tx.connectors.named("east")


def test_a_ticket_leads_to_its_run_its_connector_and_what_is_unanswered(database: Database) -> None:
    own, other = run(), run(connector_id=2, ticket=b"o" * 32)
    with database.write() as tx:
        for row in (own, other):
            tx.runs.add(row)
        own.question, own.question_id, own.question_about = "message", "A1", {"pks": [1, 2]}
        own.cursors, own.memory = {"invoice": 7}, {"polls": ["lists.Vendor"]}
        tx.runs.save(own)
        unsettled = message("A1", run_id=own.id, requests=[{"owner": "record", "entity": "invoice", "pk": 1}])
        tx.messages.add(unsettled)
        tx.messages.add(message("S1", connector_id=2, run_id=other.id, settled_at=NOON))
    with database.write() as tx:
        found = tx.runs.by_ticket(own.ticket)
        assert found is not None
        assert (found[0], found[1].name, found[2]) == (own, "north", unsettled)
        settled = tx.runs.by_ticket(other.ticket)
        assert settled is not None
        assert settled[2] is None
        assert tx.runs.by_ticket(b"x" * 32) is None
        assert [(row.id, name) for row, name in tx.runs.latest(None)] == [
            (other.id, "south"),
            (own.id, "north"),
        ]


def test_a_connector_has_one_live_run_and_one_unsettled_message(database: Database) -> None:
    with database.write() as tx:
        tx.runs.add(run())
        tx.messages.add(message("A1"))
    with pytest.raises(IntegrityError), database.write() as tx:
        tx.runs.add(run(ticket=b"2" * 32))
    with pytest.raises(IntegrityError), database.write() as tx:
        tx.messages.add(message("A2"))


def test_tickets_that_are_void_stay_so(database: Database) -> None:
    ended, live, other = (
        run(ended_at=NOON),
        run(ticket=b"l" * 32),
        run(connector_id=2, ticket=b"o" * 32),
    )
    with database.write() as tx:
        for row in (ended, live, other):
            tx.runs.add(row)
        tx.runs.add_idle(b"i" * 32, 1, "Nothing to do.", NOON, NOON - timedelta(days=1))
        tx.runs.void(1)
        found = {row.ticket[:1]: row.voided for row, _ in tx.runs.latest(None)}
        assert found == {b"t": True, b"l": True, b"o": False}
        assert tx.runs.idle_text(b"i" * 32) is None


def test_sign_ins_without_a_run_are_kept_for_a_while(database: Database) -> None:
    with database.write() as tx:
        tx.runs.add_idle(b"1" * 32, 1, "Nothing to do.", NOON, NOON)
        tx.runs.add_idle(b"2" * 32, 2, "Paused.", NOON, NOON)
        assert tx.runs.idle_text(b"1" * 32) == "Nothing to do."
        tx.runs.add_idle(b"3" * 32, 1, "Nothing to do.", NOON + timedelta(days=2), NOON + timedelta(days=1))
        assert tx.runs.idle_text(b"1" * 32) is None
        assert tx.runs.idle_text(b"2" * 32) == "Paused."


def test_a_message_is_settled_with_its_answer_which_is_kept_for_a_time(database: Database) -> None:
    old, owing, new = (
        message("A1", settled_at=NOON),
        message("A2", settled_at=NOON),
        message("A3", settled_at=NOON),
    )
    answer = "<QBXML>é😀</QBXML>" * 1000
    with database.write() as tx:
        tx.runs.add(run())
        for row in (old, owing, new):
            tx.messages.add(row)
        owing.owed = [0, 2]
        new.settled_at = NOON + timedelta(hours=1)
        for row in (old, owing, new):
            tx.messages.settle(row, answer)
        assert tx.messages.answer(old.id) == answer
        assert tx.pruning.answers(1, NOON + timedelta(minutes=1)) == 1
        assert [tx.messages.answer(row.id) for row in (old, owing, new)] == [None, answer, answer]
        assert tx.messages.owing(1) == [owing]
        assert tx.messages.by_set_id("A3") == new
        assert tx.messages.everything(1) == [old, owing, new]


def test_records_of_an_unanswered_message_are_in_flight(database: Database) -> None:
    parts = [
        {"owner": owner, "entity": entity, "pk": pk}
        for owner, entity, pk in [("record", "invoice", 7), ("record", "check", 8), ("entry", "Vendor", 0)]
    ]
    with database.write() as tx:
        tx.runs.add(run())
        row = message("A1", requests=parts)
        tx.messages.add(row)
        assert tx.messages.in_flight(1, "invoice") == {7}
        assert tx.messages.in_flight(2, "invoice") == frozenset()
        tx.messages.settle(replace(row, settled_at=NOON), None)
        assert tx.messages.in_flight(1, "invoice") == frozenset()


def test_history_comes_out_in_the_order_it_was_booked(database: Database) -> None:
    full = line(
        1,
        "Rejected",
        run_id=1,
        message_id=1,
        actor="ann",
        request_key="invoice",
        request="InvoiceAdd",
        label="invoice",
        transfer=2,
        reason="No such customer.",
        reason_code="quickbooks.3140",
        about="Nobody Inc",
        status_code=3140,
        quickbooks_message="invalid reference",
        txn_id="1-1",
        ref_number="1001",
    )
    with database.write() as tx:
        tx.runs.add(run())
        tx.messages.add(message("A1"))
        tx.history.append(
            [full, line(2), line(1, "Ready", actor="ann"), line(0, owner="entry", entity="Vendor")]
        )
        everything = tx.history.everything(1)
        assert [(each.record_pk, each.kind) for each in everything] == [
            (1, "Rejected"),
            (2, "Sent"),
            (1, "Ready"),
            (0, "Sent"),
        ]
        assert everything[0] == replace(full, id=everything[0].id)
        assert tx.history.of_records([0, 1]) == {1: [everything[0], everything[2]]}
        assert tx.history.latest(1, entity="invoice", limit=2) == [everything[2], everything[1]]
        assert tx.history.latest(1, pk=1, kind="Rejected") == [everything[0]]
        assert tx.history.latest(2) == []


def test_kinds_of_records_are_known_as_they_were_last_declared(database: Database) -> None:
    check = KnownKind("check", "checks", "Check", "Checks", ("CheckAdd", "TxnDel"))
    with database.write() as tx:
        tx.catalog.keep([check, KnownKind("invoice", "invoices", "Invoice", "Invoices", ("InvoiceAdd",))])
        tx.catalog.keep([KnownKind("invoice", "other", "Bill", "Bills", ())])
        assert tx.catalog.all() == {
            "check": check,
            "invoice": KnownKind("invoice", "other", "Bill", "Bills", ()),
        }


def test_a_name_is_found_by_its_link_first_and_however_it_is_written(database: Database) -> None:
    acme = ListEntry(kind="Customer", list_id="1", full_name="Acme  Corp", data={"Email": "a@acme.example"})
    birch = ListEntry(kind="Customer", list_id="2", full_name="Birch", is_active=False)
    with database.write() as tx:
        assert not tx.lists.of(1).known("Customer")
        tx.polls.note(1, "lists.Customer", NOON)
        tx.lists.keep(1, "Customer", [acme, birch])
        tx.lists.link(1, "Customer", "The Tree", "2", "person")
        lists = tx.lists.of(1)
        assert lists.known("Customer")
        assert not tx.lists.of(2).known("Customer")
        assert lists.find("Customer", "\N{FULLWIDTH LATIN CAPITAL LETTER A}CME corp") == acme
        assert lists.find("Customer", "THE tree") == replace(birch, linked=True)
        assert lists.find("Vendor", "Birch") is None
        tx.lists.keep(1, "Customer", [replace(acme, full_name="Acorn")])
        again = tx.lists.of(1)
        assert again.find("Customer", "acme corp") is None
        assert again.find("Customer", "acorn") == replace(acme, full_name="Acorn")
        tx.lists.forget(1)
        tx.polls.forget(1)
        assert not tx.lists.of(1).known("Customer")


def test_an_installation_has_one_identity(database: Database) -> None:
    with database.write() as tx:
        assert tx.installations.owner_id() is None
        tx.installations.create()
        owner_id = tx.installations.owner_id()
        assert owner_id is not None
        assert owner_id.startswith("{")
    with pytest.raises(IntegrityError), database.write() as tx:
        tx.installations.create()


def test_hooks_go_by_the_moment_of_their_call(database: Database) -> None:
    with database.write() as tx:
        seen = connector_of(tx.connectors.named("north"), "continue", NOON)
    assert (seen.at, seen.today) == (NOON, NOON.astimezone().date())
