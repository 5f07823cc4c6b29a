"""Lines of what is sold: amounts, discounts, subtotals and sales tax."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from qbferry.simulator import status
from qbferry.simulator.amounts import money, number, price, quantity
from qbferry.simulator.host import feature
from qbferry.simulator.status import RefusalError, Status

if TYPE_CHECKING:
    from qbferry.simulator.records import Entry
    from qbferry.simulator.transactions.kind import Draft
    from qbferry.simulator.validate import Fields

__all__ = ["complete", "extend", "tax", "total"]

_DISCOUNT = "ItemDiscount"
_SUBTOTAL = "ItemSubtotal"


def complete(draft: Draft, line: Fields, given: Fields) -> None:
    """Compute and check a line of an invoice.

    Raises:
        RefusalError: 3150 an amount without an item, 3210 a discount with a quantity.
    """
    item = draft.entry("ItemRef", line)
    if "ClassRef" in draft.fields and "ClassRef" not in line:
        line["ClassRef"] = draft.fields["ClassRef"]  # facts E: the header's class is copied to all lines
    if item is None:
        # assumption: facts E - a line without an item is a comment; money on it needs one.
        if given.keys() & {"Amount", "Quantity", "Rate"}:
            raise RefusalError(status.missing_element("ItemRef"))
        return
    if "Desc" not in line and (text := _sale(item, "Desc")):
        line["Desc"] = text
    if item.kind == _SUBTOTAL:
        line["Amount"] = money(_since(draft, _SUBTOTAL))
    elif item.kind == _DISCOUNT:
        _discount(draft, line, given, item)
    else:
        extend(draft, line, given, "Rate", number(_sale(item, "Price") or "0"))
    line["SalesTaxCodeRef"] = _tax_code(draft, line, item)


def extend(draft: Draft, line: Fields, given: Fields, unit: str, usual: Decimal) -> None:
    """Compute amount or price of a line (facts E): the amount wins over a price beside it.

    Args:
        draft: The transaction; receives the warning.
        line: The line, changed in place.
        given: What was sent of it.
        unit: The element with the price of one: ``Rate`` or ``Cost``.
        usual: The item's own price, used when neither price nor amount was sent.
    """
    if "Amount" in line and not given.keys() & {"Amount", "Quantity", "RatePercent", unit}:
        return  # a line of a Mod whose figures stay as they are
    count = number(line["Quantity"]) if "Quantity" in line else None
    if count is not None:
        line["Quantity"] = quantity(count)
    if "Amount" in given:
        amount = number(line["Amount"])
        if unit in given:
            # The code of this warning was not seen; 530 is the one whose text fits (facts B8, E).
            text = f'The field "{unit}" is not supported by this implementation.'
            draft.warnings.append(Status(530, "Warn", text))
        line.pop(unit, None)
        if count:
            line[unit] = price(amount / count)
    elif "RatePercent" in line:
        amount = _previous(draft) * number(line["RatePercent"]) / 100
    else:
        each = number(line[unit]) if unit in line else usual
        line[unit] = price(each)
        amount = each * (Decimal(1) if count is None else count)
    line["Amount"] = money(amount)


def _discount(draft: Draft, line: Fields, given: Fields, item: Entry) -> None:
    if "Quantity" in line:
        # facts E: an error; the code was not seen.
        raise RefusalError(
            status.invalid_value("Quantity", line["Quantity"], "A discount item cannot have a quantity.")
        )
    if "Amount" in given:
        amount = -abs(number(line["Amount"]))
    elif "Rate" in line:
        amount = -abs(number(line["Rate"]))
    else:
        percent = line.get("RatePercent") or item.data.get("DiscountRatePercent")
        fixed = number(item.data.get("DiscountRate", "0"))
        amount = -abs(_previous(draft) * number(percent) / 100 if percent else fixed)
        if percent:
            line["RatePercent"] = percent
    line["Amount"] = money(amount)


def _amounts(draft: Draft) -> list[tuple[str, Decimal]]:
    """Kind of item and amount of the lines so far."""
    found: list[tuple[str, Decimal]] = []
    for lines in draft.lines.values():
        for line in lines:
            item = draft.entry("ItemRef", line)
            if item and "Amount" in line:
                found.append((item.kind, number(line["Amount"])))
    return found


def _previous(draft: Draft) -> Decimal:
    amounts = _amounts(draft)
    return amounts[-1][1] if amounts else Decimal(0)


def _since(draft: Draft, kind: str) -> Decimal:
    found = Decimal(0)
    for item_kind, amount in _amounts(draft):
        found = Decimal(0) if item_kind == kind else found + amount
    return found


def _sale(item: Entry, what: str) -> str:
    """Read what an item is sold for, or its text, wherever its kind of item keeps it."""
    single, double = item.data.get("SalesOrPurchase", {}), item.data.get("SalesAndPurchase", {})
    found = single.get(what) or double.get(f"Sales{what}") or item.data.get(f"Sales{what}")
    return str(found or item.data.get("ItemDesc" if what == "Desc" else "", ""))


def total(draft: Draft) -> Decimal:
    """Sum the lines; subtotals count nothing."""
    return sum((amount for kind, amount in _amounts(draft) if kind != _SUBTOTAL), Decimal(0))


def _tax_code(draft: Draft, line: Fields, item: Entry) -> Fields:
    """Choose a line's tax code: the one sent, the item's, or the company's (facts E)."""
    if feature(draft.company, "SalesTaxPreferences"):
        if found := line.get("SalesTaxCodeRef") or item.data.get("SalesTaxCodeRef"):
            return dict(found)
        return draft.first_entry("SalesTaxCode", IsTaxable="true") or {}
    return draft.first_entry("SalesTaxCode", IsTaxable="false") or {}


def tax(draft: Draft) -> tuple[Decimal, Decimal]:
    """Compute the sales tax.

    Returns:
        Its percentage and its amount; zero when the company has sales tax off or the customer is not taxable.
    """
    item = draft.entry("ItemSalesTaxRef")
    customer_code = draft.entry("CustomerSalesTaxCodeRef")
    percent = number(item.data.get("TaxRate", "0")) if item else Decimal(0)
    if customer_code is not None and customer_code.data.get("IsTaxable") == "false":
        percent = Decimal(0)
    taxable = Decimal(0)
    for lines in draft.lines.values():
        for line in lines:
            code, sold = draft.entry("SalesTaxCodeRef", line), draft.entry("ItemRef", line)
            if (
                code
                and sold
                and sold.kind != _SUBTOTAL
                and code.data.get("IsTaxable") == "true"
                and "Amount" in line
            ):
                taxable += number(line["Amount"])
    return percent, (taxable * percent / 100).quantize(Decimal("0.01"), "ROUND_HALF_UP")
