"""Checks: from a bank account to a payee, for expenses."""

from __future__ import annotations

from typing import Any

CHECK = (
    '<CheckAddRq requestID="1"><CheckAdd><AccountRef><FullName>{account}</FullName></AccountRef>'
    "<PayeeEntityRef><FullName>{payee}</FullName></PayeeEntityRef><TxnDate>2026-10-31</TxnDate>"
    "<IsToBePrinted>true</IsToBePrinted>"
    "<ExpenseLineAdd><AccountRef><FullName>Travel</FullName></AccountRef><Amount>40.00</Amount></ExpenseLineAdd>"
    "<ExpenseLineAdd><AccountRef><FullName>Meals</FullName></AccountRef><Amount>{amount}</Amount></ExpenseLineAdd>"
    "</CheckAdd></CheckAddRq>"
)


def check(account: str = "Checking", payee: str = "ingram micro", amount: str = "2.50") -> str:
    return CHECK.format(account=account, payee=payee, amount=amount)


def test_a_check_is_the_sum_of_its_lines(quickbooks: Any) -> None:
    answer = quickbooks.ask(check())
    assert answer.get("statusCode") == "0"
    assert answer.findtext("CheckRet/Amount") == "42.50"
    assert answer.findtext("CheckRet/PayeeEntityRef/FullName") == "Ingram Micro"
    assert [line.findtext("Amount") for line in answer.iterfind("CheckRet/ExpenseLineRet")] == [
        "40.00",
        "2.50",
    ]


def test_a_check_is_found_by_its_payee(quickbooks: Any) -> None:
    txn_id = quickbooks.ask(check()).findtext("CheckRet/TxnID")
    query = "<CheckQueryRq><EntityFilter><FullName>Ingram Micro</FullName></EntityFilter></CheckQueryRq>"
    assert quickbooks.ask(query).findtext("CheckRet/TxnID") == txn_id


def test_a_check_without_account_payee_or_worth_is_refused(quickbooks: Any) -> None:
    assert quickbooks.ask(check(account="Nowhere")).get("statusCode") == "3140"
    assert quickbooks.ask(check(payee="Nobody")).get("statusCode") == "3140"
    assert quickbooks.ask(check(amount="-40.01")).get("statusCode") == "3180"


def test_a_check_can_be_deleted(quickbooks: Any) -> None:
    txn_id = quickbooks.ask(check()).findtext("CheckRet/TxnID")
    gone = f"<TxnDelRq><TxnDelType>Check</TxnDelType><TxnID>{txn_id}</TxnID></TxnDelRq>"
    assert quickbooks.ask(gone).get("statusCode") == "0"
    assert quickbooks.ask(f"<CheckQueryRq><TxnID>{txn_id}</TxnID></CheckQueryRq>").get("statusCode") == "500"
