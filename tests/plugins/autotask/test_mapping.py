"""Every row of the table in docs/autotask.md: what is in Autotask, and what it is in the document."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from qbferry.config import PluginSettings
from qbferry.plugin.manager import assemble
from qbferry_autotask import expenses, invoices, orders, timesheets
from qbferry_autotask.settings import Settings

if TYPE_CHECKING:
    from qbferry.simulator.autotask import Office, Tenant
    from qbferry_autotask.api import Api

PAGE = (Path(__file__).parents[3] / "docs/autotask.md").read_text("utf-8")
ROWS = re.findall(r"^\| (\w+) \| .+ \| `([\w.]+)` \|$", PAGE[PAGE.index("## What becomes") :], re.MULTILINE)

FETCH = {
    "invoices": invoices.fetch,
    "timesheets": timesheets.fetch,
    "expense_reports": expenses.fetch,
    "purchase_orders": orders.fetch,
}
ENTITIES = {
    "invoices": "invoice",
    "timesheets": "timesheet",
    "expense_reports": "expense_report",
    "purchase_orders": "purchase_order",
}

Set: TypeAlias = Callable[["Tenant", "Office"], object]


def row(entity: str, of: Callable[[Office], int], **values: Any) -> Set:
    return lambda tenant, office: tenant.set(entity, of(office), **values)


def invoice(**values: Any) -> Set:
    return row("Invoices", lambda office: office.invoices[0], **values)


def customer(**values: Any) -> Set:
    return row("Companies", lambda office: office.customer, **values)


def contacts(*people: tuple[int, bool, str]) -> Set:
    """Contacts of the customer: active, primary, address."""

    def add(tenant: Tenant, office: Office) -> None:
        for active, primary, address in people:
            tenant.add(
                "Contacts",
                companyID=office.customer,
                firstName="Jo",
                lastName="Doe",
                isActive=active,
                primaryContact=primary,
                emailAddress=address,
            )

    return add


def first(tenant: Tenant, entity: str, **values: Any) -> None:
    tenant.set(entity, min(tenant.rows[entity]), **values)


def entry(**values: Any) -> Set:
    return row("TimeEntries", lambda office: office.entries[0], **values)


def report(**values: Any) -> Set:
    return row("ExpenseReports", lambda office: office.report, **values)


def order(**values: Any) -> Set:
    return row("PurchaseOrders", lambda office: office.order, **values)


def person(**values: Any) -> Set:
    return row("Resources", lambda office: office.person, **values)


def lines(entity: str, **values: Any) -> Set:
    """Of the first row of an entity."""
    return lambda tenant, _: first(tenant, entity, **values)


def role(tenant: Tenant, _: Office) -> None:
    first(tenant, "BillingItems", roleID=tenant.add("Roles", name="Engineer"))


def internal(tenant: Tenant, office: Office) -> None:
    code = tenant.add("BillingCodes", name="Vacation")
    tenant.set("TimeEntries", office.entries[0], internalBillingCodeID=code, ticketID=None)


def project(tenant: Tenant, office: Office) -> None:
    company = tenant.add("Companies", companyName="Elm Retail")
    project = tenant.add("Projects", companyID=company)
    task = tenant.add("Tasks", projectID=project)
    tenant.set("TimeEntries", office.entries[0], ticketID=None, taskID=task)
    tenant.set("PurchaseOrderItems", office.items[0], ticketID=None, projectID=project)


def receipts(tenant: Tenant, office: Office) -> None:
    for _ in range(2):
        tenant.add(
            "PurchaseOrderItemReceiving",
            purchaseOrderItemID=office.items[0],
            quantityNowReceiving=1,
            receiveDate=office.day,
        )


def classed(tenant: Tenant, office: Office) -> None:
    level = tenant.add("OrganizationalLevel2s", name="Backup")
    tenant.set("OrganizationalLevelAssociations", office.line, organizationalLevel2ID=level)
    tenant.set("ExpenseReports", office.report, organizationalLevelAssociationID=office.line)


BILL_TO = {
    "attention": "Bookkeeping",
    "address1": "1 Main St",
    "address2": None,
    "city": "Troy",
    "state": "NY",
    "postal_code": "12180",
}
ADDRESS = {
    "billToAttention": "Bookkeeping",
    "billingAddress1": "1 Main St",
    "billToCity": "Troy",
    "billToState": "NY",
    "billToZipCode": "12180",
}
SHIP_TO = {
    "name": "Acme Corp",
    "address1": "2 Dock Rd",
    "address2": None,
    "city": "Troy",
    "state": "NY",
    "postal_code": "12180",
}
SHIPPED = {
    "shipToAddress1": "2 Dock Rd",
    "shipToCity": "Troy",
    "shipToState": "NY",
    "shipToPostalCode": "12180",
}

CASES: dict[tuple[str, str], list[tuple[Set, Any]]] = {
    ("invoices", "batch"): [(invoice(batchID=99), "99")],
    ("invoices", "organization"): [(customer(companyName="Birch & Sons"), "Birch & Sons")],
    ("invoices", "invoice_date"): [(invoice(invoiceDateTime="2026-10-31T00:00:00Z"), "2026-10-31")],
    ("invoices", "due_date"): [(invoice(dueDate="2026-11-30T00:00:00Z"), "2026-11-30")],
    ("invoices", "terms"): [(invoice(paymentTerm="Net 30"), "Net 30")],
    ("invoices", "number"): [(invoice(invoiceNumber="A-7"), "A-7")],
    ("invoices", "purchase_order_number"): [
        (invoice(orderNumber="PO 7"), "PO 7"),
        (lines("BillingItems", purchaseOrderNumber="PO 8"), "PO 8"),
    ],
    ("invoices", "status"): [(invoice(isVoided=True, voidedDate="2036-01-01T00:00:00Z"), "voided")],
    ("invoices", "total"): [(invoice(invoiceTotal=1180.505), "1180.51")],
    ("invoices", "tax_total"): [(invoice(totalTaxValue=80.5), "80.50")],
    ("invoices", "paid_date"): [(invoice(paidDate="2026-11-02T00:00:00Z"), "2026-11-02")],
    ("invoices", "notes"): [(invoice(comments=" Thanks. "), "Thanks.")],
    ("invoices", "bill_to"): [(customer(**ADDRESS), BILL_TO), (customer(), None)],
    ("invoices", "customer"): [
        (
            customer(phone="518 555 0100", isTaxExempt=True),
            {"phone": "518 555 0100", "email": None, "taxable": False},
        ),
        (customer(isTaxExempt=False), {"phone": None, "email": None, "taxable": True}),
        (
            contacts((1, True, "ap@acme.example")),
            {"phone": None, "email": "ap@acme.example", "taxable": None},
        ),
        (
            contacts((1, False, "bob@acme.example"), (0, True, "gone@acme.example")),
            {"phone": None, "email": None, "taxable": None},
        ),
    ],
    ("invoices", "lines.item"): [
        (customer(), "Labor~Remote"),
        (lines("BillingItems", billingCodeID=None), "Remote support"),
    ],
    ("invoices", "lines.kind"): [
        (lines("BillingItems", billingItemType="Labor"), "labor"),
        (lines("BillingItems", billingItemType="Recurring Service Bundle"), "service"),
        (lines("BillingItems", billingItemType="Ticket Cost"), "charge"),
        (customer(), None),
    ],
    ("invoices", "lines.billing_code"): [(customer(), "Labor~Remote")],
    ("invoices", "lines.role"): [(role, "Engineer"), (customer(), None)],
    ("invoices", "lines.name"): [(customer(), "Remote support")],
    ("invoices", "lines.description"): [(lines("BillingItems", description="Visit"), "Visit")],
    ("invoices", "lines.service_date"): [
        (lines("BillingItems", itemDate="2026-10-30T00:00:00Z"), "2026-10-30")
    ],
    ("invoices", "lines.quantity"): [(lines("BillingItems", quantity=2.5), "2.5")],
    ("invoices", "lines.rate"): [(lines("BillingItems", rate=99.123456), "99.12346")],
    ("invoices", "lines.amount"): [(lines("BillingItems", extendedPrice=10.005), "10.01")],
    ("invoices", "lines.taxable"): [(lines("BillingItems", taxDollars=1.2), True), (customer(), False)],
    ("invoices", "lines.class"): [(customer(), "Managed Services"), (classed, "Managed Services~Backup")],
    ("timesheets", "resource"): [(person(lastName="Reyes", firstName="Lou"), "Reyes, Lou")],
    ("timesheets", "period_start"): [(entry(), None)],
    ("timesheets", "status"): [
        (entry(), "Approved"),
        (entry(billingApprovalDateTime=None), "Not approved"),
    ],
    ("timesheets", "entries.date"): [(entry(), None)],
    ("timesheets", "entries.hours"): [(entry(hoursWorked=1.25), "1.25")],
    ("timesheets", "entries.organization"): [(entry(), "Acme Corp"), (project, "Elm Retail")],
    ("timesheets", "entries.item"): [(entry(), "Labor~Remote"), (entry(billingCodeID=None), None)],
    ("timesheets", "entries.payroll_category"): [(internal, "Vacation"), (entry(), None)],
    ("timesheets", "entries.notes"): [(entry(summaryNotes="Patched."), "Patched.")],
    ("timesheets", "entries.billable"): [
        (entry(), True),
        (entry(isNonBillable=True), False),
        (internal, False),
    ],
    ("expense_reports", "resource"): [(person(lastName="Reyes", firstName="Lou"), "Reyes, Lou")],
    ("expense_reports", "name"): [(report(name="Oslo"), "Oslo")],
    ("expense_reports", "week_ending"): [(report(weekEnding="2026-10-31T00:00:00Z"), "2026-10-31")],
    ("expense_reports", "status"): [(report(), "Approved for Payment")],
    ("expense_reports", "cash_advance"): [(report(internalCurrencyCashAdvanceAmount=50), "50.00")],
    ("expense_reports", "items.date"): [
        (lines("ExpenseItems", expenseDate="2026-10-12T00:00:00Z"), "2026-10-12")
    ],
    ("expense_reports", "items.category"): [(lines("ExpenseItems", expenseCategory="Meals"), "Meals")],
    ("expense_reports", "items.description"): [(lines("ExpenseItems", description="Bus"), "Bus")],
    ("expense_reports", "items.amount"): [
        (lines("ExpenseItems", internalCurrencyExpenseAmount=9.99), "9.99"),
        (
            lines("ExpenseItems", internalCurrencyExpenseAmount=None, internalCurrencyReimbursementAmount=3),
            "3.00",
        ),
    ],
    ("expense_reports", "items.organization"): [
        (report(), "Acme Corp"),
        (lines("ExpenseItems", companyID=None), None),
    ],
    ("expense_reports", "items.billable"): [
        (report(), True),
        (lines("ExpenseItems", isBillableToCompany=False), False),
    ],
    ("expense_reports", "items.reimbursable"): [
        (report(), True),
        (lines("ExpenseItems", isReimbursable=False), False),
    ],
    ("expense_reports", "items.class"): [(report(), None), (classed, "Managed Services~Backup")],
    ("purchase_orders", "vendor"): [(order(), "Ingram Micro")],
    ("purchase_orders", "status"): [(order(status="Received Partial"), "Received Partial")],
    ("purchase_orders", "external_po_number"): [(order(externalPONumber="Q-7"), "Q-7"), (order(), None)],
    ("purchase_orders", "purchase_for"): [(order(), "Acme Corp"), (order(purchaseForCompanyID=None), None)],
    ("purchase_orders", "ship_to"): [(order(**SHIPPED), SHIP_TO)],
    ("purchase_orders", "shipping_type"): [(order(), "UPS"), (order(shippingType=None), None)],
    ("purchase_orders", "freight"): [(order(freight=12.5), "12.5"), (order(freight=0), None)],
    ("purchase_orders", "general_memo"): [(order(generalMemo="Ring twice"), "Ring twice")],
    ("purchase_orders", "lines.product"): [(lines("Products", name="Rack~42U"), "Rack~42U")],
    ("purchase_orders", "lines.manufacturer_part_number"): [(order(), "SW24")],
    ("purchase_orders", "lines.quantity"): [(lines("PurchaseOrderItems", quantity=7), "7")],
    ("purchase_orders", "lines.unit_cost"): [(lines("PurchaseOrderItems", unitCost=9.75), "9.75")],
    ("purchase_orders", "lines.organization"): [
        (order(), "Acme Corp"),
        (project, "Elm Retail"),
        (lines("PurchaseOrderItems", ticketID=None), "Acme Corp"),
    ],
    ("purchase_orders", "lines.received"): [(order(), "0"), (receipts, "2")],
}


def test_the_table_has_a_case_for_every_row_and_no_other() -> None:
    assert list(CASES) == ROWS


@pytest.mark.parametrize(
    ("source", "field", "change", "expected"),
    [(*key, *case) for key, cases in CASES.items() for case in cases],
)
def test_a_row_of_the_table(
    tenant: Tenant, office: Office, api: Api, source: str, field: str, change: Set, expected: Any
) -> None:
    change(tenant, office)
    settings = Settings(number="autotask") if field == "number" else Settings()  # type: ignore[arg-type]
    document = next(iter(FETCH[source](api, settings, None).documents))
    name, _, part = field.partition(".")
    if field in ("period_start", "entries.date"):
        worked = date.fromisoformat(tenant.rows["TimeEntries"][office.entries[0]]["dateWorked"][:10])
        expected = (worked if part else worked - timedelta(days=1)).isoformat()
    found = document[name][0][part] if part else document[name]
    assert found == expected
    entity = assemble(PluginSettings()).entities[ENTITIES[source]]
    entity.document.model_validate(document)


def test_an_item_may_be_named_by_its_own_name(tenant: Tenant, office: Office, api: Api) -> None:
    settings = Settings(item="item_name")  # type: ignore[arg-type]
    (line, *_) = next(iter(invoices.fetch(api, settings, None).documents))["lines"]
    assert line["item"] == "Remote support"
