"""Closed lists of words."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["OnError", "TransferStatus"]


class TransferStatus(StrEnum):
    """Where a record stands on its way to QuickBooks; the words a bookkeeper sees."""

    NOT_TRANSFERRED = "Not Transferred"
    PENDING = "Pending"
    FAILED = "Pending/Failed"
    TRANSFERRED = "Transferred"


class OnError(StrEnum):
    """What QuickBooks does with the rest of a message after a request that fails."""

    CONTINUE = "continue"
    STOP = "stop"
