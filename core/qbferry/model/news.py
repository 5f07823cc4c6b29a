"""What became of records: for the hook that completes a transfer, and for the world outside."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from qbferry.model.request import Request
    from qbferry.model.results import Result
    from qbferry.qbxml.response import Response

__all__ = ["News", "NewsKind", "Outcome"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one request.

    Attributes:
        request: The request, with its key, label and marker; its fields have served.
        result: What it means for the record.
        response: QuickBooks' answer, or the same made from what a search found after an answer was lost.
            None: it was not executed and goes again; ``after_transfer`` gets no such outcome.
    """

    request: Request
    result: Result
    response: Response | None = None


class NewsKind(StrEnum):
    """What the outside world is told of a record."""

    SENT = "sent"
    REJECTED = "rejected"
    RETRY = "retry"
    NUMBER = "number"
    PAID = "paid"
    UNPAID = "unpaid"
    BALANCE = "balance"
    VOIDED = "voided"
    DELETED = "deleted"
    LOST = "lost"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Something to tell the source of a record; delivered in order, at least once.

    Attributes:
        kind: What it is.
        at: When it was booked.
        run: The run it was learnt in; None: a person did it.
        values: What there is to tell, as text: ``key``, ``request``, ``label``, ``txn_id``, ``ref_number``,
            ``reason``, ``paid_date``, ``balance``, as far as the kind has them.
    """

    kind: NewsKind
    at: datetime
    run: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)
