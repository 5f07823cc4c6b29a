"""Expense reports that are approved for payment, with their items."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from qbferry import Fetched
from qbferry_autotask.api import either, where
from qbferry_autotask.known import Known
from qbferry_autotask.sweep import Cursor, sweep
from qbferry_autotask.values import cents, day, text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from qbferry_autotask.api import Api
    from qbferry_autotask.settings import Settings

    Row = Mapping[str, Any]

__all__ = ["APPROVED", "document", "fetch"]

APPROVED = "Approved for Payment"

FIELDS = (
    *("name", "submitterID", "weekEnding", "status", "internalCurrencyCashAdvanceAmount"),
    "organizationalLevelAssociationID",
)
ITEM_FIELDS = (
    *("expenseReportID", "expenseDate", "description", "expenseCategory", "internalCurrencyExpenseAmount"),
    *("internalCurrencyReimbursementAmount", "isReimbursable", "isBillableToCompany", "isRejected"),
    "companyID",
)


def fetch(api: Api, settings: Settings, text_: str | None) -> Fetched:
    """What was approved since, and has no QuickBooks reference yet."""
    approved = api.number("ExpenseReports", "status", APPROVED)

    def conditions(since: str) -> Sequence[Row]:
        found = [where("gte", "approvedDate", since), where("eq", "status", approved)]
        if settings.only_unsent:
            reference = "quickBooksReferenceNumber"
            found.append(either(where("notExist", reference), where("eq", reference, "")))
        return found

    cursor = Cursor.read(text_, settings.since)
    rows, cursor, more = sweep(api, "ExpenseReports", cursor, ("approvedDate",), FIELDS, conditions)
    items = api.named("ExpenseItems", "expenseReportID", (row["id"] for row in rows), ITEM_FIELDS)
    known = Known(api)
    known.learn("Resources", (row["submitterID"] for row in rows))
    known.learn("Companies", (item["companyID"] for item in items))
    known.learn_classes(row["organizationalLevelAssociationID"] for row in rows)
    of_report: dict[Any, list[Row]] = defaultdict(list)
    for item in items:
        of_report[item["expenseReportID"]].append(item)
    documents = [document(row, of_report[row["id"]], known, api.label) for row in rows]
    return Fetched(documents=documents, cursor=str(cursor), more=more)


def document(
    row: Row, items: Sequence[Row], known: Known, label: Callable[[str, str, Any], str | None]
) -> dict[str, Any]:
    """An expense report as qbferry takes it."""
    class_ = known.class_(row["organizationalLevelAssociationID"])
    return {
        "id": str(row["id"]),
        "resource": known.resource(row["submitterID"]) or "",
        "name": text(row["name"]),
        "week_ending": day(row["weekEnding"]),
        "status": label("ExpenseReports", "status", row["status"]) or "",
        "cash_advance": cents(row["internalCurrencyCashAdvanceAmount"] or 0),
        "items": [
            {
                "id": str(item["id"]),
                "date": day(item["expenseDate"]),
                "category": label("ExpenseItems", "expenseCategory", item["expenseCategory"]) or "",
                "description": text(item["description"]),
                "amount": cents(_amount(item)),
                "organization": known.company(item["companyID"]),
                "billable": bool(item["isBillableToCompany"]),
                "reimbursable": item["isReimbursable"] is not False,
                "class": class_,
            }
            for item in items
            if not item["isRejected"]
        ],
    }


def _amount(item: Row) -> Any:
    """What it cost in the company's own currency."""
    cost = item["internalCurrencyExpenseAmount"]
    return item["internalCurrencyReimbursementAmount"] or 0 if cost is None else cost
