"""QuickBooks' lists: which there are, their entries as answers, references to them, and the Add requests."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from qbferry.qbxml.schema import load
from qbferry.simulator import ids, status
from qbferry.simulator.addresses import with_blocks
from qbferry.simulator.amounts import money
from qbferry.simulator.ids import is_id
from qbferry.simulator.status import RefusalError, Status
from qbferry.simulator.validate import find

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qbferry.qbxml.schema import Element
    from qbferry.simulator.books import Books
    from qbferry.simulator.records import Entry
    from qbferry.simulator.validate import Fields

__all__ = ["COUNTED", "ITEMS", "LISTS", "QUERIES", "REFERENCES", "add", "as_ret", "contact", "refer", "ret"]

ITEMS = (
    *("ItemService", "ItemNonInventory", "ItemOtherCharge", "ItemInventory", "ItemInventoryAssembly"),
    *("ItemFixedAsset", "ItemSubtotal", "ItemDiscount", "ItemPayment", "ItemSalesTax", "ItemSalesTaxGroup"),
    "ItemGroup",
)
COUNTED = ("ItemInventory", "ItemInventoryAssembly")
"""Items that QuickBooks counts."""

_NAMES = ("Customer", "Vendor", "Employee", "OtherName")
_TERMS = ("StandardTerms", "DateDrivenTerms")

# In the order a seed plants them, so that what is referred to comes first.
LISTS = (
    *(
        "Account",
        *_TERMS,
        "Class",
        "SalesTaxCode",
        "ShipMethod",
        "PaymentMethod",
        "CustomerMsg",
        "CustomerType",
    ),
    *("VendorType", "Template", "PriceLevel", "Currency", "InventorySite", "UnitOfMeasureSet"),
    *("Vendor", "Employee", "OtherName", "SalesRep", "ItemSalesTax", "ItemSalesTaxGroup", "Customer"),
    *(item for item in ITEMS if not item.startswith("ItemSalesTax")),
    "PayrollItemWage",
)

# Queries that look through several lists; every list has one of its own name besides.
QUERIES: Mapping[str, tuple[str, ...]] = {"Item": ITEMS, "Entity": _NAMES, "Terms": _TERMS}

_ANY_ACCOUNT = (("Account",), "Account")
# Element -> the lists it may point to, and the word QuickBooks' refusal uses for it. Customer, Item, Vendor,
# Payee, Account and AR Account were seen; the other words are by analogy (facts B8, 3140).
REFERENCES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "APAccountRef": (("Account",), "AP Account"),
    "ARAccountRef": (("Account",), "AR Account"),
    "AccountRef": _ANY_ACCOUNT,
    "AssetAccountRef": _ANY_ACCOUNT,
    "COGSAccountRef": _ANY_ACCOUNT,
    "ClassRef": (("Class",), "Class"),
    "CurrencyRef": (("Currency",), "Currency"),
    "CustomerMsgRef": (("CustomerMsg",), "Customer Message"),
    "CustomerRef": (("Customer",), "Customer"),
    "CustomerSalesTaxCodeRef": (("SalesTaxCode",), "Customer Sales Tax Code"),
    "CustomerTypeRef": (("CustomerType",), "Customer Type"),
    "DepositToAccountRef": _ANY_ACCOUNT,
    "EntityRef": (("Employee", "Vendor", "OtherName"), "Entity"),
    "ExpenseAccountRef": _ANY_ACCOUNT,
    "IncomeAccountRef": _ANY_ACCOUNT,
    "InventorySiteRef": (("InventorySite",), "Inventory Site"),
    "ItemRef": (ITEMS, "Item"),
    "ItemSalesTaxRef": (("ItemSalesTax", "ItemSalesTaxGroup"), "Item Sales Tax"),
    "ItemServiceRef": (("ItemService",), "Item"),
    "OverrideItemAccountRef": _ANY_ACCOUNT,
    "PayeeEntityRef": (_NAMES, "Payee"),
    "PaymentMethodRef": (("PaymentMethod",), "Payment Method"),
    "PayrollItemWageRef": (("PayrollItemWage",), "Payroll Item"),
    "PrefVendorRef": (("Vendor",), "Vendor"),
    "PriceLevelRef": (("PriceLevel",), "Price Level"),
    "SalesRepRef": (("SalesRep",), "Sales Rep"),
    "SalesTaxCodeRef": (("SalesTaxCode",), "Sales Tax Code"),
    "ShipMethodRef": (("ShipMethod",), "Ship Method"),
    "ShipToEntityRef": (_NAMES, "Ship To"),
    "TemplateRef": (("Template",), "Template"),
    "TermsRef": (_TERMS, "Terms"),
    "UnitOfMeasureSetRef": (("UnitOfMeasureSet",), "Unit Of Measure Set"),
    "VendorRef": (("Vendor",), "Vendor"),
    "VendorTypeRef": (("VendorType",), "Vendor Type"),
    "BankAccountRef": _ANY_ACCOUNT,
    "BillingRateRef": (("BillingRate",), "Billing Rate"),
    "DiscountAccountRef": _ANY_ACCOUNT,
    "DiscountClassRef": (("Class",), "Class"),
    "ItemGroupRef": (("ItemGroup",), "Item"),
    "ItemInventoryRef": (("ItemInventory", "ItemInventoryAssembly"), "Item"),
    "ItemPurchaseTaxRef": (("ItemSalesTax", "ItemSalesTaxGroup"), "Item Sales Tax"),
    "LeadRef": (("Lead",), "Lead"),
    "OverrideUOMSetRef": (("UnitOfMeasureSet",), "Unit Of Measure Set"),
    "ParentSiteRef": (("InventorySite",), "Inventory Site"),
    "PrefillAccountRef": _ANY_ACCOUNT,
    "PurchaseTaxCodeRef": (("SalesTaxCode",), "Sales Tax Code"),
    "SalesRepEntityRef": (("Employee", "Vendor", "OtherName"), "Entity"),
    "SupervisorRef": (("Employee",), "Employee"),
    "TaxOnPurchasesAccountRef": _ANY_ACCOUNT,
    "TaxOnSalesAccountRef": _ANY_ACCOUNT,
    "TaxVendorRef": (("Vendor",), "Vendor"),
    "CreditCardAccountRef": _ANY_ACCOUNT,
    "EmployeeRef": (("Employee",), "Employee"),
    "FromInventorySiteRef": (("InventorySite",), "Inventory Site"),
    "ItemInventoryAssemblyRef": (("ItemInventoryAssembly",), "Item"),
    "JobTypeRef": (("JobType",), "Job Type"),
    "OverrideClassRef": (("Class",), "Class"),
    "PreferredPaymentMethodRef": (("PaymentMethod",), "Payment Method"),
    "RefundFromAccountRef": _ANY_ACCOUNT,
    "ToInventorySiteRef": (("InventorySite",), "Inventory Site"),
    "TransferFromAccountRef": _ANY_ACCOUNT,
    "TransferToAccountRef": _ANY_ACCOUNT,
    "VehicleRef": (("Vehicle",), "Vehicle"),
}


_CASH_FLOW = {
    **dict.fromkeys(("FixedAsset", "OtherAsset"), "Investing"),
    **dict.fromkeys(("Equity", "LongTermLiability"), "Financing"),
    **dict.fromkeys(
        ("AccountsPayable", "AccountsReceivable", "CreditCard", "OtherCurrentAsset", "OtherCurrentLiability"),
        "Operating",
    ),
    "Bank": "NotApplicable",
}
"""assumption: facts C - what a new account counts as in the statement of cash flows; others are None."""

_COUNTS: Fields = {
    "QuantityOnHand": "0",
    "AverageCost": "0.00",
    "QuantityOnOrder": "0",
    "QuantityOnSalesOrder": "0",
}
_USUAL: Mapping[str, Fields] = {
    "Customer": {"JobStatus": "None", "PreferredDeliveryMethod": "None"},
    "Vendor": {"IsVendorEligibleFor1099": "false"},
    "Account": {"Balance": "0.00", "TotalBalance": "0.00"},
    **dict.fromkeys(COUNTED, _COUNTS),
}
"""What an entry's Ret says though nothing of it was ever sent (facts D)."""


