"""Only what is new or changed comes in, in parts, whatever was there before."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qbferry_autotask import expenses, invoices, orders, sweep, timesheets
from qbferry_autotask.settings import Period, Settings, Weekday

if TYPE_CHECKING:
    from qbferry.simulator.autotask import Office, Tenant
    from qbferry_autotask.api import Api

Fetch = Any


def settings(**given: Any) -> Settings:
    return Settings.model_validate(given)


def read(api: Api, fetch: Fetch, given: Settings, cursor: str | None = None) -> tuple[list[str], str]:
    """All that a source gives, to its end."""
    ids: list[str] = []
    more = True
    while more:
        fetched = fetch(api, given, cursor)
        ids += [document["id"] for document in fetched.documents]
        cursor, more = fetched.cursor, fetched.more
    assert cursor is not None
    return ids, cursor


def ago(**time: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


def test_an_invoice_comes_in_once_and_again_when_it_was_voided(
    tenant: Tenant, office: Office, api: Api
) -> None:
    ids, cursor = read(api, invoices.fetch, settings())
    assert ids == [str(key) for key in office.invoices]
    for key in office.invoices:
        tenant.set("Invoices", key, createDateTime=ago(hours=5))
    new = tenant.add("Invoices", companyID=office.customer, createDateTime=ago(), isVoided=False)
    ids, cursor = read(api, invoices.fetch, settings(), cursor)
    assert str(new) in ids
    tenant.set("Invoices", office.invoices[0], isVoided=True, voidedDate=ago(), webServiceDate=ago())
    tenant.set("Invoices", new, webServiceDate=ago())
    assert read(api, invoices.fetch, settings(), cursor)[0] == [str(office.invoices[0])]


def test_what_was_sent_by_another_program_stays_out_unless_it_is_asked_for(
    tenant: Tenant, office: Office, api: Api
) -> None:
    tenant.set("Invoices", office.invoices[1], webServiceDate=office.day)
    tenant.set("ExpenseReports", office.report, quickBooksReferenceNumber="7")
    assert len(read(api, invoices.fetch, settings())[0]) == 2
    assert read(api, expenses.fetch, settings())[0] == []
    assert len(read(api, invoices.fetch, settings(only_unsent=False))[0]) == 3
    assert len(read(api, expenses.fetch, settings(only_unsent=False))[0]) == 1


def test_what_is_older_than_two_weeks_or_the_day_that_is_set_stays_out(
    tenant: Tenant, office: Office, api: Api
) -> None:
    tenant.set("Invoices", office.invoices[0], createDateTime=ago(days=20))
    assert len(read(api, invoices.fetch, settings())[0]) == 2
    early = (datetime.now(UTC) - timedelta(days=30)).date()
    assert len(read(api, invoices.fetch, settings(since=early))[0]) == 3


def test_many_come_in_by_parts_and_none_is_left_out(
    tenant: Tenant, office: Office, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "PART", 2)
    keys = [tenant.add("Invoices", createDateTime=ago(hours=n), isVoided=False) for n in (9, 1, 5, 2)]
    first = invoices.fetch(api, settings(), None)
    assert (len([*first.documents]), first.more) == (2, True)
    late = tenant.add("Invoices", id=1, createDateTime=ago(minutes=1), isVoided=False)
    ids, cursor = read(api, invoices.fetch, settings(), first.cursor)
    assert {*map(str, keys)} <= {*ids}
    assert str(late) not in ids, "it came behind the place where the reading was"
    assert str(late) in read(api, invoices.fetch, settings(), cursor)[0]


def test_what_was_changed_behind_the_back_of_a_long_sweep_is_read_by_the_next(
    tenant: Tenant, office: Office, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An invoice with a low id is voided while the reading, an hour long, is at higher ones."""
    monkeypatch.setattr(sweep, "PART", 2)
    for key in office.invoices:
        tenant.set("Invoices", key, createDateTime=ago(hours=3))
    first = invoices.fetch(api, settings(), None)
    begun = json.loads(first.cursor) | {"began": sweep.stamp(ago(hours=1))}
    tenant.set("Invoices", office.invoices[0], isVoided=True, voidedDate=ago(minutes=50))
    tenant.set("Invoices", office.invoices[2], createDateTime=ago())
    ids, cursor = read(api, invoices.fetch, settings(), json.dumps(begun))
    assert ids == [str(office.invoices[2])]
    assert str(office.invoices[0]) in read(api, invoices.fetch, settings(), cursor)[0]


