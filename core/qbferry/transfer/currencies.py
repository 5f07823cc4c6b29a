"""Accounts in a currency that a record cannot be booked in, known before it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qbferry.model import Connector, Name

__all__ = ["foreign"]

PARTIES = {"Customer": "customer", "Vendor": "vendor"}
"""The lists whose entries have a currency that their transactions are in, and what a person calls one."""


def foreign(found: Iterable[Name], connector: Connector) -> list[str]:
    """Say which accounts are in another currency than the record.

    A record is in the currency of whom it is for, who is named first; an account must be in that one or in
    the company's own. assumption: the facts only tell of a refusal that speaks of a currency, so nothing is
    said where a currency is unknown.

    Args:
        found: What the names in the record became, in their order.
        connector: The company file.
    """
    home = connector.features.get("HomeCurrencyRef")
    if not home or connector.features.get("IsMultiCurrencyOn") != "true":
        return []
    entries = {name.entry.list_id: name.entry for name in found if name.entry}.values()
    party = next((entry for entry in entries if entry.kind in PARTIES), None)
    own = party.data.get("Currency") if party else None
    if party is None or not own:
        return []
    return [
        f'The account "{entry.full_name}" is in another currency ({theirs}) than the {PARTIES[party.kind]} '
        f'"{party.full_name}" ({own}), and not in the company\'s own ({home}). Name another account, or map '
        f'it: qbferry map set Account "{entry.full_name}".'
        for entry in entries
        if entry.kind == "Account" and (theirs := entry.data.get("Currency")) and theirs not in {own, home}
    ]
