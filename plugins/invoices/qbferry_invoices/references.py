"""What the names in an invoice stand for in QuickBooks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qbferry import Name, Names, NewEntry, Reference, Target, full_name
from qbferry_invoices import naming
from qbferry_invoices.address import address
from qbferry_invoices.document import CustomerDetails
from qbferry_invoices.settings import Tax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry import Connector, ListEntry
    from qbferry_invoices.document import InvoiceDocument, InvoiceLine
    from qbferry_invoices.settings import Settings

__all__ = ["ACCOUNTS", "TARGETS", "UNCOUNTED", "given", "references"]

ITEM_LENGTH = 31
"""What QuickBooks holds of an item's name, level by level (facts C)."""

UNCOUNTED = frozenset({"ItemDiscount", "ItemPayment", "ItemSalesTax", "ItemSubtotal"})
"""The kinds of items that have no quantity (facts E: a discount with one is refused)."""

INCOMES = frozenset({"Income", "OtherIncome"})
"""The types of accounts that services' income is booked in."""

GROUPS = {"ItemGroup": "is a group of items", "ItemSalesTaxGroup": "is a group of sales taxes"}
"""The kinds of items that no line can be."""


def _unsold(item: ListEntry) -> str | None:
    """Why an item cannot be a line of an invoice."""
    what = GROUPS.get(item.data.get("Type", ""))
    return f"{what}, and no line of an invoice can be one" if what else None


def _no_income(account: ListEntry) -> str | None:
    """Why QuickBooks books no income of a service in an account."""
    return None if account.data.get("AccountType", "Income") in INCOMES else "is for no income in QuickBooks"


CUSTOMER = Target(
    label="customer",
    kinds=("Customer",),
    remedy="Create it there, set create_customers = true in [plugins.invoices], or correct the organization "
    "at the source.",
    inactive=True,
)
ITEM = Target(
    label="item",
    kinds=("Item",),
    remedy="Create it there, set create_items = true in [plugins.invoices], or correct the item at the "
    "source.",
    unfit=_unsold,
    mend="Name its members one by one at the source, or another item.",
)
SET_ITEM = Target(
    label="item",
    kinds=("Item",),
    remedy="Create it there, or name another in [plugins.invoices].",
    unfit=_unsold,
)
CLASS = Target(label="class", kinds=("Class",), remedy="Create it there, or correct the class at the source.")

INCOME = Target(
    label="income account",
    kinds=("Account",),
    remedy="Create it there, or name another: income_account in [plugins.invoices].",
    unfit=_no_income,
    mend="Name an income account: income_account in [plugins.invoices], or qbferry map.",
)
MAPPED_INCOME = replace(INCOME, optional=True)
"""That of a billing code, where a person has mapped one."""

TERMS = Target(
    label="payment terms",
    kinds=("Terms",),
    remedy="Create them there, correct the terms at the source, or set terms = false in [plugins.invoices].",
)
TAX_CODE = Target(
    label="sales tax code",
    kinds=("SalesTaxCode",),
    remedy="Name one that it has, or leave the setting out: QuickBooks' own default holds then.",
)
TARGETS = (CUSTOMER, ITEM, SET_ITEM, CLASS, TERMS, TAX_CODE)
ACCOUNTS = (INCOME, MAPPED_INCOME)
"""What items that are made name."""

SETTINGS = {True: "taxable_code", False: "non_taxable_code"}
"""Taxable or not -> the setting that names the code, and where lines find it."""

DEFAULTS = {
    True: ("DefaultTaxableSalesTaxCodeRef", "Tax"),
    False: ("DefaultNonTaxableSalesTaxCodeRef", "Non"),
}
"""Taxable or not -> the preference that names the company file's own code, and what it is called mostly."""


def references(invoice: InvoiceDocument, settings: Settings, connector: Connector) -> Iterator[Reference]:
    """Give the customer, the terms, and what each line names."""
    yield Reference(
        at="customer",
        target=CUSTOMER,
        name=invoice.organization,
        new=_new_customer(invoice, settings, connector) if settings.create_customers else None,
    )
    if settings.terms and invoice.terms:
        yield Reference(at="terms", target=TERMS, name=invoice.terms)
    for place, line in enumerate(invoice.lines):
        yield from _line(place, line, settings, connector)
    if settings.tax is Tax.LINE and settings.tax_item and invoice.tax_total:
        yield Reference(at="tax_item", target=SET_ITEM, name=settings.tax_item, where="tax_item")
    for taxable in sorted(_tax_codes(invoice, settings, connector)) if _uses_sales_tax(connector) else ():
        yield _tax_code(SETTINGS[taxable], settings, connector, taxable=taxable)


