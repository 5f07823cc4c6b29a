"""From an invoice to its QuickBooks request; what each field becomes is a table in the README."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry import Request
from qbferry_invoices.address import address
from qbferry_invoices.references import UNCOUNTED
from qbferry_invoices.settings import Negative, Number, Tax

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qbferry import Name, Names
    from qbferry_invoices.document import InvoiceDocument, InvoiceLine
    from qbferry_invoices.settings import Settings

__all__ = ["KEY", "is_credit", "requests"]

KEY = "invoice"

SUBTOTAL = "ItemSubtotal"
"""The kind of items whose amount QuickBooks adds up itself."""

BLANK: Mapping[str, Any] = dict.fromkeys(
    ("item", "description", "quantity", "class_", "amount", "service_date", "tax_code")
)
"""A line that says nothing."""


def requests(invoice: InvoiceDocument, settings: Settings, names: Names) -> list[Request]:
    """Give the one request of an invoice."""
    transmission = invoice.transmission or settings.transmission
    fields: dict[str, Any] = {
        "customer": names["customer"],
        "date": invoice.invoice_date,
        "number": invoice.number if settings.number is Number.SOURCE else None,
        "bill_to": address(invoice.organization, invoice.bill_to),
        "purchase_order_number": invoice.purchase_order_number,
        "terms": names.get("terms"),
        "due_date": invoice.due_date if settings.due_date else None,
        "memo": invoice.memo if settings.memo else None,
        # Always said: QuickBooks ticks "Print later" by itself when it is not.
        "printed": transmission.prints,
        "emailed": transmission.emails,
        "lines": [*_lines(invoice, settings, names)],
    }
    if is_credit(invoice, settings):
        credited = {"terms": None, "due_date": None, "lines": [_credited(line) for line in fields["lines"]]}
        return [Request(key=KEY, name="CreditMemoAdd", fields=fields | credited)]
    return [Request(key=KEY, name="InvoiceAdd", fields=fields)]


def _lines(invoice: InvoiceDocument, settings: Settings, names: Names) -> Iterator[Mapping[str, Any]]:
    for place, line in enumerate(invoice.lines):
        item = names.get(f"lines[{place}].item")
        if item is None:
            yield {**BLANK, "description": line.description}
            continue
        kind = item.entry.data.get("Type") if item.entry else None
        yield {
            "item": item,
            "description": line.description,
            # QuickBooks divides by it
            "quantity": None if kind in UNCOUNTED else line.quantity or None,
            "class_": names.get(f"lines[{place}].class"),
            "amount": None if kind == SUBTOTAL else line.amount,
            "service_date": line.service_date,
            "tax_code": _tax_code(line, settings, names),
        }
    if settings.tax is Tax.LINE and invoice.tax_total:
        code = names.get("non_taxable_code")
        yield {**BLANK, "item": names["tax_item"], "amount": invoice.tax_total, "tax_code": code}


def is_credit(invoice: InvoiceDocument, settings: Settings) -> bool:
    """Whether QuickBooks gets a credit memo."""
    return invoice.owed < 0 and settings.negative is Negative.CREDIT_MEMO


def _credited(line: Mapping[str, Any]) -> Mapping[str, Any]:
    """A line as a credit memo has it: what is given is not negative there, and neither is a price."""
    amount, quantity = line["amount"], line["quantity"]
    if not amount:
        return line
    return {**line, "amount": -amount, "quantity": quantity and abs(quantity).copy_sign(-amount)}


def _tax_code(line: InvoiceLine, settings: Settings, names: Names) -> Name | None:
    """With the tax as a line nothing is taxable, or QuickBooks would add its own on top."""
    if settings.tax is not Tax.LINE and line.taxable is None:
        return None
    taxable = settings.tax is not Tax.LINE and line.taxable
    return names.get("taxable_code" if taxable else "non_taxable_code")
