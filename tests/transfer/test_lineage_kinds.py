"""A restored company file and all four kinds: receipts, deletions and parts of records go again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry.desk import readiness
from qbferry.desk.numbers import clear
from qbferry.proof.scenario import invoice as invoice_wish
from qbferry.proof.scenario import order, refused, report, timesheet
from qbferry.simulator import Session

from .restored import Refusing, at_desk, live, run, sent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]


class TestAllKinds:
    def everything(self, office: Installation, prefix: str = "1") -> None:
        for wish in (invoice_wish(f"INV-{prefix}"), timesheet(f"TS-{prefix}"), report(f"ER-{prefix}")):
            office.put(wish.entity, wish.document)
        office.put("purchase_order", order(f"PO-{prefix}").document)

    def change(self, office: Installation, name: str, **changes: Any) -> None:
        import json

        from qbferry.intake.arrival import take_in
        from qbferry.intake.reading import read

        with at_desk(office, "purchase_order") as drawer:
            document = order(name, **changes).document
            take_in(drawer, read(drawer.entity, [json.dumps(document)]))

    def counts(self, office: Installation) -> dict[str, int]:
        kinds = ("Invoice", "TimeTracking", "Bill", "PurchaseOrder", "ItemReceipt")
        return {kind: live(office, kind) for kind in kinds}

    def settle(self, office: Installation) -> None:
        """Another day: something is due, so that a run is made."""
        office.put("invoice", invoice_wish("INV-NEXT").document)
        run(office)

    def test_all_four_go_again(self, office: Installation, backup: Path) -> None:
        self.everything(office, "0")
        run(office)
        office.company.backup(backup)
        self.everything(office)
        run(office)
        there = self.counts(office)
        office.company.restore(backup)
        self.settle(office)
        assert self.counts(office) == there | {"Invoice": 3}
        report_ = office.record("expense_report", "ER-1")
        assert report_.state["status"] == "Transferred to QuickBooks"
        assert report_.state["quickbooks_reference"]
        names = [entry["Name"] for entry in office.company.entries("Vendor")]
        assert names.count("v-Traveler ER-1, Tess") == 1

    def test_a_vendor_lost_with_others_is_made_again_for_a_report_that_waits(
        self, office: Installation, backup: Path
    ) -> None:
        office.company.backup(backup)
        self.everything(office)
        run(office)
        office.put("expense_report", report("ER-2").document)
        office.run(Session(office.company, interference=Refusing("BillAdd")))
        waiting = office.record("expense_report", "ER-2")
        assert str(waiting.transfer_status) == "Pending/Failed"
        assert waiting.done == {}
        office.company.restore(backup)
        run(office)
        assert set(office.statuses("expense_report").values()) == {"Transferred"}

    def test_of_a_timesheet_only_the_lost_entries_go(
        self, office: Installation, backup: Path, database_url: str
    ) -> None:
        office.put("timesheet", timesheet("TS-1").document)
        office.run(Session(office.company, interference=Refusing("TimeTrackingAdd", after=2)))
        assert live(office, "TimeTracking") == 2
        office.company.backup(backup)
        with at_desk(office, "timesheet") as drawer:
            list(readiness.set_ready(drawer, drawer.find(["TS-1"])))
        run(office)
        assert office.statuses("timesheet") == {"TS-1": "Transferred"}
        office.company.restore(backup)
        office.put("invoice", invoice_wish("INV-1").document)
        messages = run(office)
        assert sent(messages, "TimeTrackingAdd") == 1
        assert office.statuses("timesheet") == {"TS-1": "Transferred"}
        assert live(office, "TimeTracking") == 3
        assert sorted(office.record("timesheet", "TS-1").state["taken"]) == ["1", "2", "3"]

    def test_a_lost_receipt_goes_again(self, office: Installation, backup: Path) -> None:
        self.everything(office)
        run(office)
        self.change(office, "PO-1", received="1")
        run(office)
        office.company.backup(backup)
        self.change(office, "PO-1", received="3")
        run(office)
        before = office.record("purchase_order", "PO-1")
        assert live(office, "ItemReceipt") == 2
        office.company.restore(backup)
        assert live(office, "ItemReceipt") == 1
        self.settle(office)
        after = office.record("purchase_order", "PO-1")
        assert live(office, "ItemReceipt") == 2
        assert (after.state["received"], after.txn_id) == (before.state["received"], before.txn_id)
        assert str(after.transfer_status) == "Transferred"
        assert not after.needs_resync

    def test_a_lost_order_goes_again_with_what_was_received(self, office: Installation, backup: Path) -> None:
        office.company.backup(backup)
        self.everything(office)
        run(office)
        self.change(office, "PO-1", received="2")
        run(office)
        there = self.counts(office)
        office.company.restore(backup)
        self.settle(office)
        assert self.counts(office) == there | {"Invoice": 2}
        assert office.record("purchase_order", "PO-1").state["received"] == {"2": "2"}

    def test_a_lost_deletion_is_made_again(self, office: Installation, backup: Path) -> None:
        self.everything(office)
        run(office)
        office.company.backup(backup)
        self.change(office, "PO-1", state="Canceled")
        run(office)
        assert live(office, "PurchaseOrder") == 0
        office.company.restore(backup)
        assert live(office, "PurchaseOrder") == 1
        self.settle(office)
        assert live(office, "PurchaseOrder") == 0
        assert office.statuses("purchase_order") == {"PO-1": "Not Transferred"}

    def test_a_deletion_is_lost_though_it_was_asked_about_and_nothing_was_made_since(
        self, office: Installation, backup: Path
    ) -> None:
        self.everything(office)
        run(office)
        office.company.backup(backup)
        self.change(office, "PO-1", state="Canceled")
        run(office)
        office.put("invoice", refused("INV-REFUSED").document)
        run(office)
        assert live(office, "PurchaseOrder") == 0
        office.company.restore(backup)
        self.settle(office)
        assert live(office, "PurchaseOrder") == 0
        assert office.statuses("purchase_order") == {"PO-1": "Not Transferred"}

    def test_an_order_lost_with_its_deletion_stays_away(self, office: Installation, backup: Path) -> None:
        office.company.backup(backup)
        self.everything(office)
        run(office)
        self.change(office, "PO-1", state="Canceled")
        run(office)
        office.company.restore(backup)
        self.settle(office)
        assert live(office, "PurchaseOrder") == 0
        assert office.statuses("purchase_order") == {"PO-1": "Not Transferred"}

    def test_a_canceled_order_that_is_lost_is_not_sent_to_be_deleted(
        self, office: Installation, backup: Path
    ) -> None:
        office.company.backup(backup)
        self.everything(office)
        run(office)
        self.change(office, "PO-1", state="Canceled")
        office.company.restore(backup)
        messages = run(office)
        assert (sent(messages, "PurchaseOrderAdd"), sent(messages, "TxnDel")) == (0, 0)
        assert office.statuses("purchase_order") == {"PO-1": "Not Transferred"}

    def test_a_cleared_number_is_not_resurrected(self, office: Installation, backup: Path) -> None:
        office.company.backup(backup)
        self.everything(office)
        run(office)
        for entity, name in (("purchase_order", "PO-1"), ("expense_report", "ER-1")):
            with at_desk(office, entity) as drawer:
                assert [verdict.changed for verdict in clear(drawer, drawer.find([name]))] == [True]
        office.company.restore(backup)
        self.settle(office)
        assert (live(office, "PurchaseOrder"), live(office, "Bill")) == (0, 0)
        assert office.statuses("purchase_order") == {"PO-1": "Not Transferred"}
        assert office.statuses("expense_report") == {"ER-1": "Not Transferred"}
        assert "goes again" not in (office.history("PO-1")[-1].reason or "")
