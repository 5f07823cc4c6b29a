"""The company file: what it begins with, what it keeps, and who may use it."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.errors import InputError
from qbferry.simulator import CompanyFile, Seed, Session

if TYPE_CHECKING:
    from pathlib import Path


def test_it_keeps_everything(tmp_path: Path, quickbooks: Any) -> None:
    path = tmp_path / "kept.qbsim"
    with CompanyFile.open(path) as company:
        Session(company).process(quickbooks.message(quickbooks.invoice()))
    with CompanyFile.open(path, Seed(lists={"Customer": ["Never"]})) as company:
        assert [invoice["entity"] for invoice in company.transactions("Invoice")] == ["Acme Corp"]
        assert "Never" not in {entry["Name"] for entry in company.entries("Customer")}


def test_a_seed_may_be_json_and_hold_transactions(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(
        json.dumps(
            {
                "lists": {
                    "Account": [{"Name": "AR", "AccountType": "AccountsReceivable"}],
                    "Customer": ["Acme"],
                    "ItemService": [{"Name": "Labor", "SalesOrPurchase": {"Price": "10.00"}}],
                },
                "transactions": {
                    "Invoice": [
                        {
                            "CustomerRef": "Acme",
                            "TxnDate": "2026-01-31",
                            "RefNumber": "77",
                            "InvoiceLineAdd": [{"ItemRef": "Labor", "Quantity": 3}],
                        }
                    ]
                },
            }
        ),
        encoding="utf-8",
    )
    with CompanyFile.open(tmp_path / "a.qbsim", seed) as company:
        (invoice,) = company.transactions("Invoice")
    assert (invoice["RefNumber"], invoice["Subtotal"], invoice["date"]) == ("77", "30.00", "2026-01-31")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[lists", "not well-formed"),
        ("[colours]", "unknown parts: colours"),
        ("[settings]\nfiel = 1", "unknown settings: fiel"),
        ("[lists]\nCustomers = []", "unknown lists: Customers"),
        ("[transactions]\nInvoices = []", "unknown transactions: Invoices"),
        (
            '[lists]\nCustomer = [{ Name = "A", Emial = "x" }]',
            "Customer A of the seed: there is no element Emial",
        ),
        (
            '[lists]\nCustomer = [{ Name = "A", TermsRef = "Never" }]',
            "Customer A of the seed is refused: .*Terms",
        ),
        ('[lists]\nCustomer = ["A", "a"]', "already in use"),
        ("[company]\nName = 1", "there is no element Name"),
        ("[[transactions.Invoice]]\nMemo = 'x'", "lacks an element"),
        ("[[transactions.Invoice]]\nCustomerRef = 'x'\nRefNumber = '123456789012'", "too long"),
        ("[[transactions.Invoice]]\nCustomerRef = 'x'", "Invoice 1 is refused: .*Customer"),
    ],
)
def test_a_wrong_seed_is_refused_with_a_sentence_and_leaves_nothing(
    tmp_path: Path, text: str, words: str
) -> None:
    seed = tmp_path / "seed.toml"
    seed.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        CompanyFile.open(tmp_path / "a.qbsim", seed)
    with CompanyFile.open(tmp_path / "a.qbsim") as company:
        assert company.entries("Customer")


def test_what_is_no_company_file_is_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text(
        "not a database at all, but a longer text so that it cannot be one " * 20, encoding="utf-8"
    )
    before = text.read_bytes()
    with pytest.raises(InputError, match="cannot be used as a company file"):
        CompanyFile.open(text)
    assert text.read_bytes() == before
    with pytest.raises(InputError, match="no folder"):
        CompanyFile.open(tmp_path / "nowhere" / "a.qbsim")
    with pytest.raises(InputError, match="cannot be read"):
        CompanyFile.open(tmp_path / "a.qbsim", tmp_path / "none.toml")


def test_a_backup_comes_back(quickbooks: Any, company: CompanyFile, tmp_path: Path) -> None:
    quickbooks.ask(quickbooks.invoice())
    company.backup(tmp_path / "backup")
    quickbooks.ask(quickbooks.invoice())
    company.restore(tmp_path / "backup")
    assert len(company.transactions("Invoice")) == 1
    assert quickbooks.ask(quickbooks.invoice()).findtext("InvoiceRet/RefNumber") == "2"
    with pytest.raises(InputError, match="no backup"):
        company.restore(tmp_path / "none")


def test_times_carry_the_local_offset(tmp_path: Path, quickbooks: Any) -> None:
    now = datetime(2024, 11, 27, 18, 3, 44, tzinfo=timezone(timedelta(hours=-2)))
    with CompanyFile.open(tmp_path / "a.qbsim", clock=lambda: now) as company:
        answer = Session(company).process(quickbooks.message(quickbooks.invoice()))
    assert "<TimeCreated>2024-11-27T18:03:44-02:00</TimeCreated>" in answer
    assert "<EditSequence>1732737824</EditSequence>" in answer
    assert "<TxnDate>2024-11-27</TxnDate>" in answer


def test_two_programs_share_one_company_file(company: CompanyFile, quickbooks: Any) -> None:
    message = quickbooks.message(*[quickbooks.invoice() for _ in range(10)])

    def work() -> None:
        with CompanyFile.open(company.path) as own:
            for _ in range(5):
                Session(own).process(message)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    invoices = company.transactions("Invoice")
    assert len({invoice["TxnID"] for invoice in invoices}) == len(invoices) == 100
    assert [int(invoice["RefNumber"]) for invoice in invoices] == list(range(1, 101))


def test_the_clock_is_in_no_hurry(tmp_path: Path, quickbooks: Any) -> None:
    """Two changes within one second still have different edit sequences."""
    now = datetime(2026, 10, 31, 12, tzinfo=UTC)
    with CompanyFile.open(tmp_path / "a.qbsim", clock=lambda: now) as company:
        own = type(quickbooks)(company, Session(company))
        invoice = own.ask(own.invoice())[0]
        changed = own.ask(
            f"<InvoiceModRq><InvoiceMod><TxnID>{invoice.findtext('TxnID')}</TxnID>"
            f"<EditSequence>{invoice.findtext('EditSequence')}</EditSequence><Memo>x</Memo></InvoiceMod></InvoiceModRq>"
        )[0]
    assert changed.findtext("EditSequence") != invoice.findtext("EditSequence")