def _line(place: int, line: InvoiceLine, settings: Settings, connector: Connector) -> Iterator[Reference]:
    item = naming.item(line, connector)
    if not (item or line.amount):
        return
    at = f"lines[{place}]"
    if item:
        new = (
            _new_item(full_name(item), line.billing_code or line.item or item, settings)
            if settings.create_items
            else None
        )
        yield Reference(at=f"{at}.item", target=ITEM, name=item, where=f"line {place + 1}", new=new)
    elif settings.default_item:
        where = f"default_item, for line {place + 1}"
        yield Reference(at=f"{at}.item", target=SET_ITEM, name=settings.default_item, where=where)
    if connector.tracks_classes:
        where = f"line {place + 1}, {item}" if item else f"line {place + 1}"
        yield Reference(at=f"{at}.class", target=CLASS, name=line.class_ or "", where=where)


def given(invoice: InvoiceDocument, settings: Settings, connector: Connector) -> Names:
    """The names as the source gives them, for QuickBooks to judge."""
    named = (one for one in references(invoice, settings, connector) if one.name)
    return Names({reference.at: Name(full_name(reference.name)) for reference in named})


def _new_customer(invoice: InvoiceDocument, settings: Settings, connector: Connector) -> NewEntry:
    """A customer, or a job in its customer; what is known of the customer is not told of the job."""
    above, _, name = full_name(invoice.organization).rpartition(":")
    upper = invoice.model_copy(update={"organization": above})
    parent = _new_customer(upper, settings, connector) if above else None
    details = CustomerDetails() if parent or not invoice.customer else invoice.customer
    taxed = details.taxable if _uses_sales_tax(connector) else None
    fields = {
        "name": name,
        "parent": None,
        "company_name": None if parent else name,
        "bill_to": None if parent else address(name, invoice.bill_to),
        "phone": details.phone,
        "email": details.email,
        "tax_code": None,
    }
    return NewEntry(
        kind="Customer",
        full_name=full_name(invoice.organization),
        request="CustomerAdd",
        fields=fields,
        parent=parent,
        names=() if taxed is None else (_tax_code("tax_code", settings, connector, taxable=taxed),),
    )


def _new_item(item: str, billing_code: str, settings: Settings) -> NewEntry:
    """A service item, in the one it lies in; its income account is the one its billing code is mapped to."""
    mapped = Reference(at="income_account", target=MAPPED_INCOME, name=f"{billing_code} (income)")
    otherwise = Reference(at="income_account", target=INCOME, name=settings.income_account)
    above, _, name = item.rpartition(":")
    return NewEntry(
        kind="Item",
        full_name=item,
        request="ItemServiceAdd",
        fields={"name": name, "parent": None, "income_account": None},
        longest=ITEM_LENGTH,
        names=(mapped, otherwise),
        parent=_new_item(above, billing_code, settings) if above else None,
    )


def _tax_code(at: str, settings: Settings, connector: Connector, *, taxable: bool) -> Reference:
    """The sales tax code of what is taxable or not: as set, else the company file's own."""
    preference, usual = DEFAULTS[taxable]
    configured = settings.taxable_code if taxable else settings.non_taxable_code
    name = configured or connector.features.get(preference) or usual
    return Reference(at=at, target=TAX_CODE, name=name, where=f"{SETTINGS[taxable]} in [plugins.invoices]")


def _uses_sales_tax(connector: Connector) -> bool:
    """Whether lines may name a tax code: a company without sales tax has none (facts C, E)."""
    return not connector.features or bool(
        connector.features.keys() & {"PaySalesTax", "DefaultTaxableSalesTaxCodeRef"}
    )


def _tax_codes(invoice: InvoiceDocument, settings: Settings, connector: Connector) -> set[bool]:
    """Which codes the lines need: of taxable ones, of others."""
    charged = [line for line in invoice.lines if line.amount or naming.item(line, connector)]
    if settings.tax is Tax.LINE:
        return {False} if charged or invoice.tax_total else set()
    return {line.taxable for line in charged if line.taxable is not None}
