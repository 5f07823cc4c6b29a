"""Our own database is restored from a backup, and QuickBooks is ahead of it: nothing goes a second time.

The ``office`` fixture compares the books at the end of every test; what it compares is the database in use.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.plain import plain

from qbferry.desk.readiness import set_ready
from qbferry.intake.arrival import take_in
from qbferry.intake.reading import read
from qbferry.plugin.manager import assemble
from qbferry.proof.scenario import invoice, order, report, timesheet
from qbferry.simulator import Session

from .restored import Refusing, at_desk, by_hand, live, run, sent

if TYPE_CHECKING:
    from qbferry.proof.scenario import Wish
    from qbferry.testing.installation import Installation

    from .conftest import Backup

KINDS = ("Invoice", "TimeTracking", "Bill", "PurchaseOrder", "ItemReceipt")
FOUND = "found in QuickBooks; our database had forgotten it"


OF_THE_MOMENT = ("seen", "receipt_lines", "order_edit_sequence")
"""What an order keeps of what QuickBooks last said."""


def counts(office: Installation) -> dict[str, int]:
    return {kind: live(office, kind) for kind in KINDS}


def put(office: Installation, *wishes: Wish) -> None:
    for wish in wishes:
        office.put(wish.entity, wish.document)


def bring(office: Installation, wish: Wish, *, ready: bool = False) -> None:
    """Import a record, new or changed."""
    with at_desk(office, wish.entity) as drawer:
        take_in(drawer, read(drawer.entity, [json.dumps(wish.document)]), ready=ready)


def one_of_each(number: int = 1) -> list[Wish]:
    return [
        invoice(f"INV-{number}"),
        timesheet(f"TS-{number}"),
        report(f"ER-{number}"),
        order(f"PO-{number}"),
    ]


def adds(messages: list[str]) -> list[str]:
    names = ("Invoice", "TimeTracking", "Bill", "PurchaseOrder", "ItemReceipt", "Vendor")
    return [name for name in names if sent(messages, f"{name}Add")]


def everything(office: Installation) -> dict[str, Any]:
    """What is known of every record, without what differs by nature: when QuickBooks was asked."""
    return {
        row.id: (
            str(row.transfer_status),
            row.txn_id,
            row.ref_number,
            {key: value for key, value in row.state.items() if key not in OF_THE_MOMENT},
        )
        for entity in office.plugins.entities
        for row in office.records(entity)
    }


def standing(office: Installation) -> list[str]:
    with office.database.read() as tx:
        return [found.kind for found in tx.found.standing(1)]


class TestOurDatabaseIsRestored:
    def test_every_kind_is_found_again_with_number_lines_and_receipts(
        self, backed_up: Backup, office: Installation
    ) -> None:
        put(office, *one_of_each(0))
        run(office)
        put(office, *one_of_each(), invoice("INV-2"), invoice("INV-3"))
        restore = backed_up(office)
        run(office)
        bring(office, order("PO-1", received="1"))
        run(office)
        bring(office, order("PO-1", received="3"))
        run(office)
        there, known = counts(office), everything(office)
        assert there == {"Invoice": 4, "TimeTracking": 6, "Bill": 2, "PurchaseOrder": 2, "ItemReceipt": 2}
        restore()
        assert office.statuses("invoice")["INV-1"] == "Pending"

        assert adds(run(office)) == []
        assert counts(office) == there
        assert standing(office) == []
        assert set(office.record("purchase_order", "PO-1").state["received"].values()) == {"2", "1"}
        bring(office, order("PO-1", received="3"))
        assert adds(run(office)) == []
        assert counts(office) == there
        assert everything(office) == known
        assert {line.reason for line in office.history("INV-1") if line.kind == "Sent"} == {FOUND}
        with office.database.read() as tx:
            assert not tx.connectors.named(None).found

    def test_what_comes_after_goes_on_as_ever(self, backed_up: Backup, office: Installation) -> None:
        put(office, order("PO-1"))
        restore = backed_up(office)
        run(office)
        bring(office, order("PO-1", received="1"))
        run(office)
        restore()
        run(office)
        bring(office, order("PO-1", received="3"))
        assert adds(run(office)) == ["ItemReceipt"]
        [row] = office.company.transactions("PurchaseOrder")
        assert [line["ReceivedQuantity"] for line in row["lines"]] == ["0", "3"]
        bring(office, invoice("INV-9"), ready=True)
        assert adds(run(office)) == ["Invoice"]

    def test_what_was_sent_in_part_goes_on_with_the_rest(
        self, backed_up: Backup, office: Installation
    ) -> None:
        put(office, timesheet("TS-1"))
        restore = backed_up(office)
        run(office)
        gone = office.company.transactions("TimeTracking")[1]
        by_hand(office, "TimeTracking", gone["TxnID"])
        restore()
        assert sent(run(office), "TimeTrackingAdd") == 1
        assert live(office, "TimeTracking") == 3
        assert office.statuses("timesheet") == {"TS-1": "Transferred"}

    def test_a_record_imported_next_week_finds_its_own(self, backed_up: Backup, office: Installation) -> None:
        restore = backed_up(office)
        put(office, *one_of_each())
        run(office)
        there = counts(office)
        restore()
        put(office, invoice("INV-8"))
        run(office)
        assert sorted(standing(office)) == ["Bill", "Invoice", "PurchaseOrder", *["TimeTracking"] * 3]
        bring(office, invoice("INV-1"))
        with at_desk(office) as drawer:
            [verdict] = set_ready(drawer, drawer.find(["INV-1"]))
        assert verdict.changed
        assert "the next run books it" in (office.history("INV-1")[-1].reason or "")
        for wish in one_of_each()[1:]:
            bring(office, wish, ready=True)
        assert adds(run(office)) == []
        assert counts(office) == there | {"Invoice": 2}
        assert standing(office) == []

    def test_what_is_there_is_booked_though_it_may_not_go_any_more(
        self, backed_up: Backup, office: Installation
    ) -> None:
        put(office, report("ER-1"), timesheet("TS-1"))
        restore = backed_up(office)
        run(office)
        restore()
        sheet = timesheet("TS-1").document | {"status": "Rejected"}
        with at_desk(office, "timesheet") as drawer:
            take_in(drawer, read(drawer.entity, [json.dumps(sheet)]))
        assert adds(run(office)) == []
        assert office.statuses("timesheet") == {"TS-1": "Transferred"}

    def test_a_plugin_that_is_disabled_meanwhile_finds_its_own_when_it_is_back(
        self, backed_up: Backup, office: Installation
    ) -> None:
        put(office, *one_of_each())
        restore = backed_up(office)
        run(office)
        there = counts(office)
        restore()
        everyone = office.plugins
        office.plugins = assemble(plain("invoices"))
        office.restart()
        run(office)
        put(office, invoice("INV-2"))
        assert adds(run(office)) == ["Invoice"]
        office.plugins = everyone
        office.restart()
        assert adds(run(office)) == []
        assert counts(office) == there | {"Invoice": 2}
        assert standing(office) == []

    def test_a_wanted_duplicate_is_found_as_well(self, backed_up: Backup, office: Installation) -> None:
        put(office, invoice("INV-1"))
        restore = backed_up(office)
        run(office)
        with at_desk(office) as drawer:
            [*_] = set_ready(drawer, drawer.find(["INV-1"]), None)
        run(office)
        known = everything(office)
        restore()
        assert adds(run(office)) == []
        assert everything(office) == known
        assert live(office) == 2

    def test_what_was_deleted_before_it_went_again_does_not_hide_it(
        self, backed_up: Backup, office: Installation
    ) -> None:
        put(office, order("PO-1"))
        restore = backed_up(office)
        run(office)
        bring(office, order("PO-1", state="Canceled"))
        run(office)
        bring(office, order("PO-1"), ready=True)
        run(office)
        assert counts(office)["PurchaseOrder"] == 1
        restore()
        assert adds(run(office)) == []
        assert counts(office)["PurchaseOrder"] == 1
        assert office.statuses("purchase_order") == {"PO-1": "Transferred"}

    def test_what_was_deleted_since_it_was_found_goes(self, backed_up: Backup, office: Installation) -> None:
        put(office, invoice("INV-1"))
        restore = backed_up(office)
        run(office)
        restore()
        ticket = office.begin()
        office.shows_looks = True
        quickbooks = Session(office.company)
        office.receive(ticket, quickbooks.process(office.send(ticket)))
        [there] = office.company.transactions("Invoice")
        by_hand(office, "Invoice", there["TxnID"])
        count = 0
        while 0 <= count < 100:
            count = office.receive(ticket, quickbooks.process(office.send(ticket)))
        office.exchange.close(ticket)
        assert live(office) == 1
        assert standing(office) == []

    def test_what_quickbooks_does_not_answer_waits_and_is_not_sent(
        self, backed_up: Backup, office: Installation
    ) -> None:
        put(office, invoice("INV-1"))
        restore = backed_up(office)
        run(office)
        restore()
        office.shows_looks = True
        ticket = office.begin()
        quickbooks = Session(office.company)
        office.receive(ticket, quickbooks.process(office.send(ticket)))
        refusing = Session(office.company, interference=Refusing("InvoiceQuery"))
        count = 0
        while 0 <= count < 100:
            message = office.send(ticket)
            assert "InvoiceAdd" not in message
            count = office.receive(ticket, refusing.process(message))
        office.exchange.close(ticket)
        assert office.statuses("invoice") == {"INV-1": "Pending"}
        office.shows_looks = False
        assert adds(run(office)) == []
        assert office.statuses("invoice") == {"INV-1": "Transferred"}
