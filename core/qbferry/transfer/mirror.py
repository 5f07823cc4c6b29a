"""Mirroring QuickBooks' lists, so that what cannot resolve is said in words before anything is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from qbferry.model import Poll
from qbferry.store.lists import LIST_POLL, fold
from qbferry.store.tables import ListEntryRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from qbferry.model import Connector
    from qbferry.qbxml.response import Node, Response

__all__ = ["mirror"]

ITERATED = {"Customer", "Vendor", "Item"}
"""Of the lists below those QuickBooks can hand out in parts (facts B5)."""

UNFILTERED = {"ShipMethod"}
"""Lists that are always asked for whole, being short."""

# Nothing else is asked for: employees' records hold what nobody here needs to see. QuickBooks passes over
# names that a list does not have (facts B5).
KEPT = {
    "Account": ("AccountType",),
    "Customer": ("Email",),
    "Employee": ("EmployeePayrollInfo/UseTimeDataToCreatePaychecks",),
    "Item": (),
}

OVERLAP = timedelta(days=1)
"""QuickBooks' times are wrong by an hour in summer, and its clock is not ours (facts B2)."""


def mirror(kind: str) -> Poll:
    """A poll that keeps a list of QuickBooks at hand for ``lists.find``: once whole, then what changed.

    Args:
        kind: ``Account``, ``Class``, ``Customer``, ``Employee``, ``Item``, ``ShipMethod``,
            ``PayrollItemWage``, ``Terms``, ``Vendor``, …: any list whose query is ``{kind}Query``.
    """
    names = (
        "ListID",
        "Name",
        "FullName",
        "IsActive",
        *(path.partition("/")[0] for path in KEPT.get(kind, ())),
    )
    wanted = "".join(f"<IncludeRetElement>{name}</IncludeRetElement>" for name in names)

    def query(answered: datetime | None) -> tuple[str, str]:
        since = (
            f"<FromModifiedDate>{(answered - OVERLAP).astimezone(UTC):%Y-%m-%dT%H:%M:%S}</FromModifiedDate>"
            if answered and kind not in UNFILTERED
            else ""
        )
        return f"{kind}Query", f"<ActiveStatus>All</ActiveStatus>{since}{wanted}"

    def handle(session: Session, connector: Connector, response: Response) -> None:
        _store(session, connector, kind, response.objects)

    return Poll(
        name=LIST_POLL + kind,
        interval=timedelta(0),
        query=query,
        handle=handle,
        iterated=kind in ITERATED,
    )


def _store(session: Session, connector: Connector, kind: str, entries: Iterable[Node]) -> None:
    found = {entry.text("ListID") or "": entry for entry in entries}
    known = {
        row.list_id: row
        for row in session.scalars(
            select(ListEntryRow).where(
                ListEntryRow.connector_id == connector.id,
                ListEntryRow.kind == kind,
                ListEntryRow.list_id.in_([*found]),
            )
        )
    }
    for list_id, entry in found.items():
        row = known.get(list_id)
        if row is None:
            row = ListEntryRow(connector_id=connector.id, kind=kind, list_id=list_id)
            session.add(row)
        row.full_name = entry.text("FullName") or entry.text("Name") or ""
        row.folded = fold(row.full_name)
        row.is_active = entry.text("IsActive") != "false"
        row.data = {
            path.rpartition("/")[2]: value
            for path in KEPT.get(kind, ())
            if (value := entry.text(path)) is not None
        }
