"""What people do in QuickBooks between a message and the search for it: they edit, rename and delete.

The ``world`` fixture compares the books at the end of every test.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.config import PluginSettings
from qbferry.desk import doubt
from qbferry.plugin.manager import assemble
from qbferry.simulator import HResultError, Session
from qbferry.testing.audit import audit
from qbferry.testing.installation import Installation

from .adversary import Clerk, Trouble, calm, without
from .clocks import set_clock
from .restored import at_desk, by_hand, live, run, sent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Make = Callable[..., dict[str, Any]]

HEAD = '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">'
DAY = timedelta(days=1)

EDITS = {
    "customer": "<CustomerRef><FullName>Cedar Clinic</FullName></CustomerRef>",
    "date": "<TxnDate>2026-01-15</TxnDate>",
    "number": "<RefNumber>777</RefNumber>",
    "amount": "<InvoiceLineMod><TxnLineID>{line}</TxnLineID><Amount>1.00</Amount></InvoiceLineMod>",
    "line": "<InvoiceLineMod><TxnLineID>-1</TxnLineID><ItemRef><FullName>Labor:Remote</FullName></ItemRef>"
    "<Amount>9.00</Amount></InvoiceLineMod>",
    "date and number": "<TxnDate>2026-01-15</TxnDate><RefNumber>777</RefNumber>",
}


@pytest.fixture
def numbered(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    """An installation whose invoices have the number of the source."""
    settings = PluginSettings.model_validate(
        {"enabled": ["invoices"], "invoices": {"number": "source", "check_names": False}}
    )
    with Installation(tmp_path, plugins=assemble(settings), url=database_url) as installation:
        yield installation
        audit(installation)


def edit(world: Installation, txn: dict[str, Any], change: str) -> None:
    """Change an invoice in QuickBooks."""
    change = change.format(line=txn["lines"][0]["TxnLineID"])
    ids = f"<TxnID>{txn['TxnID']}</TxnID><EditSequence>{txn['EditSequence']}</EditSequence>"
    body = f"<InvoiceModRq><InvoiceMod>{ids}{change}</InvoiceMod></InvoiceModRq>"
    answer = Session(world.company, "a person").process(f"{HEAD}{body}</QBXMLMsgsRq></QBXML>")
    assert 'statusCode="0"' in answer, answer


def own(world: Installation) -> str:
    """A person makes an invoice; its TxnID."""
    line = "<ItemRef><FullName>Labor:Remote</FullName></ItemRef><Amount>5.00</Amount>"
    body = f"<CustomerRef><FullName>Acme Corp</FullName></CustomerRef><InvoiceLineAdd>{line}</InvoiceLineAdd>"
    body = f"<InvoiceAddRq><InvoiceAdd>{body}</InvoiceAdd></InvoiceAddRq>"
    Session(world.company, "a person").process(f"{HEAD}{body}</QBXMLMsgsRq></QBXML>")
    return str(world.company.transactions("Invoice")[-1]["TxnID"])


def dies_behind(world: Installation, invoice: Make, number: int, of: int, **changes: Any) -> None:
    """QuickBooks dies inside a message of so many invoices, behind so many of them."""
    world.put("invoice", *(invoice(each, **changes) for each in range(of)))
    clerk = Clerk(world)
    answer = clerk.process(clerk.until("message"), Trouble(number + 1))
    assert answer.hresult
    assert clerk.bring(answer) == -1


def executed_unheard(world: Installation, invoice: Make, of: int) -> None:
    """QuickBooks executes a message of so many invoices; the answer is lost, and it has not kept it."""
    world.put("invoice", *(invoice(each) for each in range(of)))
    clerk = Clerk(world)
    clerk.process(clerk.until("message"))
    with world.company.write():
        world.company.forget_response("application")


def at(world: Installation, moment: datetime) -> None:
    """Set the clock of the PC that QuickBooks runs on."""
    world.company._clock = lambda: moment.astimezone()


class TestEdits:
    @pytest.mark.parametrize("changed", EDITS)
    def test_whatever_a_person_has_changed_the_marker_finds_it(
        self, world: Installation, invoice: Make, changed: str
    ) -> None:
        dies_behind(world, invoice, 5, of=6)
        edit(world, world.company.transactions("Invoice")[0], EDITS[changed])
        assert sent(run(world)) == 1
        assert live(world) == 6
        assert set(world.statuses("invoice").values()) == {"Transferred"}

    @pytest.mark.parametrize("behind", [-3, 3], ids=["ahead", "behind"])
    def test_and_however_wrong_the_clock_of_its_pc_is(
        self, world: Installation, invoice: Make, behind: int
    ) -> None:
        at(world, datetime.now(UTC) - behind * DAY)
        world.put("invoice", invoice(90))
        run(world)  # what QuickBooks says of the time is learnt here
        dies_behind(world, invoice, 2, of=3)
        edit(world, world.company.transactions("Invoice")[1], EDITS["date"])
        assert sent(run(world)) == 1
        assert live(world) == 4

    @pytest.mark.parametrize("hours", [(-4, -5), (-5, -4)], ids=["summer ends", "summer begins"])
    def test_and_though_daylight_saving_begins_or_ends_in_between(
        self, world: Installation, invoice: Make, hours: tuple[int, int]
    ) -> None:
        before, after = (timezone(timedelta(hours=each)) for each in hours)
        world.company._clock = lambda: datetime.now(before)
        world.put("invoice", invoice(90))
        run(world)
        dies_behind(world, invoice, 2, of=3)
        world.company._clock = lambda: datetime.now(after)
        edit(world, world.company.transactions("Invoice")[1], EDITS["date"])
        assert sent(run(world)) == 1
        assert live(world) == 4

    @pytest.mark.parametrize("set_to", [-40, 40], ids=["back", "forward"])
    def test_and_though_the_clock_of_the_server_was_set_in_between(
        self, world: Installation, invoice: Make, set_to: int
    ) -> None:
        dies_behind(world, invoice, 2, of=3)
        set_clock(world, set_to * DAY)
        edit(world, world.company.transactions("Invoice")[0], EDITS["date"])
        assert sent(run(world)) == 1
        assert live(world) == 3

    def test_a_list_entry_that_was_renamed_or_made_inactive_is_not_made_again(
        self, office: Installation
    ) -> None:
        order = {
            "id": "PO-1",
            "vendor": "New Vendor",
            "status": "Submitted",
            "purchase_for": "Acme Corp",
            "shipping_type": "UPS",
            "transmission": "none",
            "lines": [
                {"id": "1", "product": "Switch 24p", "quantity": "2", "unit_cost": "3.00", "received": "0"}
            ],
        }
        office.put("purchase_order", order)
        clerk, sheet = Clerk(office), None
        while "<VendorAddRq" not in (sheet.text if sheet else ""):
            if sheet:
                clerk.do(sheet)
            sheet = clerk.ask() if clerk.ticket else clerk.until("message")
        assert sheet is not None
        clerk.process(sheet)
        with office.company.write():
            office.company.forget_response("application")
            [made] = [
                entry for entry in office.company.select_entries(["Vendor"]) if entry.name == "New Vendor"
            ]
            office.company._db.execute(
                "UPDATE entry SET name = 'Renamed', full_name = 'Renamed', is_active = 0 WHERE list_id = ?",
                [made.list_id],
            )
        messages = run(office)
        assert sent(messages, "VendorAdd") == 0, "it carries our marker"


class TestDeletions:
    def test_as_many_deletions_as_are_missing_are_theirs(self, world: Installation, invoice: Make) -> None:
        executed_unheard(world, invoice, 2)
        for txn in world.company.transactions("Invoice"):
            by_hand(world, "Invoice", txn["TxnID"])
        assert sent(run(world)) == 0
        assert live(world) == 0
        for name in ("INV-0", "INV-1"):
            assert [line.kind for line in world.history(name)] == ["Sent", "Deleted"]
        assert "deleted there by hand" in (world.history("INV-0")[-1].reason or "")

    def test_a_deletion_more_or_less_leaves_it_in_doubt_and_says_so(
        self, world: Installation, invoice: Make
    ) -> None:
        dies_behind(world, invoice, 2, of=4)
        [first, _] = world.company.transactions("Invoice")
        by_hand(world, "Invoice", first["TxnID"])
        assert sent(run(world)) == 0
        assert world.statuses("invoice") == {
            "INV-0": "Pending/Failed",
            "INV-1": "Transferred",
            "INV-2": "Pending/Failed",
            "INV-3": "Pending/Failed",
        }
        reason = world.record("invoice", "INV-0").reason or ""
        assert "QuickBooks lists 1 Invoice transaction deleted since it was sent" in reason
        assert "qbferry doubt not-there invoice INV-0" in reason
        with at_desk(world) as drawer:
            for name in ("INV-0", "INV-2", "INV-3"):
                doubt.not_there(drawer, name)
        run(world)
        assert live(world) == 4

    def test_a_number_of_ours_tells_which_it_was(self, numbered: Installation, invoice: Make) -> None:
        world = numbered
        world.put("invoice", *(invoice(each) | {"number": f"N-{each}"} for each in range(4)))
        clerk = Clerk(world)
        clerk.bring(clerk.process(clerk.until("message"), Trouble(3)))
        by_hand(world, "Invoice", world.company.transactions("Invoice")[1]["TxnID"])
        by_hand(world, "Invoice", own(world))
        messages = run(world)
        assert [line.kind for line in world.history("INV-1")] == ["Sent", "Deleted"]
        assert world.statuses("invoice")["INV-0"] == "Transferred"
        assert sent(messages) == 0, "of the other two nobody can tell: a person deleted one more"
        with at_desk(world) as drawer:
            for name in ("INV-2", "INV-3"):
                doubt.not_there(drawer, name)
        run(world)
        assert live(world) == 3

    def test_a_txn_id_that_was_heard_tells_which_it_was(self, world: Installation, invoice: Make) -> None:
        world.put("invoice", *(invoice(each) for each in range(2)))
        clerk = Clerk(world)
        answer = clerk.process(clerk.until("message"))
        with world.company.write():
            world.company.forget_response("application")
        assert clerk.bring(without(answer, 1)) >= 0, "half of an answer"
        first = world.company.transactions("Invoice")[0]
        by_hand(world, "Invoice", first["TxnID"])
        by_hand(world, "Invoice", own(world))
        assert next(sheet.kind for sheet in clerk.finish()) == "search"
        assert sum(sheet.text.count("<InvoiceAddRq") for sheet in calm(world)) == 0
        assert live(world) == 1
        lines = world.history("INV-0")
        assert [(line.kind, line.txn_id) for line in lines] == [
            ("Sent", first["TxnID"]),
            ("Deleted", first["TxnID"]),
        ]

    def test_what_was_made_before_the_message_and_deleted_since_is_none_of_ours(
        self, world: Installation, invoice: Make
    ) -> None:
        at(world, datetime.now(UTC) - timedelta(minutes=30))
        theirs = own(world)
        at(world, datetime.now(UTC))
        world.put("invoice", invoice(90))
        run(world)
        dies_behind(world, invoice, 0, of=1)
        by_hand(world, "Invoice", theirs)
        assert sent(run(world)) == 1, "it was not ours: nothing of ours was executed"
        assert live(world) == 2

    def test_what_we_have_deleted_ourselves_is_none_of_the_missing(
        self, world: Installation, invoice: Make
    ) -> None:
        world.put("invoice", invoice(90))
        run(world)
        by_hand(world, "Invoice", world.record("invoice", "INV-90").txn_id or "")
        dies_behind(world, invoice, 0, of=1)
        assert sent(run(world)) == 1, "what was deleted is booked already"
        assert world.statuses("invoice")["INV-0"] == "Transferred"

    def test_a_search_that_is_locked_out_of_the_deletions_is_asked_again(
        self, world: Installation, invoice: Make
    ) -> None:
        executed_unheard(world, invoice, 1)
        by_hand(world, "Invoice", world.company.transactions("Invoice")[0]["TxnID"])

        class Locked(Session):
            def process(self, text: str) -> str:
                if "<TxnDeletedQueryRq" in text:
                    raise HResultError("0x80040400")
                return super().process(text)

        world.run(Locked(world.company))
        assert not world.record("invoice", "INV-0").in_doubt
        run(world)
        assert [line.kind for line in world.history("INV-0")] == ["Sent", "Deleted"]


def test_a_search_after_a_long_time_does_not_read_all_that_was_changed_in_it(
    world: Installation, invoice: Make
) -> None:
    world.put("invoice", invoice(90))
    run(world)
    with world.database.write() as tx:  # that was long ago
        row = tx.connectors.lock(1)
        row.quickbooks_time = (datetime.now(UTC) - 200 * DAY).isoformat()
        tx.connectors.save(row)
    dies_behind(world, invoice, 1, of=2)
    [search] = [message for message in run(world) if "<TxnDateRangeFilter>" in message]
    [since] = {*re.findall(r"<FromModifiedDate>([^<]*)<", search)}
    assert datetime.now(UTC) - 32 * DAY < datetime.fromisoformat(since) < datetime.now(UTC) - 30 * DAY
    assert live(world) == 3
