"""What can be set in ``[plugins.invoices]``."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from qbferry import Transmission

__all__ = ["Negative", "Number", "Settings", "Tax"]


class Number(StrEnum):
    """Who numbers invoices."""

    QUICKBOOKS = "quickbooks"
    SOURCE = "source"


class Tax(StrEnum):
    """Who computes sales tax: QuickBooks, or the source, whose tax becomes one line."""

    QUICKBOOKS = "quickbooks"
    LINE = "line"


class Negative(StrEnum):
    """What becomes of an invoice with a negative total: it stays, or QuickBooks gets a credit memo."""

    REFUSE = "refuse"
    CREDIT_MEMO = "credit_memo"


class Settings(BaseModel):
    """The plugin's settings.

    Attributes:
        number: Whose number the invoice has in QuickBooks.
        ask_number: Whether QuickBooks is asked, once, if it has an invoice of that number already.
        negative: What becomes of one whose total is negative.
        tax: Whose sales tax it has.
        tax_item: The QuickBooks item of the tax line, needed with ``tax = "line"``.
        taxable_code: QuickBooks' sales tax code of taxable lines; None: the company file's own default.
        non_taxable_code: That of the others.
        default_item: The QuickBooks item of lines with an amount but no item, such as rolled-up ones.
        transmission: For invoices that do not say how the customer gets them.
        terms: Whether payment terms are sent; otherwise the customer's in QuickBooks hold.
        due_date: Whether the due date is sent; otherwise QuickBooks computes it from the terms.
        memo: Whether the memo is sent.
        check_names: Whether customers, items, classes, terms and tax codes are looked for in the lists of
            QuickBooks before an invoice is sent; otherwise QuickBooks judges.
        create_customers: Whether a customer or job QuickBooks does not have is made.
        create_items: Whether a service item it does not have is made.
        income_account: The income account of items that are made; it must exist.
        paid_every: Minutes after which QuickBooks is asked again what was paid; 0: never.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: Number = Number.QUICKBOOKS
    ask_number: bool = False
    negative: Negative = Negative.REFUSE
    tax: Tax = Tax.QUICKBOOKS
    tax_item: str | None = Field(default=None, min_length=1)
    taxable_code: str | None = Field(default=None, min_length=1, max_length=3)
    non_taxable_code: str | None = Field(default=None, min_length=1, max_length=3)
    default_item: str | None = Field(default=None, min_length=1)
    transmission: Transmission = Transmission.NONE
    terms: bool = False
    due_date: bool = False
    memo: bool = False
    check_names: bool = True
    create_customers: bool = False
    create_items: bool = False
    income_account: str = Field(default="Autotask Other", min_length=1)
    paid_every: int = Field(default=60, ge=0, le=7 * 24 * 60)

    @model_validator(mode="after")
    def _checked_before_made(self) -> Self:
        if (self.create_customers or self.create_items) and not self.check_names:
            raise ValueError("create_customers and create_items need check_names = true")
        return self

    @model_validator(mode="after")
    def _asks_for_the_sources_number(self) -> Self:
        if self.ask_number and self.number is not Number.SOURCE:
            raise ValueError('ask_number needs number = "source": QuickBooks numbers otherwise')
        return self

    @model_validator(mode="after")
    def _tax_line_has_item(self) -> Self:
        if self.tax is Tax.LINE and self.tax_item is None:
            raise ValueError('tax = "line" needs tax_item, the QuickBooks item of the tax line')
        return self
