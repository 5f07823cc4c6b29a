"""Timesheets: the API has none, so they are made of a resource's time entries of a period."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from qbferry import Fetched
from qbferry_autotask.api import both, either, where
from qbferry_autotask.known import Known
from qbferry_autotask.settings import Approval, Period, Weekday
from qbferry_autotask.sweep import Cursor, sweep
from qbferry_autotask.values import day, plain, text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from qbferry_autotask.api import Api
    from qbferry_autotask.settings import Settings

    Row = Mapping[str, Any]

    Sheet = tuple[int, date, date]
    """A resource, and the first and last day of a period."""

__all__ = ["document", "fetch", "period_of"]

FIELDS = (
    *("resourceID", "dateWorked", "hoursWorked", "billingCodeID", "internalBillingCodeID", "contractID"),
    *("ticketID", "taskID", "isNonBillable", "summaryNotes", "billingApprovalDateTime"),
)
SHEETS = 50
"""Timesheets asked for at once."""


def fetch(api: Api, settings: Settings, text_: str | None) -> Fetched:
    """The timesheets of all time entries that were changed, approved or posted since, whole."""
    cursor = Cursor.read(text_, settings.since)
    if settings.approved_by is Approval.POSTING:  # which does not touch the entry
        rows, cursor, more = sweep(
            api,
            "BillingItems",
            cursor,
            ("postedOnTime",),
            ("timeEntryID",),
            lambda since: [where("gte", "postedOnTime", since), where("exist", "timeEntryID")],
        )
        entries = api.named("TimeEntries", "id", (row["timeEntryID"] for row in rows), FIELDS)
        return _fetched(api, settings, entries, cursor, more=more)
    stamps = ("lastModifiedDateTime", "billingApprovalDateTime")

    def conditions(since: str) -> Sequence[Row]:
        found = [where("gte", stamp, since) for stamp in stamps]
        start, end = period_of(date.fromisoformat(since[:10]), settings)
        if end < today():  # it is over by now, and so may be approved without any change
            found.append(where("gte", "dateWorked", f"{start}T00:00:00Z"))
        return [either(*found)]

    entries, cursor, more = sweep(api, "TimeEntries", cursor, stamps, FIELDS, conditions)
    return _fetched(api, settings, entries, cursor, more=more)


def _fetched(api: Api, settings: Settings, entries: Sequence[Row], cursor: Cursor, *, more: bool) -> Fetched:
    sheets = {_sheet(entry, settings) for entry in entries if entry["resourceID"] and entry["dateWorked"]}
    rows = _entries(api, sorted(sheets))
    posted = _posted(api, rows) if settings.approved_by is Approval.POSTING else set()
    known = Known(api)
    known.learn("Resources", (sheet[0] for sheet in sheets))
    known.learn_codes(rows, "billingCodeID", "internalBillingCodeID")
    known.learn_owners(rows)
    documents = [
        document(sheet, [row for row in rows if _sheet(row, settings) == sheet], known, settings, posted)
        for sheet in sorted(sheets)
    ]
    return Fetched(documents=documents, cursor=str(cursor), more=more)


def document(
    sheet: Sheet, entries: Sequence[Row], known: Known, settings: Settings, posted: Collection[int] = ()
) -> dict[str, Any]:
    """A timesheet as qbferry takes it."""
    resource, start, end = sheet
    approved = end < today() and all(_approved(row, settings, posted) for row in entries)
    return {
        "id": f"{resource}-{start.isoformat()}",
        "resource": known.resource(resource) or "",
        "period_start": start.isoformat(),
        "period_end": end.isoformat(),
        "status": "Approved" if approved else "Not approved",
        "entries": [_entry(row, known) for row in entries],
    }


def today() -> date:
    """By UTC, as Autotask's moments."""
    return datetime.now(UTC).date()


def period_of(worked: date, settings: Settings) -> tuple[date, date]:
    """The period that a day is in."""
    if settings.period is Period.SEMIMONTHLY:
        if worked.day <= 15:
            return worked.replace(day=1), worked.replace(day=15)
        following = (worked.replace(day=28) + timedelta(days=4)).replace(day=1)
        return worked.replace(day=16), following - timedelta(days=1)
    if settings.period is Period.BIWEEKLY:
        start = worked - timedelta(days=(worked - settings.biweekly_from).days % 14)
        return start, start + timedelta(days=13)
    first = [*Weekday].index(settings.week_starts)
    start = worked - timedelta(days=(worked.weekday() - first) % 7)
    return start, start + timedelta(days=6)


def _sheet(entry: Row, settings: Settings) -> Sheet:
    return (entry["resourceID"], *period_of(date.fromisoformat(str(day(entry["dateWorked"]))), settings))


def _entries(api: Api, sheets: Sequence[Sheet]) -> list[Row]:
    """All entries of some timesheets."""
    found: list[Row] = []
    for at in range(0, len(sheets), SHEETS):
        wanted = [
            both(
                where("eq", "resourceID", resource),
                where("gte", "dateWorked", f"{start}T00:00:00Z"),
                where("lt", "dateWorked", f"{end + timedelta(days=1)}T00:00:00Z"),
            )
            for resource, start, end in sheets[at : at + SHEETS]
        ]
        found += api.rows("TimeEntries", [either(*wanted)], FIELDS)
    return found


def _posted(api: Api, entries: Sequence[Row]) -> set[int]:
    """The entries that were approved and posted."""
    ids = (entry["id"] for entry in entries)
    return {row["timeEntryID"] for row in api.named("BillingItems", "timeEntryID", ids, ("timeEntryID",))}


def _approved(entry: Row, settings: Settings, posted: Collection[int]) -> bool:
    if settings.approved_by is Approval.NOBODY or not (entry["ticketID"] or entry["taskID"]):
        return True  # leave, meetings and the like are never billed, and so never approved for it
    if settings.approved_by is Approval.POSTING:
        return entry["id"] in posted
    return bool(entry["billingApprovalDateTime"])


def _entry(row: Row, known: Known) -> dict[str, Any]:
    organization = known.owner(row)
    return {
        "id": str(row["id"]),
        "date": day(row["dateWorked"]),
        "hours": plain(row["hoursWorked"] or 0),
        "organization": organization,
        "item": known.text("BillingCodes", row["billingCodeID"]),
        "payroll_category": known.text("BillingCodes", row["internalBillingCodeID"]),
        "notes": text(row["summaryNotes"]),
        "billable": organization is not None and not row["isNonBillable"],
    }
