"""From an expense report to its QuickBooks request; what each field becomes is a table in the README."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry import BillableStatus, Request
from qbferry_expenses import amounts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qbferry import Names
    from qbferry_expenses.document import ExpenseReportDocument, Item
    from qbferry_expenses.settings import Settings

__all__ = ["KEY", "request"]

KEY = "bill"


def request(report: ExpenseReportDocument, settings: Settings, names: Names) -> Request:
    """Give the bill."""
    return Request(
        key=KEY,
        name="BillAdd",
        fields={
            "vendor": names["resource"],
            "date": report.week_ending,
            "number": report.id,
            "memo": report.name,
            "lines": [*_lines(report, settings, names)],
        },
    )


def _lines(report: ExpenseReportDocument, settings: Settings, names: Names) -> Iterator[Mapping[str, Any]]:
    for place, item in enumerate(amounts.items(report, settings)):
        yield {
            "account": names[f"items[{place}].account"],
            "amount": item.amount,
            "memo": f"{item.date} {item.description or ''}".strip(),
            "customer": names.get(f"items[{place}].customer"),
            "class_": names.get(f"items[{place}].class"),
            "billable_status": _billable_status(item, settings),
        }
    if advance := amounts.advance(report, settings):
        yield {
            "account": names["cash_advance"],
            "amount": -advance,
            "memo": "Cash advance",
            "customer": None,
            "class_": None,
            "billable_status": None,
        }


def _billable_status(item: Item, settings: Settings) -> BillableStatus | None:
    """Always said where there is a customer: QuickBooks takes such a line as billable when it is not."""
    if not item.organization:
        return None
    return settings.billable if item.billable else BillableStatus.NOT_BILLABLE
