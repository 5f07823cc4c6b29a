"""Identities as QuickBooks makes them: a running hex number and the second it was given (facts D)."""

from __future__ import annotations

import re

__all__ = ["is_id", "list_id", "txn_id"]

_ID = re.compile(r"[0-9A-Fa-f]+-[0-9]+")


def list_id(number: int, second: int) -> str:
    """Write the ListID of an entry: ``80000013-1416570432``."""
    return f"{0x80000000 | number:08X}-{second}"


def txn_id(number: int, second: int) -> str:
    """Write the TxnID of a transaction or the TxnLineID of a line: ``C5-1417118624``."""
    return f"{number:X}-{second}"


def is_id(text: str) -> bool:
    """Tell whether a text has the form of an identity; QuickBooks refuses others with 3000."""
    return _ID.fullmatch(text) is not None
