"""What became of a record reaches Autotask: each fact once, however often it is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import News, NewsKind
from qbferry.config import PluginSettings
from qbferry.plugin.manager import assemble
from qbferry.testing import make_record
from qbferry_autotask.api import AutotaskError, RefusedError
from qbferry_autotask.settings import Settings
from qbferry_autotask.writing import tell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qbferry import AnyRecord
    from qbferry.simulator.autotask import Office, Tenant
    from qbferry_autotask.api import Api

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
PLUGINS = assemble(PluginSettings())

DOCUMENTS: Mapping[str, dict[str, Any]] = {
    "invoice": {"organization": "Acme", "invoice_date": "2026-10-31", "lines": []},
    "timesheet": {
        "resource": "A",
        "period_start": "2026-10-25",
        "period_end": "2026-10-31",
        "status": "",
        "entries": [],
    },
    "expense_report": {"resource": "A", "week_ending": "2026-10-31", "status": "x", "items": []},
    "purchase_order": {"vendor": "A", "status": "Submitted", "lines": []},
}


def record(entity: str, key: int, **document: Any) -> AnyRecord:
    return make_record(PLUGINS.entities[entity], {"id": str(key)} | DOCUMENTS[entity] | document)


def news(kind: NewsKind, **values: str) -> News:
    return News(kind=kind, at=AT, values=values)


SENT = news(NewsKind.SENT, request="InvoiceAdd", ref_number="1042", txn_id="T-1")


def test_an_invoice_gets_its_number_and_the_date_of_its_transfer(
    tenant: Tenant, office: Office, api: Api
) -> None:
    key = office.invoices[0]
    for _ in range(3):
        tell(api, Settings(), record("invoice", key), SENT)
    row = tenant.rows["Invoices"][key]
    assert (row["invoiceNumber"], row["webServiceDate"]) == ("1042", "2026-11-02T09:30:00.000Z")
    assert set(tenant.wrote.values()) == {1}, "told again, nothing is written again"
    tell(api, Settings(), record("invoice", key), news(NewsKind.NUMBER, ref_number="1043"))
    assert row["invoiceNumber"] == "1043"


def test_a_number_of_autotasks_own_stays(tenant: Tenant, office: Office, api: Api) -> None:
    key = office.invoices[0]
    tenant.set("Invoices", key, invoiceNumber="A-7")
    settings = Settings(number="autotask")  # type: ignore[arg-type]
    tell(api, settings, record("invoice", key), SENT)
    row = tenant.rows["Invoices"][key]
    assert (row["invoiceNumber"], row["webServiceDate"]) == ("A-7", "2026-11-02T09:30:00.000Z")


def test_the_paid_date_comes_and_goes(tenant: Tenant, office: Office, api: Api) -> None:
    key = office.invoices[0]
    row = tenant.rows["Invoices"][key]
    tell(api, Settings(), record("invoice", key), news(NewsKind.PAID, paid_date="2026-11-05"))
    assert row["paidDate"] == "2026-11-05T00:00:00Z"
    tell(api, Settings(), record("invoice", key), news(NewsKind.UNPAID))
    assert row["paidDate"] is None


def test_the_paid_date_of_payment_processing_is_left_alone(
    tenant: Tenant, office: Office, api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    key = office.invoices[0]
    tenant.set("Invoices", key, paidDate="2026-11-01T00:00:00Z")
    paid = news(NewsKind.PAID, paid_date="2026-11-05")
    tell(api, Settings(), record("invoice", key, paid_date="2026-11-01"), paid)
    assert tenant.calls == []
    tenant.locked.add(key)
    tell(api, Settings(), record("invoice", key), paid)
    assert tenant.rows["Invoices"][key]["paidDate"] == "2026-11-01T00:00:00Z"
    assert f"The paid date of invoice {key} stays as Autotask has it" in caplog.text


@pytest.mark.parametrize("writable", [False, True])
def test_a_report_gets_its_reference_and_where_autotask_lets_it_its_status(
    tenant: Tenant, office: Office, api: Api, writable: bool
) -> None:
    """The API's status is read-only, as far as is known."""
    tenant.read_only_is_refused = True
    if writable:
        tenant.writable.add("ExpenseReports.status")
    row = tenant.rows["ExpenseReports"][office.report]
    told = record("expense_report", office.report)
    tell(api, Settings(), told, news(NewsKind.SENT, request="BillAdd", ref_number="77", txn_id="T-1"))
    assert row["quickBooksReferenceNumber"] == "77"
    label = "Transferred to QuickBooks" if writable else "Approved for Payment"
    assert row["status"] == tenant.number("ExpenseReports", "status", label)
    tell(api, Settings(), told, news(NewsKind.CLEARED))
    assert row["quickBooksReferenceNumber"] is None


def test_an_order_gets_its_number_and_not_that_of_its_receipts(
    tenant: Tenant, office: Office, api: Api
) -> None:
    row = tenant.rows["PurchaseOrders"][office.order]
    told = record("purchase_order", office.order)
    tell(api, Settings(), told, news(NewsKind.SENT, request="PurchaseOrderAdd", ref_number="P-9"))
    tell(api, Settings(), told, news(NewsKind.SENT, request="ItemReceiptAdd", ref_number="R-1"))
    assert row["externalPONumber"] == "P-9"
    tell(api, Settings(), told, news(NewsKind.DELETED))
    assert row["externalPONumber"] is None


@pytest.mark.parametrize("kind", [NewsKind.REJECTED, NewsKind.RETRY, NewsKind.BALANCE, NewsKind.VOIDED])
@pytest.mark.parametrize("entity", DOCUMENTS)
def test_of_other_news_autotask_hears_nothing(
    tenant: Tenant, office: Office, api: Api, entity: str, kind: NewsKind
) -> None:
    tell(api, Settings(), record(entity, office.invoices[0]), news(kind, reason="no"))
    assert tenant.wrote == {}


def test_a_write_whose_answer_was_lost_is_looked_up_before_it_is_made_again(
    tenant: Tenant, office: Office, api: Api
) -> None:
    tenant.fault = lambda _, verb, __: "lost" if verb == "PATCH" else ""
    with pytest.raises(AutotaskError, match="cannot be reached"):
        tell(api, Settings(), record("invoice", office.invoices[0]), SENT)
    tell(api, Settings(), record("invoice", office.invoices[0]), SENT)
    assert set(tenant.wrote.values()) == {1}


@pytest.mark.parametrize("gone_is_404", [False, True])
def test_what_cannot_be_told_says_why(
    tenant: Tenant, office: Office, api: Api, calling: Callable[..., Api], gone_is_404: bool
) -> None:
    tenant.missing_is_404 = gone_is_404
    with pytest.raises(AutotaskError, match="does not show the API user Invoices 7 any more"):
        tell(api, Settings(), record("invoice", 7), SENT)
    long = news(NewsKind.SENT, ref_number="9" * 101)
    with pytest.raises(RefusedError, match="has more than 100 characters"):
        tell(api, Settings(), record("invoice", office.invoices[0]), long)
