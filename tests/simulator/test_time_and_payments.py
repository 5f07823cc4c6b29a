"""Time records, and payments that make invoices paid (facts E)."""

from __future__ import annotations

from typing import Any

import pytest

CUSTOMER = "<CustomerRef><FullName>Acme Corp</FullName></CustomerRef>"
ITEM = "<ItemServiceRef><FullName>Labor:Remote</FullName></ItemServiceRef>"
REGULAR = "<PayrollItemWageRef><FullName>Regular</FullName></PayrollItemWageRef>"


def time(entity: str = "Ann Smith", before: str = "", duration: str = "PT7H30M", after: str = "") -> str:
    return (
        "<TimeTrackingAddRq><TimeTrackingAdd><TxnDate>2026-10-26</TxnDate>"
        f"<EntityRef><FullName>{entity}</FullName></EntityRef>{before}<Duration>{duration}</Duration>{after}"
        "</TimeTrackingAdd></TimeTrackingAddRq>"
    )


class TestTime:
    def test_a_billable_entry(self, quickbooks: Any) -> None:
        billable = f"{REGULAR}<Notes>Patch day</Notes><BillableStatus>Billable</BillableStatus>"
        answer = quickbooks.ask(time(before=CUSTOMER + ITEM, after=billable))
        entry = answer.find("TimeTrackingRet")
        assert (entry.findtext("EntityRef/FullName"), entry.findtext("Duration")) == ("Ann Smith", "PT7H30M")
        assert entry.findtext("PayrollItemWageRef/FullName") == "Regular"
        assert entry.findtext("BillableStatus") == "Billable"

    @pytest.mark.parametrize(
        ("sent", "kept"),
        [("PT90M", "PT1H30M"), ("PT1H59S", "PT1H0M"), ("PT8H", "PT8H0M"), ("PT3600S", "PT0H0M")],
    )
    def test_seconds_are_dropped(self, quickbooks: Any, sent: str, kept: str) -> None:
        assert quickbooks.ask(time(duration=sent)).findtext("TimeTrackingRet/Duration") == kept

    @pytest.mark.parametrize("entity", ["Contractor, Cal", "Bob Jones", "Front Desk"])
    def test_vendors_employees_and_other_names_have_time(self, quickbooks: Any, entity: str) -> None:
        assert quickbooks.ask(time(entity)).get("statusCode") == "0"

    @pytest.mark.parametrize(
        ("request_text", "code"),
        [
            (time("Acme Corp"), "3140"),
            (time("Nobody"), "3140"),
            (time(after="<BillableStatus>Billable</BillableStatus>"), "3150"),
            (time(before=CUSTOMER, after="<BillableStatus>Billable</BillableStatus>"), "3150"),
            (time("Bob Jones", after=REGULAR), "3210"),
            (time("Contractor, Cal", after=REGULAR), "3210"),
            (time(duration="7:30"), "3035"),
            (time(after="<BillableStatus>Maybe</BillableStatus>"), "3110"),
        ],
    )
    def test_refusals(self, quickbooks: Any, request_text: str, code: str) -> None:
        assert quickbooks.ask(request_text).get("statusCode") == code
        assert quickbooks.company.transactions("TimeTracking") == []

    def test_time_needs_the_time_preference(self, seeded: Any) -> None:
        assert seeded('[lists]\nVendor = ["Cal"]\n').ask(time("Cal")).get("statusCode") == "3250"

    def test_queries_by_person_and_day_and_deletion(self, quickbooks: Any) -> None:
        kept = quickbooks.ask(time())[0].findtext("TxnID")
        quickbooks.ask(time("Bob Jones"))
        query = (
            "<TimeTrackingQueryRq><TxnDateRangeFilter><FromTxnDate>2026-10-26</FromTxnDate>"
            "<ToTxnDate>2026-10-26</ToTxnDate></TxnDateRangeFilter><TimeTrackingEntityFilter>"
            "<FullName>Ann Smith</FullName></TimeTrackingEntityFilter></TimeTrackingQueryRq>"
        )
        assert [entry.findtext("TxnID") for entry in quickbooks.ask(query)] == [kept]
        delete = f"<TxnDelRq><TxnDelType>TimeTracking</TxnDelType><TxnID>{kept}</TxnID></TxnDelRq>"
        assert quickbooks.ask(delete).get("statusCode") == "0"
        assert quickbooks.ask(query).get("statusCode") == "1"

    def test_time_cannot_be_voided(self, quickbooks: Any) -> None:
        txn_id = quickbooks.ask(time())[0].findtext("TxnID")
        void = f"<TxnVoidRq><TxnVoidType>TimeTracking</TxnVoidType><TxnID>{txn_id}</TxnID></TxnVoidRq>"
        assert quickbooks.ask(void).get("statusCode") == "3110"

    def test_an_entry_can_be_changed(self, quickbooks: Any) -> None:
        entry = quickbooks.ask(time())[0]
        changed = quickbooks.ask(
            f"<TimeTrackingModRq><TimeTrackingMod><TxnID>{entry.findtext('TxnID')}</TxnID>"
            f"<EditSequence>{entry.findtext('EditSequence')}</EditSequence>"
            "<EntityRef><FullName>Ann Smith</FullName></EntityRef><Duration>PT1H0M</Duration>"
            "</TimeTrackingMod></TimeTrackingModRq>"
        )
        assert changed.findtext("TimeTrackingRet/Duration") == "PT1H0M"


