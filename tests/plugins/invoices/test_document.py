"""The shape of an invoice: lenient where nothing is lost, strict where money would be."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from qbferry import Summary
from qbferry_invoices.document import InvoiceDocument, summary

if TYPE_CHECKING:
    from collections.abc import Callable


def test_little_is_needed() -> None:
    text = '{"id": "1", "organization": "Acme", "invoice_date": "2026-10-31", "lines": [{"amount": "1"}]}'
    invoice = InvoiceDocument.model_validate_json(text)
    assert (invoice.status, invoice.transmission, invoice.bill_to) == ("processed", None, None)
    assert invoice.owed == 1


@pytest.mark.parametrize(
    ("given", "expected"), [("300.00", "300.00"), ("300.0000", "300.00"), (300, "300.00"), (43.1, "43.10")]
)
def test_money_is_text_or_a_number_as_it_is_written(
    given: Any, expected: str, document: Callable[..., InvoiceDocument]
) -> None:
    assert str(document(total=given).total) == expected


@pytest.mark.parametrize("given", ["1.005", 0.1 + 0.2, "NaN", "Infinity", "1e30", "12,50", "", True])
def test_money_that_quickbooks_cannot_hold_is_an_error(
    given: Any, document: Callable[..., InvoiceDocument]
) -> None:
    with pytest.raises(ValidationError) as caught:
        document(total=given)
    assert caught.value.errors()[0]["loc"] == ("total",)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"organisation": "Acme"}, ("organisation",)),
        ({"organization": "  "}, ("organization",)),
        ({"bill_to": {"street": "1 Main St"}}, ("bill_to", "street")),
        ({"lines": [{"amount": "1", "price": "1"}]}, ("lines", 0, "price")),
        ({"lines": [{"item": "Labor"}]}, ("lines", 0, "amount")),
        ({"status": "draft"}, ("status",)),
        ({"invoice_date": "31/10/2026"}, ("invoice_date",)),
    ],
)
def test_what_does_not_belong_is_named(
    changes: dict[str, Any], place: tuple[str | int, ...], document: Callable[..., InvoiceDocument]
) -> None:
    with pytest.raises(ValidationError) as caught:
        document(**changes)
    assert [fault["loc"] for fault in caught.value.errors()] == [place]


def test_a_class_keeps_its_name_in_json(document: Callable[..., InvoiceDocument]) -> None:
    invoice = document(lines=[{"amount": "1", "class": "Projects"}])
    assert json.loads(invoice.model_dump_json())["lines"][0]["class"] == "Projects"


def test_what_is_owed_is_the_total_or_the_sum(document: Callable[..., InvoiceDocument]) -> None:
    assert document(total="10.00", tax_total="3.00").owed == Decimal(10)
    assert document(total=None, tax_total="3.00").owed == Decimal(303)


def test_lists_and_totals_know_what_is_owed_by_whom(document: Callable[..., InvoiceDocument]) -> None:
    assert summary(document(total=None, tax_total="3.00")) == Summary(
        party="Acme Corp", dated=date(2026, 10, 31), amount=Decimal("303.00"), number="A-1001"
    )
    assert summary(document(number=None)).number == ""
