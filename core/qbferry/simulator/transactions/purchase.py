"""Lines of what is bought: expenses and items of bills, checks, card charges and item receipts (facts E)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from qbferry.simulator import status
from qbferry.simulator.amounts import number
from qbferry.simulator.host import feature
from qbferry.simulator.lists import REFERENCES
from qbferry.simulator.status import RefusalError
from qbferry.simulator.transactions.kind import LineKind
from qbferry.simulator.transactions.receiving import link_line
from qbferry.simulator.transactions.sales import extend

if TYPE_CHECKING:
    from qbferry.simulator.records import Entry
    from qbferry.simulator.transactions.kind import Draft
    from qbferry.simulator.validate import Fields

__all__ = ["LINES", "buyable", "cost", "total"]

_NOT_BOUGHT = {"ItemDiscount", "ItemSalesTax", "ItemSalesTaxGroup"}


def _expense(draft: Draft, line: Fields, _given: Fields) -> None:
    if "AccountRef" not in line and feature(draft.company, "AccountingPreferences", "IsRequiringAccounts"):
        raise RefusalError(status.missing_element("AccountRef"))
    line.setdefault("Amount", "0.00")
    _billable(line)


def _item(draft: Draft, line: Fields, given: Fields) -> None:
    if "LinkToTxn" in given:
        if "ItemRef" in given:
            # assumption: facts E - "runtime error" is all that is known of sending both.
            cause = "An item cannot be given for a line that is linked to a purchase order."
            raise RefusalError(status.invalid_value("ItemRef", given["ItemRef"]["FullName"], cause))
        link_line(draft, line)
        if not line:
            return
        given = {**given, "Quantity": line["Quantity"]}
    item = draft.entry("ItemRef", line)
    if item is None:
        raise RefusalError(status.missing_element("ItemRef"))
    buyable(draft, item)
    if not line.keys() & {"Quantity", "Cost", "Amount"}:
        line["Quantity"] = "1"
    extend(draft, line, given, "Cost", cost(item))
    if "Desc" not in line and (text := _bought(item, "Desc")):
        line["Desc"] = text
    _billable(line)


def buyable(draft: Draft, item: Entry) -> None:
    """Refuse items that no purchase has: discounts and sales tax (facts E).

    assumption: facts E - the status was not seen; here as for an unknown item.
    """
    if item.kind in _NOT_BOUGHT:
        where = f"{draft.kind.name} line"
        raise RefusalError(status.bad_reference(REFERENCES["ItemRef"][1], item.full_name, where))


def cost(item: Entry) -> Decimal:
    """Give what an item costs."""
    return number(_bought(item, "Cost") or "0")


def _bought(item: Entry, what: str) -> str:
    single, double = item.data.get("SalesOrPurchase", {}), item.data.get("SalesAndPurchase", {})
    own = single.get({"Cost": "Price"}.get(what, what))
    return str(double.get(f"Purchase{what}") or item.data.get(f"Purchase{what}") or own or "")


def _billable(line: Fields) -> None:
    """Billable needs to whom (facts E [?]: the rule of QuickBooks' own forms)."""
    if line.get("BillableStatus") == "Billable" and "CustomerRef" not in line:
        raise RefusalError(status.missing_element("CustomerRef"))


def total(draft: Draft) -> Decimal:
    """Sum all lines.

    Raises:
        RefusalError: 3180, there are none; the text was not seen.
    """
    amounts = [number(line["Amount"]) for lines in draft.lines.values() for line in lines if "Amount" in line]
    if not amounts:
        raise RefusalError(status.cannot_save(draft.kind.name, "The transaction is empty."))
    return sum(amounts, Decimal(0))


LINES = (LineKind(name="ExpenseLine", complete=_expense), LineKind(name="ItemLine", complete=_item))