class TestPayments:
    @staticmethod
    def pay(total: str, rest: str, customer: str = "Acme Corp") -> str:
        return (
            "<ReceivePaymentAddRq><ReceivePaymentAdd>"
            f"<CustomerRef><FullName>{customer}</FullName></CustomerRef><TxnDate>2026-11-15</TxnDate>"
            f"<TotalAmount>{total}</TotalAmount>{rest}</ReceivePaymentAdd></ReceivePaymentAddRq>"
        )

    @staticmethod
    def to(txn_id: str, amount: str) -> str:
        part = f"<TxnID>{txn_id}</TxnID><PaymentAmount>{amount}</PaymentAmount>"
        return f"<AppliedToTxnAdd>{part}</AppliedToTxnAdd>"

    @pytest.fixture
    def invoice(self, quickbooks: Any) -> str:
        return str(quickbooks.ask(quickbooks.invoice())[0].findtext("TxnID"))

    def test_an_invoice_is_paid_in_parts(self, quickbooks: Any, invoice: str) -> None:
        quickbooks.ask(self.pay("100.00", self.to(invoice, "100.00")))
        assert (
            quickbooks.ask("<InvoiceQueryRq><PaidStatus>PaidOnly</PaidStatus></InvoiceQueryRq>").get(
                "statusCode"
            )
            == "1"
        )
        quickbooks.ask(self.pay("200.00", self.to(invoice, "200.00")))
        paid = quickbooks.ask(
            "<InvoiceQueryRq><PaidStatus>PaidOnly</PaidStatus><IncludeLinkedTxns>true</IncludeLinkedTxns></InvoiceQueryRq>"
        )[0]
        assert (paid.findtext("IsPaid"), paid.findtext("BalanceRemaining")) == ("true", "0.00")
        assert [
            (link.findtext("TxnType"), link.findtext("TxnDate")) for link in paid.findall("LinkedTxn")
        ] == [*(("ReceivePayment", "2026-11-15"),) * 2]

    def test_more_than_is_due_is_refused(self, quickbooks: Any, invoice: str) -> None:
        answer = quickbooks.ask(self.pay("400.00", self.to(invoice, "400.00")))
        assert answer.get("statusCode") == "3210"
        assert answer.get("statusMessage") == (
            'The "AppliedToTxnAdd payment amount" field has an invalid value "400.00".  '
            "QuickBooks error message: You cannot pay more than the amount due."
        )

    def test_a_paid_invoice_keeps_its_customer(self, quickbooks: Any, invoice: str) -> None:
        quickbooks.ask(self.pay("100.00", self.to(invoice, "100.00")))
        (sequence,) = [each["EditSequence"] for each in quickbooks.company.transactions("Invoice")]
        other = "<CustomerRef><FullName>Cedar Clinic</FullName></CustomerRef>"
        answer = quickbooks.ask(
            f"<InvoiceModRq><InvoiceMod><TxnID>{invoice}</TxnID><EditSequence>{sequence}</EditSequence>{other}"
            "</InvoiceMod></InvoiceModRq>"
        )
        assert answer.get("statusCode") == "3170"
        assert answer.get("statusMessage").startswith(
            "There was an error when modifying a Invoice.  QuickBooks"
        )

    def test_quickbooks_may_choose_the_invoices(self, quickbooks: Any, invoice: str) -> None:
        payment = quickbooks.ask(self.pay("350.00", "<IsAutoApply>true</IsAutoApply>"))[0]
        assert (payment.findtext("UnusedPayment"), payment.findtext("AppliedToTxnRet/Amount")) == (
            "50.00",
            "300.00",
        )

    def test_a_paid_invoice_stays_until_the_payment_is_deleted(self, quickbooks: Any, invoice: str) -> None:
        payment = quickbooks.ask(self.pay("300.00", self.to(invoice, "300.00")))[0].findtext("TxnID")
        delete = f"<TxnDelRq><TxnDelType>Invoice</TxnDelType><TxnID>{invoice}</TxnID></TxnDelRq>"
        assert quickbooks.ask(delete).get("statusCode") == "3160"
        quickbooks.ask(
            f"<TxnDelRq><TxnDelType>ReceivePayment</TxnDelType><TxnID>{payment}</TxnID></TxnDelRq>"
        )
        assert quickbooks.ask(delete).get("statusCode") == "0"

    @pytest.mark.parametrize(
        ("total", "rest", "code"),
        [("10.00", "FF-1", "3120"), ("10.00", "", "0")],
    )
    def test_other_payments(self, quickbooks: Any, total: str, rest: str, code: str) -> None:
        part = self.to(rest, "10.00") if rest else "<IsAutoApply>false</IsAutoApply>"
        assert quickbooks.ask(self.pay(total, part)).get("statusCode") == code
