"""Mirroring QuickBooks' lists, so that what cannot resolve is said in words before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from qbferry.model import LIST_POLL, ListEntry, Poll

if TYPE_CHECKING:
    from qbferry.model import Occasion, Records
    from qbferry.qbxml.response import Node, Response

__all__ = ["Mirror", "mirror"]

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


@dataclass(frozen=True, kw_only=True)
class Mirror(Poll):
    """A poll whose answer the framework keeps as a list.

    Attributes:
        kind: The list: ``Vendor``.
    """

    kind: str

    def entries(self, response: Response) -> list[ListEntry]:
        """The entries of an answer."""
        return [self._entry(node) for node in response.objects]

    def _entry(self, node: Node) -> ListEntry:
        return ListEntry(
            kind=self.kind,
            list_id=node.text("ListID") or "",
            full_name=node.text("FullName") or node.text("Name") or "",
            is_active=node.text("IsActive") != "false",
            data={
                path.rpartition("/")[2]: value
                for path in KEPT.get(self.kind, ())
                if (value := node.text(path)) is not None
            },
        )


@cache
def mirror(kind: str) -> Poll:
    """A poll that keeps a list of QuickBooks at hand for ``lists.find``: once whole, then what changed.

    It is the same one for all who ask for it, and so shared.

    Args:
        kind: ``Account``, ``Class``, ``Customer``, ``Employee``, ``Item``, ``ShipMethod``,
            ``PayrollItemWage``, ``Terms``, ``Vendor``, …: any list whose query is ``{kind}Query``.
    """
    names = (
        "ListID",
        "TimeModified",
        "Name",
        "FullName",
        "IsActive",
        *(path.partition("/")[0] for path in KEPT.get(kind, ())),
    )
    wanted = "".join(f"<IncludeRetElement>{name}</IncludeRetElement>" for name in names)

    def query(occasion: Occasion) -> tuple[str, str]:
        since = (
            f"<FromModifiedDate>{occasion.since}</FromModifiedDate>"
            if occasion.since and kind not in UNFILTERED
            else ""
        )
        return f"{kind}Query", f"<ActiveStatus>All</ActiveStatus>{since}{wanted}"

    return Mirror(
        name=LIST_POLL + kind,
        interval=timedelta(0),
        query=query,
        handle=_kept_by_the_framework,
        iterated=kind in ITERATED,
        mark="TimeModified",
        kind=kind,
    )


def _kept_by_the_framework(response: Response, records: Records) -> None:
    """Nothing: the answer to a mirror goes into the lists."""