def ret(kind: str) -> Element:
    """Give the schema of a list's Ret element.

    Raises:
        NotFoundError: qbXML 13.0 has no such list, or it is not among the data.
    """
    family = next((name for name, kinds in QUERIES.items() if kind in kinds), kind)
    message = load().response(f"{'Terms' if family == 'Terms' else kind}Query")
    found = find(message.children, f"{kind}Ret")
    if found is None:
        raise AssertionError(f"the schema data has no {kind}Ret")
    return found


def space(kind: str) -> str:
    """Name the space a list's names must be unique in.

    assumption: facts E [?] - customers, vendors, employees and other names share one.
    """
    if kind in _NAMES:
        return "names"
    if kind in ITEMS:
        return "items"
    return "terms" if kind in _TERMS else kind


def refer(company: Books, element: str, reference: Fields, where: str) -> Entry | None:
    """Find what a reference points to. An empty one points to nothing.

    Args:
        company: The company file.
        element: The reference's name: ``CustomerRef``.
        reference: ``ListID`` or ``FullName``; the ListID counts if both are there (facts B1).
        where: The object QuickBooks names in its refusal: ``Invoice line``.

    Raises:
        RefusalError: 3140, or 3000 for something that is no ListID at all.
    """
    kinds, word = REFERENCES[element]
    if identity := reference.get("ListID"):
        if not is_id(identity):
            raise RefusalError(status.invalid_id(identity, "list id"))
        entry = company.entry(identity)
        if entry is None or entry.kind not in kinds:
            raise RefusalError(status.bad_reference(word, identity, where))
    elif name := reference.get("FullName"):
        entry = company.named(kinds, name)
        if entry is None:
            raise RefusalError(status.bad_reference(word, name, where))
    else:
        return None
    # assumption: facts E - the answer to an inactive entry was not seen. Customers are accepted, as the
    # description of the transfer says; items are refused like unknown ones. Both are settings of the seed.
    setting = {"Customer": "inactive_customers"}.get(
        entry.kind, "inactive_items" if entry.kind in ITEMS else ""
    )
    if not entry.is_active and setting and company.setting(setting) == "refuse":
        raise RefusalError(status.bad_reference(word, entry.full_name, where))
    return entry