def test_what_becomes_visible_late_is_read_none_the_less(tenant: Tenant, office: Office, api: Api) -> None:
    tenant.set("Invoices", office.invoices[0], createDateTime=ago())
    _, cursor = read(api, invoices.fetch, settings())
    late = tenant.add("Invoices", createDateTime=ago(minutes=9), isVoided=False)
    assert str(late) in read(api, invoices.fetch, settings(), cursor)[0]


def test_a_rejected_item_is_left_out(tenant: Tenant, office: Office, api: Api) -> None:
    tenant.add("ExpenseItems", expenseReportID=office.report, isRejected=True, expenseCategory="Travel")
    (document,) = expenses.fetch(api, settings(), None).documents
    assert [item["description"] for item in document["items"]] == ["Taxi"]


def test_a_report_comes_in_when_it_is_approved(tenant: Tenant, office: Office, api: Api) -> None:
    tenant.set("ExpenseReports", office.report, status="Awaiting Approval", approvedDate=None)
    ids, cursor = read(api, expenses.fetch, settings())
    assert ids == []
    tenant.set("ExpenseReports", office.report, status="Approved for Payment", approvedDate=ago())
    ids, cursor = read(api, expenses.fetch, settings(), cursor)
    assert ids == [str(office.report)]
    tenant.set("ExpenseReports", office.report, quickBooksReferenceNumber="77")
    assert read(api, expenses.fetch, settings(), cursor)[0] == []


@pytest.mark.parametrize("empty_exists", [True, False])
def test_a_reference_that_was_emptied_counts_as_none(
    tenant: Tenant, office: Office, api: Api, empty_exists: bool
) -> None:
    tenant.empty_exists = empty_exists
    tenant.set("ExpenseReports", office.report, quickBooksReferenceNumber="")
    assert read(api, expenses.fetch, settings())[0] == [str(office.report)]


def test_orders_come_in_once_submitted_and_again_when_received_or_canceled(
    tenant: Tenant, office: Office, api: Api
) -> None:
    tenant.set("PurchaseOrders", office.order, status="New", submitDateTime=None)
    ids, cursor = read(api, orders.fetch, settings())
    assert ids == []
    tenant.set("PurchaseOrders", office.order, status="Submitted", submitDateTime=ago(days=1))
    ids, cursor = read(api, orders.fetch, settings(), cursor)
    assert ids == [str(office.order)], "though it was submitted before the last look"
    tenant.set("PurchaseOrders", office.order, status="Received Full")
    other = tenant.add("PurchaseOrders", status="Canceled", submitDateTime=ago(days=2), cancelDateTime=ago())
    ids, cursor = read(api, orders.fetch, settings(), cursor)
    assert str(other) in ids
    tenant.set("PurchaseOrders", office.order, submitDateTime=ago(days=3))
    tenant.add(
        "PurchaseOrderItemReceiving",
        purchaseOrderItemID=office.items[0],
        quantityNowReceiving=2,
        receiveDate=ago(),
    )
    ids, cursor = read(api, orders.fetch, settings(), cursor)
    assert str(office.order) in ids, "its receipt is new"
    assert str(office.order) not in read(api, orders.fetch, settings(), cursor)[0]


def test_a_timesheet_comes_in_whole_when_one_of_its_entries_changes(
    tenant: Tenant, office: Office, api: Api
) -> None:
    first, second = office.entries
    (sheet,), cursor = read(api, timesheets.fetch, settings())
    for key in office.entries:
        tenant.set("TimeEntries", key, lastModifiedDateTime=ago(days=3), billingApprovalDateTime=ago(days=3))
    assert read(api, timesheets.fetch, settings(), cursor)[0] in ([], [sheet])
    tenant.set("TimeEntries", second, lastModifiedDateTime=ago(), hoursWorked=1)
    fetched = timesheets.fetch(api, settings(), cursor)
    (document,) = fetched.documents
    assert [entry["id"] for entry in document["entries"]] == [str(first), str(second)]


