"""Addresses: the lines QuickBooks prints, made from the parts that were sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.simulator import status
from qbferry.simulator.status import RefusalError

if TYPE_CHECKING:
    from qbferry.simulator.validate import Fields

__all__ = ["with_blocks"]

_ADDRESSES = ("BillAddress", "ShipAddress", "VendorAddress", "Address")
_LINES = 5


def with_blocks(fields: Fields) -> Fields:
    """Give the fields with an ``…AddressBlock`` beside every address.

    Raises:
        RefusalError: 3210, the address takes more than five lines (facts E; the text as seen for another
        cause, facts B8).
    """
    blocks: Fields = {}
    for name in _ADDRESSES:
        if address := fields.get(name):
            lines = _lines(address)
            if len(lines) > _LINES:
                raise RefusalError(status.invalid_value("address", "", "The parameter is incorrect."))
            blocks[f"{name}Block"] = {f"Addr{number}": line for number, line in enumerate(lines, 1)}
    return {**fields, **blocks}


def _lines(address: Fields) -> list[str]:
    lines = [address[part] for part in (f"Addr{number}" for number in range(1, 6)) if address.get(part)]
    state = " ".join(address[part] for part in ("State", "PostalCode") if address.get(part))
    town = ", ".join(part for part in (address.get("City"), state) if part)
    return lines + [line for line in (town, address.get("Country")) if line]
