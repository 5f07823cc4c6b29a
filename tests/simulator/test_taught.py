"""A simulator that was taught a kind: by a test, or by an installed distribution."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.simulator.conftest import QuickBooks

from qbferry.errors import InputError
from qbferry.simulator import CompanyFile, Seed, Session, bookkeeper
from qbferry.simulator.command import _taught

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text("utf-8")
TAUGHT = PAGE.partition("## Teach it a kind")[2].partition("```python\n")[2].partition("```")[0]
RECEIPT = (
    "<SalesReceiptAddRq><SalesReceiptAdd>{customer}<TxnDate>2026-10-31</TxnDate>"
    "<SalesReceiptLineAdd><ItemRef><FullName>Labor</FullName></ItemRef><Amount>{amount}</Amount>"
    "</SalesReceiptLineAdd></SalesReceiptAdd></SalesReceiptAddRq>"
)
ACME = "<CustomerRef><FullName>Acme Corp</FullName></CustomerRef>"


def taught() -> dict[str, Any]:
    """What the page's example makes."""
    names: dict[str, Any] = {}
    exec(TAUGHT, names)
    return names


@pytest.fixture
def quickbooks(tmp_path: Path) -> Iterator[QuickBooks]:
    with CompanyFile.open(tmp_path / "a.qbsim", kinds=[taught()["SALES_RECEIPT"]]) as company:
        yield QuickBooks(company, Session(company))


def test_the_page_s_example_refuses_and_totals_as_it_says(quickbooks: QuickBooks) -> None:
    answer = quickbooks.ask(RECEIPT.format(customer="", amount="5.00"))
    assert answer.get("statusCode") == "3150"
    [ret] = quickbooks.ask(RECEIPT.format(customer=ACME, amount="5.00"))
    assert (ret.findtext("Subtotal"), ret.findtext("TotalAmount")) == ("5.00", "5.00")
    assert ret.findtext("RefNumber") == "1"


def test_it_is_found_changed_and_deleted_like_the_others(quickbooks: QuickBooks) -> None:
    [ret] = quickbooks.ask(RECEIPT.format(customer=ACME, amount="5.00"))
    txn_id = ret.findtext("TxnID") or ""
    bookkeeper.change(quickbooks.company, txn_id, {"Memo": "by hand"})
    [found] = quickbooks.ask(f"<SalesReceiptQueryRq><TxnID>{txn_id}</TxnID></SalesReceiptQueryRq>")
    assert found.findtext("Memo") == "by hand"
    bookkeeper.delete(quickbooks.company, txn_id)
    assert quickbooks.ask("<SalesReceiptQueryRq/>").get("statusCode") == "1"


def test_a_seed_is_read_as_it_was_taught(tmp_path: Path) -> None:
    receipt = {"TxnDate": "2026-10-31", "SalesReceiptLineAdd": [{"Desc": "x"}]}
    seed = Seed(transactions={"SalesReceipt": [receipt]})
    with pytest.raises(InputError, match="CustomerRef"):
        CompanyFile.open(tmp_path / "b.qbsim", seed, kinds=[taught()["SALES_RECEIPT"]])


def test_a_copy_knows_it_too(quickbooks: QuickBooks) -> None:
    copy = quickbooks.company.copy()
    answer = QuickBooks(copy, Session(copy)).ask(RECEIPT.format(customer="", amount="5.00"))
    assert answer.get("statusCode") == "3150"
    copy.close()


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, module: str, target: str) -> None:
    """Install a distribution that teaches."""
    (folder / "teaching.py").write_text(module, "utf-8")
    about = folder / "teaching-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: teaching\nVersion: 1.0\n", "utf-8")
    (about / "entry_points.txt").write_text(f"[qbferry.simulator_kinds]\nreceipts = {target}\n", "utf-8")
    monkeypatch.syspath_prepend(str(folder))


def test_what_is_installed_teaches_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, TAUGHT, "teaching:SALES_RECEIPT")
    assert [kind.name for kind in _taught()] == ["SalesReceipt"]


@pytest.mark.parametrize(
    ("target", "sentence"),
    [("teaching:NOTHING", "cannot be imported"), ("teaching:prepare", "no TransactionKind")],
)
def test_what_is_installed_and_teaches_nothing_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, sentence: str
) -> None:
    monkeypatch.delitem(__import__("sys").modules, "teaching", raising=False)
    install(tmp_path, monkeypatch, TAUGHT, target)
    with pytest.raises(InputError, match=sentence):
        _taught()
