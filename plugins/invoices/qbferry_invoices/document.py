"""The shape of an invoice as its source gives it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from qbferry import Choice, Document, Money, Summary, Transmission

__all__ = [
    "BillTo",
    "CustomerDetails",
    "InvoiceDocument",
    "InvoiceLine",
    "InvoiceStatus",
    "LineKind",
    "summary",
]


MOST = 10**10
"""What a quantity is less than: QuickBooks holds ten digits before the point (facts B2)."""


class InvoiceStatus(Choice):
    """Where an invoice stands at its source."""

    PROCESSED = "processed"
    VOIDED = "voided"


class LineKind(Choice):
    """What a line charges, for which a connector may have a naming convention of its own."""

    LABOR = "labor"
    SERVICE = "service"
    CHARGE = "charge"
    EXPENSE = "expense"
    SUBSCRIPTION = "subscription"
    MILESTONE = "milestone"
    BLOCK = "block"
    RETAINER = "retainer"
    TICKET = "ticket"
    SETUP_FEE = "setup_fee"


class BillTo(BaseModel):
    """The address on the invoice, without the organization's name."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    attention: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None


class CustomerDetails(BaseModel):
    """What a customer gets besides name and address when it is made in QuickBooks.

    Attributes:
        phone: At most 21 characters.
        email: Where invoices go.
        taxable: Whether it pays sales tax; None leaves it to QuickBooks.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    phone: str | None = None
    email: str | None = None
    taxable: bool | None = None


class InvoiceLine(BaseModel):
    """A line of an invoice; without item and amount it is a comment.

    Attributes:
        id: The source's identity of the line.
        item: The QuickBooks item, ``Parent~Child``, unless a naming convention makes another.
        kind: What it charges; None: nobody has said.
        billing_code: Its billing code, which may have an income account of its own.
        role: In what role the work was done.
        name: What the product, service or charge is called.
        description: What the customer reads.
        service_date: When the work was done.
        quantity: How many; of a rolled-up line the total.
        rate: The price of one at the source. Not sent: QuickBooks divides amount by quantity.
        amount: The line's money, without tax.
        taxable: Whether sales tax is due; None leaves it to the item in QuickBooks.
        class_: The QuickBooks class, ``Parent~Child``; ``class`` in JSON.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True, str_strip_whitespace=True
    )

    id: str | None = None
    item: str | None = None
    kind: LineKind | None = None
    billing_code: str | None = None
    role: str | None = None
    name: str | None = None
    description: str | None = None
    service_date: date | None = None
    quantity: Decimal | None = Field(default=None, gt=-MOST, lt=MOST)
    rate: Decimal | None = None
    amount: Money
    taxable: bool | None = None
    class_: str | None = Field(default=None, alias="class")


class InvoiceDocument(Document):
    """One invoice.

    Attributes:
        organization: The QuickBooks customer, or ``Customer~Job``.
        invoice_date: Its date in QuickBooks.
        due_date: Sent if the setting ``due_date`` says so.
        terms: QuickBooks' name of the payment terms; sent if the setting ``terms`` says so.
        number: The source's own number; sent if the setting ``number`` is ``source``.
        purchase_order_number: The customer's, at most 25 characters.
        transmission: How the customer gets it; None: as the setting ``transmission`` says.
        status: ``processed`` or ``voided``.
        total: What the customer owes, tax included; None: the sum of lines and tax.
        tax_total: The sales tax the source computed; sent as a line if the setting ``tax`` is ``line``.
        paid_date: When it was paid; not sent.
        paid_by_payment_processing: Whether the source collected the money; not sent.
        notes: The source's notes; never sent.
        memo: QuickBooks' memo; sent if the setting ``memo`` says so.
        bill_to: The address on the invoice; None: the customer's in QuickBooks.
        customer: For a customer that is made; of one that QuickBooks has nothing is changed.
        lines: What is charged.
    """

    model_config = ConfigDict(str_strip_whitespace=True)

    organization: str = Field(min_length=1)
    invoice_date: date
    due_date: date | None = None
    terms: str | None = None
    number: str | None = None
    purchase_order_number: str | None = None
    transmission: Transmission | None = None
    status: InvoiceStatus = InvoiceStatus.PROCESSED
    total: Money | None = None
    tax_total: Money = Decimal("0.00")
    paid_date: date | None = None
    paid_by_payment_processing: bool = False
    notes: str | None = None
    memo: str | None = None
    bill_to: BillTo | None = None
    customer: CustomerDetails | None = None
    lines: tuple[InvoiceLine, ...]

    @property
    def owed(self) -> Decimal:
        """The total as given, else the sum of lines and tax."""
        if self.total is not None:
            return self.total
        return sum((line.amount for line in self.lines), self.tax_total)


def summary(invoice: InvoiceDocument) -> Summary:
    """What lists and totals know of an invoice."""
    return Summary(
        party=invoice.organization,
        dated=invoice.invoice_date,
        amount=invoice.owed,
        number=invoice.number or "",
    )