def as_ret(company: Books, entry: Entry) -> Fields:
    """Give an entry as its Ret holds it."""
    usual = _USUAL.get(entry.kind, {})
    if entry.kind == "Account":
        usual = {**usual, "CashFlowClassification": _CASH_FLOW.get(entry.data.get("AccountType", ""), "None")}
    fields = {
        **usual,
        **entry.data,
        "ListID": entry.list_id,
        "TimeCreated": company.stamp(entry.created),
        "TimeModified": company.stamp(entry.modified),
        "EditSequence": str(entry.edit_sequence),
        "Name": entry.name,
        "FullName": entry.full_name,
        "IsActive": "true" if entry.is_active else "false",
        "Sublevel": str(entry.full_name.count(":")),
    }
    if entry.kind in {"Customer", "Vendor"}:
        balance = money(Decimal(company.balance(entry.list_id)) / 100)
        fields |= {"Balance": balance, "TotalBalance": balance}
    return fields


def add(company: Books, kind: str, fields: Fields) -> Entry:
    """Add an entry to a list; a sales rep is called by the initials.

    Raises:
        RefusalError: 3090 a colon in the name, 3100 the name is taken, 3130 the parent, 3140 another
        reference.
    """
    fields = {name: value for name, value in fields.items() if value not in ("", {})}
    name = fields.pop("Name", "") or fields.get("Initial") or _person(fields)
    if not name:
        raise RefusalError(status.missing_element("Name"))
    if ":" in name:
        text = f'There was an error when storing "{name}" in the "{_label(kind)} name" field.'
        cause = "Names in this list cannot contain a colon (:)."
        raise RefusalError(Status(3090, "Error", f"{text}  QuickBooks error message: {cause}"))
    full_name = name
    if parent := _parent(company, kind, fields.pop("ParentRef", {})):
        full_name = f"{parent.full_name}:{name}"
        fields["ParentRef"] = parent.ref
    if company.taken(space(kind), full_name):
        raise RefusalError(status.name_taken(name))
    active = fields.pop("IsActive", "true") == "true"
    data = with_blocks(_resolved(company, fields, _label(kind)))
    if people := data.pop("Contacts", None) or data.get("ContactsRet"):
        data["ContactsRet"] = [contact(company, each) for each in people]
    return company.add_entry(kind, space(kind), name, full_name, is_active=active, data=data)


def contact(company: Books, fields: Fields) -> Fields:
    """Give a person one reaches a customer or vendor by as answers show it: it has an identity of its own."""
    second = company.second()
    stamp = company.stamp(second)
    return {
        "ListID": fields.get("ListID") or ids.list_id(company.take(), second),
        "TimeCreated": stamp,
        **fields,
        "TimeModified": stamp,
        "EditSequence": str(second),
    }


def _person(fields: Fields) -> str:
    """An employee has no Name of its own in the US edition; QuickBooks puts it together."""
    return " ".join(fields[part] for part in ("FirstName", "MiddleName", "LastName") if part in fields)


def _label(kind: str) -> str:
    return {"ItemInventory": "item inventory"}.get(kind, kind.lower())


def _parent(company: Books, kind: str, reference: Fields) -> Entry | None:
    wanted = reference.get("ListID") or reference.get("FullName")
    if not wanted:
        return None
    by_id = "ListID" in reference
    entry = company.entry(wanted) if by_id else company.named([kind], wanted)
    if entry is None or entry.kind != kind:
        text = f'There is an invalid reference to a parent "{wanted}" in the {kind}s list.'
        raise RefusalError(Status(3130, "Error", f"{text}  QuickBooks error message: {status.NO_RECORD}"))
    return entry


def _resolved(company: Books, fields: Fields, where: str) -> Fields:
    """Replace every reference, however deep, by the ListID and full name of its entry."""
    data: Fields = {}
    for name, value in fields.items():
        if name in REFERENCES and name != "ParentRef":
            parts = value if isinstance(value, list) else [value]
            found = [entry.ref for part in parts if (entry := refer(company, name, part, where))]
            if found:
                data[name] = found if isinstance(value, list) else found[0]
        elif isinstance(value, list):
            data[name] = [
                _resolved(company, each, where) if isinstance(each, dict) else each for each in value
            ]
        else:
            data[name] = _resolved(company, value, where) if isinstance(value, dict) else value
    return data
