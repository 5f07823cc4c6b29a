"""Every question has an identity: an answer finds its question, or it changes nothing.

The ``world`` fixture compares the books at the end of every test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qbferry.desk import connectors, doubt, readiness
from qbferry.desk.drawer import Drawer
from qbferry.intake import make_row
from qbferry.model import TransferStatus
from qbferry.simulator import CompanyFile, Session
from qbferry.testing.installation import PASSWORD

from .adversary import (
    BROKEN,
    KINDS,
    NOT_UNDERSTOOD,
    STOP,
    Answer,
    Clerk,
    Curious,
    Trouble,
    asking,
    calm,
    cut,
    once,
    reach,
    renamed,
    reordered,
    snapshot,
    without,
)
from .restored import at_desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qbferry.testing.installation import Installation

    from .adversary import Make


@pytest.fixture
def curious() -> Curious:
    return Curious()


@pytest.fixture
def world(tmp_path: Path, database_url: str, curious: Curious) -> Iterator[Installation]:
    with asking(tmp_path, database_url, curious) as installation:
        yield installation


# -- An answer that comes late


@pytest.mark.parametrize("executed", ["nothing", "half"])
def test_a_late_search_answer_never_lands_on_the_next_message(
    world: Installation, invoice: Make, executed: str
) -> None:
    days = ["2026-10-30", "2026-10-30", "2026-10-31", "2026-10-30", "2026-10-31"]
    world.put("invoice", *(invoice(n, invoice_date=day) for n, day in enumerate(days)))
    slow, quick = Clerk(world), Clerk(world)
    first = slow.until("message")
    if executed == "half":
        slow.process(first, Trouble(2))  # and nobody hears of it
    slow.do(slow.ask())
    late = slow.process(slow.ask())
    assert late.sheet.kind == "search"

    sheet = quick.until("message")
    if executed == "nothing":
        assert sheet.text == first.text
        quick.do(sheet)
        sheet = quick.ask()
    assert sheet.id != first.id
    answer = quick.process(sheet)
    before = snapshot(world)
    assert slow.bring(late) == STOP
    assert snapshot(world) == before
    quick.bring(answer)
    calm(world)
    once(world, 5)


def test_a_late_check_answer_never_lands_on_the_next_message(world: Installation, invoice: Make) -> None:
    world.put("invoice", *(invoice(number) for number in range(4)))
    slow, quick = Clerk(world), Clerk(world)
    slow.until("message")
    late = slow.process(slow.ask())
    assert late.sheet.kind == "check"
    quick.do(quick.until("message"))
    answer = quick.process(quick.ask())
    before = snapshot(world)
    assert slow.bring(late) == STOP
    assert snapshot(world) == before
    quick.bring(answer)
    calm(world)
    once(world, 4)


@pytest.mark.parametrize("meanwhile", ["search", "message"])
def test_a_second_answer_to_the_check_says_nothing_new(
    world: Installation, invoice: Make, meanwhile: str
) -> None:
    clerk, check = reach(world, invoice, "check")
    answer = clerk.process(check)
    again = clerk.process(clerk.ask())
    assert again.sheet.kind == "check"
    clerk.bring(answer)
    sheet = clerk.until(meanwhile)
    before = snapshot(world)
    assert clerk.bring(again) >= 0
    assert snapshot(world) == before
    clerk.do(sheet)
    clerk.finish()
    calm(world)
    once(world, 5)


@pytest.mark.parametrize("settled_by", ["stored answer", "search"])
def test_a_late_answer_that_agrees_with_what_is_booked_is_passed_over(
    world: Installation, invoice: Make, settled_by: str
) -> None:
    world.put("invoice", invoice(1), invoice(2))
    slow = Clerk(world)
    late = slow.process(slow.until("message"))
    if settled_by == "search":
        forget(world)
    calm(world)
    before = snapshot(world)
    assert slow.bring(late) == STOP
    assert snapshot(world) == before
    once(world, 2)


def test_a_late_answer_that_differs_from_what_is_booked_is_told_once(
    world: Installation, invoice: Make
) -> None:
    world.put("invoice", invoice(1), invoice(2))
    slow = Clerk(world)
    late = slow.process(slow.until("message"))
    calm(world)
    before = snapshot(world)
    told = {"history": 0, "alert": 0}
    for name in ("INV-1", "INV-2"):
        late = renamed(late, booked(world, name), f"OTHER-{name}")
    for _ in range(2):
        assert slow.bring(late) == STOP
        after = snapshot(world)
        assert {name: len(after[name]) - len(before[name]) for name in told} == {"history": 2, "alert": 2}
    for name in (*told, "double", "run"):
        after[name] = before[name]
    assert after == before, "nothing else has changed"
    for name in ("INV-1", "INV-2"):
        line = world.history(name)[-1]
        assert (line.kind, line.txn_id) == ("Differs", f"OTHER-{name}")
        assert str(world.record("invoice", name).txn_id) in (line.reason or "")
    with world.database.read() as tx:
        alerts = tx.alerts.standing(1)
    assert [alert.kind for alert in alerts] == ["answer.differs"] * 2
    assert {alert.text for alert in alerts} == {world.history(name)[-1].reason for name in ("INV-1", "INV-2")}


def test_of_a_late_answer_only_what_differs_is_told(world: Installation, invoice: Make) -> None:
    world.put("invoice", *(invoice(number) for number in (1, 2, 3)))
    slow = Clerk(world)
    late = slow.process(slow.until("message"))
    calm(world)
    slow.bring(renamed(late, booked(world, "INV-2"), "OTHER"))
    kinds = {name: [line.kind for line in world.history(name)] for name in ("INV-1", "INV-2", "INV-3")}
    assert kinds == {"INV-1": ["Sent"], "INV-2": ["Sent", "Differs"], "INV-3": ["Sent"]}


def test_two_other_answers_are_told_once_each_however_they_alternate(
    world: Installation, invoice: Make
) -> None:
    world.put("invoice", invoice(1))
    slow = Clerk(world)
    late = slow.process(slow.until("message"))
    calm(world)
    for other in ("OTHER-1", "OTHER-2", "OTHER-1", "OTHER-2"):
        slow.bring(renamed(late, booked(world, "INV-1"), other))
    lines = [line.txn_id for line in world.history("INV-1") if line.kind == "Differs"]
    assert lines == ["OTHER-1", "OTHER-2"]


def test_a_difference_is_told_also_where_the_message_is_the_open_question(
    world: Installation, invoice: Make
) -> None:
    """Two runs have the same message; the first answer settles it, and the second is not the same."""
    world.put("invoice", invoice(1))
    slow, quick = Clerk(world), Clerk(world)
    first = slow.until("message")
    again = quick.until("message")
    assert again.text == first.text
    answer = quick.process(again)
    slow.bring(Answer(first, answer.text))
    assert quick.bring(renamed(answer, booked(world, "INV-1"), "OTHER")) >= 0
    assert [line.kind for line in world.history("INV-1")] == ["Sent", "Differs"]


def test_what_is_in_doubt_and_was_executed_is_told_when_its_answer_comes_late(
    world: Installation, invoice: Make
) -> None:
    world.put("invoice", invoice(1))
    slow, quick = Clerk(world), Clerk(world)
    late = slow.process(slow.until("message"))
    doubted(quick)
    slow.bring(late)
    assert [line.kind for line in world.history("INV-1")] == ["In doubt", "Differs"]
    assert "nothing of that was booked" in (world.history("INV-1")[-1].reason or "")
    with world.database.read() as tx:
        assert len(tx.alerts.standing(1)) == 1
    assert world.record("invoice", "INV-1").in_doubt, "a person decides"


def test_what_is_told_late_of_a_repetition_is_not_held_against_the_first_transfer(
    world: Installation, invoice: Make
) -> None:
    """Both are wanted: a person has sent it twice, and nobody is to delete one for a double."""
    world.put("invoice", invoice(1))
    calm(world)
    with at_desk(world) as drawer:
        [verdict] = readiness.set_ready(drawer, drawer.find(["INV-1"]), None)
    assert verdict.changed
    slow = Clerk(world)
    late = slow.process(slow.until("message"))
    doubted(Clerk(world))
    slow.bring(late)
    differs = world.history("INV-1")[-1]
    assert differs.kind == "Differs"
    assert "nothing of that was booked" in (differs.reason or "")
    assert snapshot(world)["double"] == []


def test_what_a_person_has_found_is_no_difference(world: Installation, invoice: Make) -> None:
    world.put("invoice", invoice(1))
    slow = Clerk(world)
    late = slow.process(slow.until("message"))
    doubted(Clerk(world))
    [there] = world.company.transactions("Invoice")
    with at_desk(world) as drawer:
        doubt.there(drawer, "INV-1", txn_id=there["TxnID"])
    slow.bring(late)
    calm(world)
    before = snapshot(world)
    slow.bring(late)
    assert snapshot(world) == before
    assert "Differs" not in [line.kind for line in world.history("INV-1")]


def test_a_run_that_hears_late_that_its_message_is_settled_asks_before_it_repeats_the_next(
    world: Installation, invoice: Make
) -> None:
    world.put("invoice", *(invoice(number) for number in range(4)))
    slow, quick = Clerk(world), Clerk(world)
    first = slow.until("message")
    quick.do(quick.until("search"))  # what comes next is the message itself once more
    slow.bring(slow.process(first))
    assert quick.until("message").id != first.id
    assert quick.ask().kind == "check"
    calm(world)
    once(world, 4)


# -- An answer that comes twice


@pytest.mark.parametrize("when", ["at once", "after the next question"])
@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_that_comes_twice_changes_nothing_the_second_time(
    world: Installation, invoice: Make, curious: Curious, kind: str, when: str
) -> None:
    clerk, sheet = reach(world, invoice, kind)
    answer = clerk.process(sheet)
    assert clerk.bring(answer) >= 0
    following = clerk.ask() if when == "after the next question" else None
    before, told = snapshot(world), curious.told
    for _ in range(2):
        assert clerk.bring(answer) >= 0
        assert snapshot(world) == before
    assert curious.told == told
    if following:
        clerk.do(following)
    calm(world)
    once(world, 5)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_that_comes_twice_counts_once(world: Installation, invoice: Make, kind: str) -> None:
    clerk, sheet = reach(world, invoice, kind)
    error = Answer(sheet, hresult=NOT_UNDERSTOOD)
    assert clerk.bring(error) >= 0, "the run goes on"
    before = snapshot(world)
    assert clerk.bring(error) >= 0
    assert snapshot(world) == before
    clerk.finish()
    calm(world)
    once(world, 5)


@pytest.mark.parametrize("kind", ["message", "check", "search", "closing"])
def test_an_error_that_leaves_open_what_was_executed_ends_the_run_once(
    world: Installation, invoice: Make, kind: str
) -> None:
    clerk, sheet = reach(world, invoice, kind)
    clerk.process(sheet)
    error = Answer(sheet, hresult=BROKEN)
    assert clerk.bring(error) == STOP
    before = snapshot(world)
    assert clerk.bring(error) == STOP
    assert snapshot(world) == before
    calm(world)
    once(world, 5)


# -- An answer that is not whole, or not ours


@pytest.mark.parametrize("lost", ["first", "last", "all", "second half"])
def test_a_truncated_answer_leads_to_a_question_and_each_record_arrives_once(
    world: Installation, invoice: Make, lost: str
) -> None:
    clerk, sheet = reach(world, invoice, "message")
    answer = clerk.process(sheet)
    parts = {"first": [0], "last": [-1], "all": [0, 1]}
    clerk.bring(cut(answer) if lost == "second half" else without(answer, *parts[lost]))
    assert set(world.statuses("invoice").values()) == {"Transferred", "Pending"}
    before = len(world.company.transactions("Invoice"))
    clerk = Clerk(world) if lost == "second half" else clerk
    kind = "check" if lost in ("all", "second half") else "search"
    assert clerk.until(kind).text
    assert len(world.company.transactions("Invoice")) == before
    calm(world)
    once(world, 5)


def test_the_order_of_an_answer_says_nothing(world: Installation, invoice: Make) -> None:
    clerk, sheet = reach(world, invoice, "message")
    clerk.bring(reordered(clerk.process(sheet)))
    numbers = {row["TxnID"]: row["RefNumber"] for row in world.company.transactions("Invoice")}
    for name in ("INV-1", "INV-2"):
        record = world.record("invoice", name)
        assert numbers[record.txn_id or ""] == record.ref_number
    calm(world)
    once(world, 5)


@pytest.mark.parametrize("settled", [False, True], ids=["unanswered", "settled"])
def test_an_answer_of_another_connector_changes_nothing_of_either(
    world: Installation, invoice: Make, tmp_path: Path, settled: bool
) -> None:
    with world.database.write() as tx:
        connectors.add(tx, "second", user="second", password=PASSWORD)
    second = neighbour(world, invoice)
    ticket = world.exchange.authenticate("second", PASSWORD).ticket
    text = world.exchange.send_request(ticket, "", "", "US", 13, 0)
    with CompanyFile.open(tmp_path / "second.sqlite3") as company:
        quickbooks = Session(company)
        world.exchange.receive_response(ticket, quickbooks.process(text), "", "")  # what may be forgotten
        text = world.exchange.send_request(ticket, "", "", "US", 13, 0)
        assert "TermsQuery" in text
        world.exchange.receive_response(ticket, quickbooks.process(text), "", "")
        theirs = quickbooks.process(world.exchange.send_request(ticket, "", "", "US", 13, 0))
        assert "InvoiceAddRs" in theirs
        if settled:
            world.exchange.receive_response(ticket, theirs, "", "")
        clerk, sheet = reach(world, invoice, "message")
        before = snapshot(world)
        [made] = company.transactions("Invoice")
        for foreign in (theirs, theirs.replace(made["TxnID"], "OTHER")):
            assert clerk.bring(Answer(sheet, foreign)) >= 0
            assert snapshot(world) == before
        clerk.do(sheet)
        calm(world)
        once(world, 5)
        if not settled:
            assert world.exchange.receive_response(ticket, theirs, "", "") == 100
        with world.database.read() as tx:
            [row] = tx.records.by_id(second, "invoice", ["INV-1"]).values()
        assert str(row.transfer_status) == "Transferred"
        assert row.txn_id == made["TxnID"]


@pytest.mark.parametrize("id_", ["missing", "another"])
def test_an_answer_without_the_messages_id_is_no_answer_to_the_check(
    world: Installation, invoice: Make, id_: str
) -> None:
    clerk, sheet = reach(world, invoice, "check")
    answer = clerk.process(sheet)
    assert f'newMessageSetID="{sheet.id}"' in answer.text
    other = "" if id_ == "missing" else 'newMessageSetID="0123456789abcdef0123"'
    before = snapshot(world)
    assert clerk.bring(renamed(answer, f'newMessageSetID="{sheet.id}"', other)) >= 0
    assert snapshot(world) == before
    assert clerk.ask().kind == "check", "it is asked again"
    calm(world)
    once(world, 5)


# -- Identities


def test_every_request_carries_the_identity_of_its_question(world: Installation, invoice: Make) -> None:
    clerk, _ = reach(world, invoice, "search")
    world.exchange.close(clerk.ticket)
    sheets = calm(world)
    assert {sheet.kind for sheet in sheets} >= {"check", "search", "message", "lineage"}
    seen: set[str] = set()
    for sheet in sheets:
        assert all(each.rpartition(".")[0] == sheet.id for each in sheet.request_ids)
        assert all(each.rpartition(".")[2] for each in sheet.request_ids)
        if sheet.kind not in ("check", "message"):
            assert sheet.id not in seen, "no two questions have the same one"
        seen.add(sheet.id)


@pytest.mark.parametrize("kind", ["poll", "search", "lineage"])
def test_a_question_that_is_asked_again_is_another_question(
    world: Installation, invoice: Make, kind: str
) -> None:
    clerk, sheet = reach(world, invoice, kind)
    if kind == "search":
        clerk.do(clerk.ask())  # the check comes first
    again = clerk.until(kind)
    assert again.id != sheet.id
    assert not {*again.request_ids} & {*sheet.request_ids}
    before = snapshot(world)
    assert clerk.bring(clerk.process(sheet)) >= 0
    assert snapshot(world) == before
    clerk.do(again)
    calm(world)
    once(world, 5)


def test_a_message_that_is_handed_out_again_keeps_its_identity(world: Installation, invoice: Make) -> None:
    clerk, first = reach(world, invoice, "message")
    assert first.request_ids == [f"{first.id}.0", f"{first.id}.1"]
    assert f'newMessageSetID="{first.id}"' in first.text
    again = clerk.until("message")
    assert (again.id, again.text) == (first.id, first.text)
    other = Clerk(world).until("message")
    assert (other.id, other.text) == (first.id, first.text)
    calm(world)
    once(world, 5)


def booked(world: Installation, name: str) -> str:
    """The TxnID of an invoice."""
    return world.record("invoice", name).txn_id or "nothing"


def doubted(clerk: Clerk) -> None:
    """Let QuickBooks say neither what it answered to a message nor what it has of it; a person decides."""
    for kind in ("check", "search", "search"):
        clerk.bring(Answer(clerk.until(kind), hresult=NOT_UNDERSTOOD))
    world = clerk.world
    assert not any(record.in_doubt for record in world.records("invoice"))
    with world.database.write() as tx:
        doubt.raise_doubt(tx, world.plugins, "main", "continue")


def forget(world: Installation) -> None:
    """Let QuickBooks have no stored answer any more."""
    with world.company.write():
        world.company.forget_response("application")


def neighbour(world: Installation, invoice: Make) -> int:
    """Give the second connector an invoice of the same name; its key."""
    with (
        world.database.write() as tx,
        Drawer.open(tx, world.plugins, "invoice", "second", "continue", lock=True) as drawer,
    ):
        kind = world.plugins.entities["invoice"]
        text = kind.document.model_validate(invoice(1)).model_dump_json(by_alias=True)
        row = make_row(world.plugins, kind, drawer.row.id, text)
        row.transfer_status, row.queue_position = TransferStatus.PENDING, drawer.next_position()
        drawer.add([row])
        return drawer.row.id
