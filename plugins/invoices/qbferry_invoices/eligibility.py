"""Whether an invoice may go: pure rules, each named as the README names it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry_invoices import naming
from qbferry_invoices.document import InvoiceStatus
from qbferry_invoices.settings import Negative, Number, Tax

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qbferry import Connector
    from qbferry_invoices.document import InvoiceDocument
    from qbferry_invoices.settings import Settings

__all__ = ["RULES"]

NUMBER_LENGTH = 11
"""What QuickBooks holds of an invoice's number (facts C)."""


def not_voided(invoice: InvoiceDocument, _settings: Settings, _connector: Connector) -> str | None:
    """A voided invoice stays at its source."""
    if invoice.status is InvoiceStatus.VOIDED:
        return f"Invoice {invoice.id} is voided; voided invoices are not transferred."
    return None


def total_not_negative(invoice: InvoiceDocument, settings: Settings, _connector: Connector) -> str | None:
    """QuickBooks takes no invoice below zero; that is a credit memo there."""
    if invoice.owed < 0 and settings.negative is Negative.REFUSE:
        return (
            f"Invoice {invoice.id} has a negative total ({invoice.owed:.2f}), which QuickBooks does not "
            "take. Enter it there as a credit memo, or have that done: "
            'negative = "credit_memo" in [plugins.invoices].'
        )
    return None


def has_lines(invoice: InvoiceDocument, _settings: Settings, connector: Connector) -> str | None:
    """An invoice charges something, be it zero; comments alone are none."""
    if not any(line.amount or naming.item(line, connector) for line in invoice.lines):
        return f"Invoice {invoice.id} has no line with an item or an amount, so there is nothing to invoice."
    return None


def has_items(invoice: InvoiceDocument, settings: Settings, connector: Connector) -> str | None:
    """QuickBooks books money by its item, so a line with money needs one."""
    for position, line in enumerate(invoice.lines, 1):
        if line.amount and not (settings.default_item or naming.item(line, connector)):
            return (
                f"Line {position} of invoice {invoice.id} has an amount but no item. Give it one at the "
                "source, or set default_item in [plugins.invoices]."
            )
    return None


def has_number(invoice: InvoiceDocument, settings: Settings, _connector: Connector) -> str | None:
    """Where the source numbers invoices, each has a number that QuickBooks can hold."""
    if settings.number is not Number.SOURCE:
        return None
    if not invoice.number:
        return (
            f"Invoice {invoice.id} has no number of its own. Give it one at the source, or let QuickBooks "
            'number invoices: number = "quickbooks" in [plugins.invoices].'
        )
    if len(invoice.number) > NUMBER_LENGTH:
        return (
            f'The number "{invoice.number}" of invoice {invoice.id} is too long: QuickBooks holds '
            f"{NUMBER_LENGTH} characters."
        )
    return None


def tax_line_in_us(_invoice: InvoiceDocument, settings: Settings, connector: Connector) -> str | None:
    """Only the US edition of QuickBooks takes sales tax as a line."""
    if settings.tax is Tax.LINE and connector.country not in {"", "US"}:
        return (
            f"Tax as a line works with QuickBooks of the United States only, and {connector.name} is of "
            f'{connector.country}. Set tax = "quickbooks" in [plugins.invoices].'
        )
    return None


RULES: Mapping[str, Callable[[InvoiceDocument, Settings, Connector], str | None]] = {
    "Not voided": not_voided,
    "Total not negative": total_not_negative,
    "Something to invoice": has_lines,
    "Items": has_items,
    "Number": has_number,
    "Tax as a line": tax_line_in_us,
}
"""The README's name of each rule -> the rule."""
