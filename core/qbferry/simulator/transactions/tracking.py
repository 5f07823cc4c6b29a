"""Time: one record a person, day, customer and service (facts E, Timesheets)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qbferry.simulator import status
from qbferry.simulator.status import RefusalError
from qbferry.simulator.transactions.kind import TransactionKind

if TYPE_CHECKING:
    from qbferry.simulator.transactions.kind import Draft

__all__ = ["TIME_TRACKING"]

_DURATION = re.compile(r"[+-]?PT(?:([0-9]+)H)?(?:([0-9]+)M)?(?:[0-9]+S)?")


def _prepare(draft: Draft) -> None:
    person = draft.entry("EntityRef")
    if person is None:
        raise RefusalError(status.missing_element("EntityRef"))
    fields = draft.fields
    # assumption: facts E - without a word about billing, time is not billable.
    draft.default("BillableStatus", "NotBillable")
    if fields["BillableStatus"] == "Billable":
        for needed in ("CustomerRef", "ItemServiceRef"):
            if needed not in fields:
                raise RefusalError(status.missing_element(needed))
    if payroll := draft.entry("PayrollItemWageRef"):
        paid = person.data.get("EmployeePayrollInfo", {}).get("UseTimeDataToCreatePaychecks")
        if person.kind != "Employee" or paid != "UseTimeData":
            # facts E: only for an employee paid by time data; the status was not seen.
            cause = "Time data is not used to create paychecks for this name."
            raise RefusalError(status.invalid_value("PayrollItemWageRef", payroll.full_name, cause))
    if found := _DURATION.fullmatch(fields.get("Duration", "")):
        hours, minutes = (int(part or 0) for part in found.groups())
        total = hours * 60 + minutes
        fields["Duration"] = f"PT{total // 60}H{total % 60}M"


def _finish(draft: Draft) -> None:
    """Nothing is totalled, and nothing else changes."""


TIME_TRACKING = TransactionKind(
    name="TimeTracking",
    party="EntityRef",
    prepare=_prepare,
    finish=_finish,
    fixed=frozenset({"EntityRef", "TxnDate", "Duration"}),
    requires=("TimeTrackingPreferences",),
)
