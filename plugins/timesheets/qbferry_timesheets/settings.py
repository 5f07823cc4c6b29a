"""What can be set in ``[plugins.timesheets]``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from qbferry import BillableStatus

__all__ = ["Settings"]


def _without_case(names: Mapping[str, str]) -> Mapping[str, str]:
    folded = {category.casefold(): item for category, item in names.items()}
    if len(folded) < len(names):
        raise ValueError("two categories differ only in upper and lower case")
    return folded


PayrollItem = Annotated[str, Field(min_length=1, max_length=31)]


class Settings(BaseModel):
    """The plugin's settings.

    Attributes:
        billable: What a billable entry becomes. ``Billable`` offers its time for QuickBooks' own invoices;
            where invoices come from elsewhere, ``HasBeenBilled`` or ``NotBillable`` keeps it from being
            charged twice (facts E).
        payroll_items: Payroll category of the source -> payroll item of QuickBooks, without regard to case
            in the category.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    billable: BillableStatus = BillableStatus.BILLABLE
    payroll_items: Annotated[Mapping[str, PayrollItem], AfterValidator(_without_case)] = {}
