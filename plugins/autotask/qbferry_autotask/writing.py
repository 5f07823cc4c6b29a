"""Telling Autotask what became of a record: only what differs there is written, so it may be told again."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from qbferry import NewsKind
from qbferry_autotask.api import AutotaskError, RefusedError
from qbferry_autotask.settings import Number
from qbferry_autotask.sweep import moment, stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qbferry import AnyRecord, News
    from qbferry_autotask.api import Api
    from qbferry_autotask.settings import Settings

__all__ = ["tell"]

log = logging.getLogger("qbferry.autotask")

TRANSFERRED = "Transferred to QuickBooks"

ENTITIES = {
    "invoice": "Invoices",
    "expense_report": "ExpenseReports",
    "purchase_order": "PurchaseOrders",
}
"""Kind of record -> where Autotask has it; of time nothing can be written back."""

GONE = (NewsKind.CLEARED, NewsKind.DELETED)


def tell(api: Api, settings: Settings, record: AnyRecord, news: News) -> None:
    """Tell Autotask.

    Raises:
        AutotaskError: It is not known to be done; it may be told again.
    """
    entity = ENTITIES.get(record.entity)
    if entity is None:
        return
    match record.entity:
        case "invoice":
            changes = _of_invoice(settings, record, news)
        case "expense_report":
            changes = _of_report(api, news)
        case _:
            changes = _of_order(news)
    if not changes:
        return
    key = int(record.id)
    row = api.row(entity, key, changes)
    if row is None:
        raise AutotaskError(
            f"Autotask does not show the API user {entity} {key} any more, so it cannot be told what became "
            "of it; check the lines of business of the API user."
        )
    differing = {name: value for name, value in changes.items() if not _same(row.get(name), value)}
    if not differing:
        return
    try:
        api.write(entity, key, differing)
    except RefusedError as error:
        if differing.keys() != {"paidDate"}:
            raise
        log.warning("The paid date of invoice %s stays as Autotask has it: %s", key, error)


def _of_invoice(settings: Settings, record: AnyRecord, news: News) -> Mapping[str, Any]:
    changes: dict[str, Any] = {}
    if news.kind in (NewsKind.SENT, NewsKind.NUMBER):
        number = news.values.get("ref_number")
        if number and settings.number is Number.QUICKBOOKS:
            changes["invoiceNumber"] = number
        if news.kind is NewsKind.SENT:
            changes["webServiceDate"] = stamp(news.at)
    elif news.kind in (NewsKind.PAID, NewsKind.UNPAID) and not _paid_there(record):
        paid = news.values.get("paid_date") if news.kind is NewsKind.PAID else None
        changes["paidDate"] = f"{paid}T00:00:00Z" if paid else None
    return changes


def _paid_there(record: AnyRecord) -> bool:
    """Whether Autotask knew a paid date when it was read: its payment processing has it, and locks it."""
    return getattr(record.document, "paid_date", None) is not None


def _of_report(api: Api, news: News) -> Mapping[str, Any]:
    if news.kind in GONE:
        return {"quickBooksReferenceNumber": None}
    number = news.values.get("ref_number") or news.values.get("txn_id")
    if news.kind not in (NewsKind.SENT, NewsKind.NUMBER) or not number:
        return {}
    changes: dict[str, Any] = {"quickBooksReferenceNumber": number}
    if api.writable("ExpenseReports", "status"):
        changes["status"] = api.number("ExpenseReports", "status", TRANSFERRED)
    return changes


def _of_order(news: News) -> Mapping[str, Any]:
    if news.kind in GONE:
        return {"externalPONumber": None}
    number = news.values.get("ref_number")
    order = news.kind is NewsKind.NUMBER or news.values.get("request") == "PurchaseOrderAdd"
    return {"externalPONumber": number} if number and order else {}


def _same(there: Any, wanted: Any) -> bool:
    if isinstance(there, str) and isinstance(wanted, str) and there != wanted and "T" in wanted:
        try:
            return abs((moment(there) - moment(wanted)).total_seconds()) < 1
        except ValueError:
            return False
    return (there or None) == (wanted or None)