def test_a_timesheet_is_approved_when_its_period_is_over(
    tenant: Tenant, office: Office, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked = date.fromisoformat(tenant.rows["TimeEntries"][office.entries[0]]["dateWorked"][:10])
    end = timesheets.period_of(worked, settings())[1]

    def status(today: date, cursor: str | None) -> tuple[list[str], str]:
        monkeypatch.setattr(timesheets, "today", lambda: today)
        fetched = timesheets.fetch(api, settings(), cursor)
        return [document["status"] for document in fetched.documents], fetched.cursor

    for key in office.entries:
        at = datetime.combine(worked, datetime.min.time(), UTC)
        tenant.set("TimeEntries", key, lastModifiedDateTime=at, billingApprovalDateTime=at)
    other = tenant.add("Resources", firstName="Lou", lastName="Reyes")
    late = datetime.combine(worked + timedelta(days=1), datetime.min.time(), UTC)
    tenant.add("TimeEntries", resourceID=other, dateWorked=worked, hoursWorked=1, lastModifiedDateTime=late)
    found, cursor = status(end, None)
    assert found == ["Not approved", "Not approved"]
    found, cursor = status(end, cursor)
    assert found == ["Not approved"], "the other one has not changed"
    found, cursor = status(end + timedelta(days=1), cursor)
    assert found == ["Approved", "Approved"], "nothing has changed but the day"


def test_time_may_be_approved_by_posting_or_in_qbferry(tenant: Tenant, office: Office, api: Api) -> None:
    for key in office.entries:
        tenant.set("TimeEntries", key, billingApprovalDateTime=None)

    def statuses(approved_by: str) -> list[str]:
        fetched = timesheets.fetch(api, settings(approved_by=approved_by), None)
        return [document["status"] for document in fetched.documents]

    assert statuses("billing_approval") == ["Not approved"]
    assert statuses("nobody") == ["Approved"]
    assert statuses("posting") == []
    for key, expected in zip(office.entries, ("Not approved", "Approved"), strict=True):
        tenant.add("BillingItems", timeEntryID=key, postedOnTime=ago())
        assert statuses("posting") == [expected]


@pytest.mark.parametrize(
    ("given", "day", "start", "end"),
    [
        ({}, "2026-10-31", "2026-10-25", "2026-10-31"),
        ({"week_starts": Weekday.MONDAY}, "2026-11-01", "2026-10-26", "2026-11-01"),
        (
            {"period": Period.BIWEEKLY, "biweekly_from": "2026-10-25"},
            "2026-10-24",
            "2026-10-11",
            "2026-10-24",
        ),
        (
            {"period": Period.BIWEEKLY, "biweekly_from": "2026-10-25"},
            "2026-11-07",
            "2026-10-25",
            "2026-11-07",
        ),
        ({"period": Period.SEMIMONTHLY}, "2026-02-15", "2026-02-01", "2026-02-15"),
        ({"period": Period.SEMIMONTHLY}, "2026-02-16", "2026-02-16", "2026-02-28"),
        ({"period": Period.SEMIMONTHLY}, "2026-12-31", "2026-12-16", "2026-12-31"),
    ],
)
def test_a_period_is_as_long_as_is_set(given: dict[str, Any], day: str, start: str, end: str) -> None:
    found = timesheets.period_of(date.fromisoformat(day), settings(**given))
    assert found == (date.fromisoformat(start), date.fromisoformat(end))


def test_an_api_user_who_may_see_no_contacts_gets_the_invoices_all_the_same(
    tenant: Tenant, office: Office, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(tenant.entities, "contacts")
    assert read(api, invoices.fetch, settings())[0] == [str(key) for key in office.invoices]
