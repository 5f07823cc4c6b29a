"""The address block of an invoice and of a new customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qbferry_invoices.document import BillTo

__all__ = ["address"]

ADDRESS_LINES = 5
"""More lines than these make QuickBooks fail (facts E); city, state and postal code share one."""

ADDRESS_LENGTH = 41
"""What QuickBooks holds of an address line (facts C)."""


def address(organization: str, bill_to: BillTo | None) -> Mapping[str, Any] | None:
    """The address block; None, so that the customer's own holds, when there is no place in it.

    Of an address with too many lines the street's are joined, else the attention is left out.
    """
    if bill_to is None or not (bill_to.address1 or bill_to.address2 or bill_to.city or bill_to.postal_code):
        return None
    customer = organization.partition("~")[0].partition(":")[0].strip()
    street = [line for line in (bill_to.address1, bill_to.address2) if line]
    place = bool(bill_to.city or bill_to.state or bill_to.postal_code) + bool(bill_to.country)
    attention = [bill_to.attention] if bill_to.attention else []
    if 1 + len(attention) + len(street) + place > ADDRESS_LINES:
        joined = ", ".join(street)
        if len(joined) <= ADDRESS_LENGTH:
            street = [joined]
        else:
            attention = []
    return {
        "lines": [customer, *attention, *street],
        "city": bill_to.city,
        "state": bill_to.state,
        "postal_code": bill_to.postal_code,
        "country": bill_to.country,
    }
