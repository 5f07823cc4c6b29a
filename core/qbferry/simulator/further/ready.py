"""Accounts and items that QuickBooks makes itself when it needs them, and on request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qbferry.simulator import lists, status
from qbferry.simulator.selection import Response, chosen
from qbferry.simulator.status import RefusalError

if TYPE_CHECKING:
    from qbferry.simulator.books import Books
    from qbferry.simulator.validate import Fields, Request

__all__ = ["ANSWERS"]

_ACCOUNTS = {
    "AccountsPayable": "AccountsPayable",
    "AccountsReceivable": "AccountsReceivable",
    "CondenseItemAdjustmentExpenses": "Expense",
    "CostOfGoodsSold": "CostOfGoodsSold",
    "DirectDepositLiabilities": "OtherCurrentLiability",
    "Estimates": "NonPosting",
    "ExchangeGainLoss": "OtherExpense",
    "InventoryAssets": "OtherCurrentAsset",
    "ItemReceiptAccount": "OtherCurrentLiability",
    "OpeningBalanceEquity": "Equity",
    "PayrollExpenses": "Expense",
    "PayrollLiabilities": "OtherCurrentLiability",
    "PettyCash": "Bank",
    "PurchaseOrders": "NonPosting",
    "ReconciliationDifferences": "Expense",
    "RetainedEarnings": "Equity",
    "SalesOrders": "NonPosting",
    "SalesTaxPayable": "OtherCurrentLiability",
    "UncategorizedExpenses": "Expense",
    "UncategorizedIncome": "Income",
    "UndepositedFunds": "OtherCurrentAsset",
}
"""SpecialAccountType -> AccountType. assumption: no fact lists types and names; both are by their words."""

_ITEMS = {
    "FinanceCharge": "ItemOtherCharge",
    "ReimbursableExpenseGroup": "ItemGroup",
    "ReimbursableExpenseSubtotal": "ItemSubtotal",
}


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)


def _account(company: Books, request: Request) -> Response:
    sent = request.fields["SpecialAccountAdd"]
    special = sent["SpecialAccountType"]
    made = {"Name": _words(special), "AccountType": _ACCOUNTS[special], "SpecialAccountType": special}
    if currency := sent.get("CurrencyRef"):
        made["CurrencyRef"] = currency
    return _added(company, request, "Account", made)


def _item(company: Books, request: Request) -> Response:
    sent = request.fields["SpecialItemAdd"]
    special = sent["SpecialItemType"]
    made = {"Name": _words(special), "SpecialItemType": special, **_own(sent)}
    return _added(company, request, _ITEMS[special], made)


def _own(sent: Fields) -> Fields:
    barcode = sent.get("BarCode", {}).get("BarCodeValue")
    return {
        **({"BarCodeValue": barcode} if barcode else {}),
        **({"ExternalGUID": sent["ExternalGUID"]} if sent.get("ExternalGUID") else {}),
    }


def _added(company: Books, request: Request, kind: str, made: Fields) -> Response:
    special = "SpecialItemType" if kind in lists.ITEMS else "SpecialAccountType"
    if any(entry.data.get(special) == made[special] for entry in company.select_entries([kind])):
        raise RefusalError(status.name_taken(made["Name"]))
    entry = lists.add(company, kind, made)
    return Response(content=chosen(request, f"{kind}Ret", [lists.as_ret(company, entry)]))


ANSWERS = {"SpecialAccountAdd": _account, "SpecialItemAdd": _item}
