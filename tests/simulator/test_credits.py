"""What pays invoices beside payments, and whether that counts as a change of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry.simulator import CompanyFile, Seed, Session, bookkeeper
from qbferry.simulator.status import RefusalError

if TYPE_CHECKING:
    from pathlib import Path

DAY = "2026-11-20"


@pytest.fixture
def invoice(quickbooks: Any) -> str:
    return str(quickbooks.ask(quickbooks.invoice())[0].findtext("TxnID"))


def shown(quickbooks: Any, kind: str, txn_id: str) -> Any:
    links = "" if kind == "JournalEntry" else "<IncludeLinkedTxns>true</IncludeLinkedTxns>"
    return quickbooks.ask(f"<{kind}QueryRq><TxnID>{txn_id}</TxnID>{links}</{kind}QueryRq>")[0]


def test_a_credit_memo_pays_an_invoice_in_part_and_both_say_so(quickbooks: Any, invoice: str) -> None:
    memo = bookkeeper.credit(quickbooks.company, "Acme Corp", "80.00", DAY, item="Labor:Remote").txn_id
    bookkeeper.use(quickbooks.company, memo, invoice, "50.00", "2026-11-21")
    found = shown(quickbooks, "Invoice", invoice)
    assert (found.findtext("IsPaid"), found.findtext("BalanceRemaining")) == ("false", "250.00")
    link = found.find("LinkedTxn")
    assert [link.findtext(name) for name in ("TxnID", "TxnType", "TxnDate", "Amount")] == [
        *(memo, "CreditMemo", DAY),
        "-50.00",
    ]
    credit = shown(quickbooks, "CreditMemo", memo)
    assert (credit.findtext("CreditRemaining"), credit.findtext("LinkedTxn/TxnID")) == ("30.00", invoice)
    with pytest.raises(RefusalError):
        bookkeeper.use(quickbooks.company, memo, invoice, "31.00", DAY)


def test_what_a_journal_entry_credits_a_customer_with_pays_too(quickbooks: Any, invoice: str) -> None:
    entry = bookkeeper.credit(quickbooks.company, "Acme Corp", "300.00", DAY).txn_id
    bookkeeper.use(quickbooks.company, entry, invoice, "300.00", DAY)
    found = shown(quickbooks, "Invoice", invoice)
    assert (found.findtext("IsPaid"), found.findtext("LinkedTxn/TxnType")) == ("true", "JournalEntry")
    assert shown(quickbooks, "JournalEntry", entry).find("LinkedTxn") is None, "its Ret has none"
    bookkeeper.delete(quickbooks.company, entry)
    found = shown(quickbooks, "Invoice", invoice)
    assert (found.findtext("BalanceRemaining"), found.find("LinkedTxn")) == ("300.00", None)


def test_a_payment_can_be_changed_to_pay_less(quickbooks: Any, invoice: str) -> None:
    payment = bookkeeper.pay(quickbooks.company, {invoice: "300.00"}, DAY)
    less = {"AppliedToTxnMod": [{"TxnID": invoice, "PaymentAmount": "120.00"}]}
    bookkeeper.change(quickbooks.company, payment.txn_id, less)
    found = shown(quickbooks, "Invoice", invoice)
    assert (found.findtext("IsPaid"), found.findtext("BalanceRemaining")) == ("false", "180.00")


@pytest.mark.parametrize(("setting", "changes"), [("modified", True), ("unmodified", False)])
def test_being_paid_is_a_change_of_the_invoice_or_not(
    quickbooks: Any, tmp_path: Path, setting: str, changes: bool
) -> None:
    sample = Seed.read()
    seed = Seed(lists=sample.lists, preferences=sample.preferences, settings={"paid_invoices": setting})
    with CompanyFile.open(tmp_path / "another.sqlite3", seed) as company:
        quickbooks.company, quickbooks.session = company, Session(company)
        txn_id = str(quickbooks.ask(quickbooks.invoice())[0].findtext("TxnID"))
        before = shown(quickbooks, "Invoice", txn_id).findtext("EditSequence")
        bookkeeper.pay(company, {txn_id: "100.00"}, DAY)
        after = shown(quickbooks, "Invoice", txn_id)
        assert (after.findtext("EditSequence") != before) is changes
        assert after.findtext("BalanceRemaining") == "200.00"
