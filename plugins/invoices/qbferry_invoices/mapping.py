"""From an invoice to its QuickBooks request; what each field becomes is a table in the README."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry import Request
from qbferry_invoices.settings import Negative, Number, Tax

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qbferry import Connector
    from qbferry_invoices.document import BillTo, InvoiceDocument, InvoiceLine
    from qbferry_invoices.settings import Settings

__all__ = ["KEY", "requests"]

KEY = "invoice"

ADDRESS_LINES = 5
"""More lines than these make QuickBooks fail (facts E); city, state and postal code share one."""

ADDRESS_LENGTH = 41
"""What QuickBooks holds of an address line (facts C)."""


def requests(invoice: InvoiceDocument, settings: Settings, connector: Connector) -> list[Request]:
    """Give the one request of an invoice."""
    transmission = invoice.transmission or settings.transmission
    fields: dict[str, Any] = {
        "customer": invoice.organization,
        "date": invoice.invoice_date,
        "number": invoice.number if settings.number is Number.SOURCE else None,
        "bill_to": _address(invoice.organization, invoice.bill_to),
        "purchase_order_number": invoice.purchase_order_number,
        "terms": invoice.terms if settings.terms else None,
        "due_date": invoice.due_date if settings.due_date else None,
        "memo": invoice.memo if settings.memo else None,
        # Always said: QuickBooks ticks "Print later" by itself when it is not.
        "printed": transmission.prints,
        "emailed": transmission.emails,
        "lines": [*_lines(invoice, settings, connector)],
    }
    if invoice.owed < 0 and settings.negative is Negative.CREDIT_MEMO:
        credited = {"terms": None, "due_date": None, "lines": [_credited(line) for line in fields["lines"]]}
        return [Request(key=KEY, name="CreditMemoAdd", fields=fields | credited)]
    return [Request(key=KEY, name="InvoiceAdd", fields=fields)]


def _address(organization: str, bill_to: BillTo | None) -> Mapping[str, Any] | None:
    """The address block; None, so that the customer's own holds, when there is no place in it.

    Of an address with too many lines the street's are joined, else the attention is left out.
    """
    if bill_to is None or not (bill_to.address1 or bill_to.address2 or bill_to.city or bill_to.postal_code):
        return None
    customer = organization.partition("~")[0].partition(":")[0].strip()
    street = [line for line in (bill_to.address1, bill_to.address2) if line]
    place = bool(bill_to.city or bill_to.state or bill_to.postal_code) + bool(bill_to.country)
    attention = [bill_to.attention] if bill_to.attention else []
    if 1 + len(attention) + len(street) + place > ADDRESS_LINES:
        joined = ", ".join(street)
        if len(joined) <= ADDRESS_LENGTH:
            street = [joined]
        else:
            attention = []
    return {
        "lines": [customer, *attention, *street],
        "city": bill_to.city,
        "state": bill_to.state,
        "postal_code": bill_to.postal_code,
        "country": bill_to.country,
    }


def _lines(invoice: InvoiceDocument, settings: Settings, connector: Connector) -> Iterator[Mapping[str, Any]]:
    taxed = _uses_sales_tax(connector)
    for line in invoice.lines:
        if not (line.item or line.amount):
            yield _line(description=line.description)
            continue
        yield _line(
            item=line.item or settings.default_item,
            description=line.description,
            quantity=line.quantity or None,  # QuickBooks divides by it
            class_=line.class_ if connector.tracks_classes else None,
            amount=line.amount,
            service_date=line.service_date,
            tax_code=_tax_code(line, settings) if taxed else None,
        )
    if settings.tax is Tax.LINE and invoice.tax_total:
        code = settings.non_taxable_code if taxed else None
        yield _line(item=settings.tax_item, amount=invoice.tax_total, tax_code=code)


def _credited(line: Mapping[str, Any]) -> Mapping[str, Any]:
    """A line as a credit memo has it: what is given is not negative there, and neither is a price."""
    amount, quantity = line["amount"], line["quantity"]
    if not amount:
        return line
    return {**line, "amount": -amount, "quantity": quantity and abs(quantity).copy_sign(-amount)}


def _line(**known: Any) -> dict[str, Any]:
    names = ("item", "description", "quantity", "class_", "amount", "service_date", "tax_code")
    return {name: known.get(name) for name in names}


def _tax_code(line: InvoiceLine, settings: Settings) -> str | None:
    """With the tax as a line nothing is taxable, or QuickBooks would add its own on top."""
    if settings.tax is Tax.LINE:
        return settings.non_taxable_code
    if line.taxable is None:
        return None
    return settings.taxable_code if line.taxable else settings.non_taxable_code


def _uses_sales_tax(connector: Connector) -> bool:
    """Whether lines may name a tax code: a company without sales tax has none (facts C, E)."""
    return not connector.features or "PaySalesTax" in connector.features
