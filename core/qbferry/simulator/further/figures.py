"""What QuickBooks works out on request: bills to pay, sales tax owed, assemblies that can be built."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from qbferry.simulator import lists, status
from qbferry.simulator.amounts import money, number, quantity
from qbferry.simulator.selection import Response, chosen, refs_named
from qbferry.simulator.status import RefusalError

if TYPE_CHECKING:
    from qbferry.simulator.books import Books
    from qbferry.simulator.records import Posted
    from qbferry.simulator.validate import Fields, Request

__all__ = ["ANSWERS"]


def _bills(company: Books, request: Request) -> Response:
    """What is owed a vendor, and the vendor credits that can be used for it (BillToPayQuery)."""
    fields = request.fields
    vendor = lists.refer(company, "PayeeEntityRef", fields["PayeeEntityRef"], "bills to pay")
    if vendor is None:
        raise RefusalError(status.missing_element("PayeeEntityRef"))
    payable = lists.refer(company, "APAccountRef", fields.get("APAccountRef", {}), "bills to pay")
    rets: list[Fields] = []
    for txn in company.select_posted("entity = ? AND kind IN ('Bill', 'VendorCredit')", [vendor.list_id]):
        account = txn.data.get("APAccountRef") or _payable(company)
        currency = txn.data.get("CurrencyRef", {})
        if payable and account.get("ListID") != payable.list_id:
            continue
        if not refs_named(fields.get("CurrencyFilter", {}), currency.get("ListID"), currency.get("FullName")):
            continue
        part = _owed(txn, fields.get("DueDate", "")) if txn.kind == "Bill" else _credit(txn)
        if part:
            (name, amounts) = part
            known = {
                "TxnID": txn.txn_id,
                "TxnType": txn.kind,
                "APAccountRef": account,
                "TxnDate": txn.date,
                "RefNumber": txn.ref_number or "",
            }
            rets.append({name: {**known, **amounts}})
    found = chosen(request, "BillToPayRet", rets)
    return Response(status.OK if found else status.no_match(), found)


def _owed(txn: Posted, due: str) -> tuple[str, Fields] | None:
    until = txn.data.get("DueDate", "")
    if txn.balance <= 0 or (due and until > due):
        return None
    return "BillToPay", {"DueDate": until, "AmountDue": money(Decimal(txn.balance) / 100)}


def _credit(txn: Posted) -> tuple[str, Fields] | None:
    left = txn.data.get("OpenAmount") or txn.data.get("CreditAmount", "0")
    return ("CreditToApply", {"CreditRemaining": left}) if number(left) > 0 else None


def _payable(company: Books) -> Fields:
    accounts = (entry for entry in company.select_entries(["Account"]))
    return next((each.ref for each in accounts if each.data.get("AccountType") == "AccountsPayable"), {})


def _sales_tax(company: Books, request: Request) -> Response:
    """What is owed each tax agency for the invoices up to a day (SalesTaxPayableQuery).

    assumption: facts C - payments of sales tax are not taken off it.
    """
    until = request.fields.get("AsOfDate") or "9999-12-31"
    owed: defaultdict[str, Decimal] = defaultdict(Decimal)
    for txn in company.select_posted("kind = 'Invoice' AND date <= ?", [until]):
        if item := txn.data.get("ItemSalesTaxRef"):
            owed[item["ListID"]] += number(txn.data.get("SalesTaxTotal", "0"))
    lines: defaultdict[str, list[Fields]] = defaultdict(list)
    agencies: dict[str, Fields] = {}
    for list_id, amount in owed.items():
        item_entry = company.entry(list_id)
        if item_entry is None or not amount:
            continue
        agency = item_entry.data.get("TaxVendorRef", {})
        agencies[agency.get("ListID", "")] = agency
        lines[agency.get("ListID", "")].append({"ItemSalesTaxRef": item_entry.ref, "Amount": money(amount)})
    rets = [
        {
            "PayeeEntityRef": agency,
            "Amount": money(sum((number(line["Amount"]) for line in lines[key]), Decimal(0))),
            "SalesTaxPayableLineRet": lines[key],
        }
        for key, agency in agencies.items()
    ]
    found = chosen(request, "SalesTaxPayableRet", rets)
    return Response(status.OK if found else status.no_match(), found)


def _can_build(company: Books, request: Request) -> Response:
    """How many of an assembly the quantities on hand are enough for (ItemAssembliesCanBuildQuery)."""
    asked = request.fields["ItemInventoryAssemblyRef"]
    assembly = lists.refer(company, "ItemInventoryAssemblyRef", asked, "assembly")
    if assembly is None:
        raise RefusalError(status.missing_element("ItemInventoryAssemblyRef"))
    enough = [
        _on_hand(company, part["ItemInventoryRef"]) // number(part["Quantity"])
        for part in assembly.data.get("ItemInventoryAssemblyLine", ())
        if number(part.get("Quantity") or "0") > 0
    ]
    ret = {
        "ItemInventoryAssemblyRef": assembly.ref,
        "TxnDate": request.fields["TxnDate"],
        "QuantityCanBuild": quantity(max(min(enough, default=Decimal(0)), Decimal(0))),
    }
    return Response(content=[("ItemAssembliesCanBuildRet", ret)])


def _on_hand(company: Books, reference: Fields) -> Decimal:
    entry = company.entry(reference["ListID"])
    return number(entry.data.get("QuantityOnHand", "0")) if entry else Decimal(0)


ANSWERS = {
    "BillToPayQuery": _bills,
    "ItemAssembliesCanBuildQuery": _can_build,
    "SalesTaxPayableQuery": _sales_tax,
}
