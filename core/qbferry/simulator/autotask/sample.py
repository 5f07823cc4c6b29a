"""A small office in Autotask, whose names are those of the sample company of QuickBooks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from qbferry.simulator.autotask.tenant import Tenant

__all__ = ["Office", "furnish"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The ids of what there is.

    Attributes:
        day: The day before today, on which most of it happened.
        invoices: Three, the second with two items.
        entries: Time entries of last week, of one person.
        items: The items of the order.
    """

    day: date
    customer: int
    vendor: int
    person: int
    ticket: int
    work: int
    line: int
    invoices: list[int]
    entries: list[int]
    report: int
    order: int
    items: list[int]


def furnish(tenant: Tenant, today: date) -> Office:
    """Let an Autotask have customers, people, products, and some of every kind of record."""
    day = today - timedelta(days=1)
    at = datetime.combine(day, time(9), UTC)
    customer = tenant.add("Companies", companyName="Acme Corp", companyType="Customer")
    vendor = tenant.add("Companies", companyName="Ingram Micro", companyType="Vendor")
    person = tenant.add("Resources", firstName="Ann", lastName="Smith")
    ticket = tenant.add("Tickets", companyID=customer, title="Patch day")
    work = tenant.add("BillingCodes", name="Labor~Remote")
    level = tenant.add("OrganizationalLevel1s", name="Managed Services")
    line = tenant.add("OrganizationalLevelAssociations", organizationalLevel1ID=level)
    product = tenant.add("Products", name="Switch 24p", manufacturerProductName="SW24", isActive=True)
    ups = tenant.add("ShippingTypes", name="UPS", isActive=True)
    invoices = []
    for number in (1, 2, 3):
        count = 2 if number == 2 else 1
        invoice = tenant.add(
            "Invoices",
            batchID=88,
            companyID=customer,
            createDateTime=at + timedelta(minutes=number),
            invoiceDateTime=day,
            invoiceTotal=120.0 * count,
            totalTaxValue=0.0,
            isVoided=False,
        )
        for item in range(count):
            tenant.add(
                "BillingItems",
                invoiceID=invoice,
                companyID=customer,
                billingCodeID=work,
                itemName="Remote support",
                description=f"Remote support {item + 1}",
                itemDate=day,
                quantity=1,
                rate=120,
                extendedPrice=120,
                taxDollars=0,
                nonBillable=0,
                organizationalLevelAssociationID=line,
                postedDate=day,
            )
        invoices.append(invoice)
    week = today - timedelta(days=today.weekday() + 8)  # the Sunday before last
    entries = [
        tenant.add(
            "TimeEntries",
            resourceID=person,
            ticketID=ticket,
            billingCodeID=work,
            dateWorked=week + timedelta(days=number),
            hoursWorked=7.5,
            isNonBillable=False,
            summaryNotes="Patch day",
            billingApprovalDateTime=at,
            lastModifiedDateTime=at,
            createDateTime=at,
        )
        for number in (1, 2)
    ]
    report = tenant.add(
        "ExpenseReports",
        name="Travel",
        submitterID=person,
        weekEnding=day,
        status="Approved for Payment",
        approvedDate=at,
        internalCurrencyCashAdvanceAmount=0,
    )
    tenant.add(
        "ExpenseItems",
        expenseReportID=report,
        expenseDate=day,
        expenseCategory="Travel",
        description="Taxi",
        internalCurrencyExpenseAmount=43.1,
        isReimbursable=True,
        isBillableToCompany=True,
        isRejected=False,
        companyID=customer,
        haveReceipt=True,
    )
    order = tenant.add(
        "PurchaseOrders",
        vendorID=vendor,
        status="Submitted",
        submitDateTime=at,
        createDateTime=at,
        purchaseForCompanyID=customer,
        shippingType=ups,
        shipToName="Acme Corp",
        shipToAddress1="1 Main St",
        generalMemo="Dock 4",
    )
    items = [
        tenant.add(
            "PurchaseOrderItems",
            orderID=order,
            productID=product,
            quantity=quantity,
            unitCost=310,
            ticketID=ticket,
        )
        for quantity in (2, 1)
    ]
    return Office(
        day=day,
        customer=customer,
        vendor=vendor,
        person=person,
        ticket=ticket,
        work=work,
        line=line,
        invoices=invoices,
        entries=entries,
        report=report,
        order=order,
        items=items,
    )
