"""Where records come from by themselves, read by the server's own timer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Fetched", "Source"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What a source gave: taken in with the cursor in one transaction, or not at all.

    Attributes:
        documents: Records in their entity's shape as JSON: what a line of ``qbferry import`` would be. Values
            may be dates, moments and Decimals. Some hundred at a time keep memory and locks small.
        cursor: Where to go on, in the source's own words; the next ``fetch`` is given it.
        more: There is more by now; it is asked for at once.
    """

    documents: Iterable[Mapping[str, Any]]
    cursor: str
    more: bool = False


@dataclass(frozen=True, kw_only=True)
class Source:
    """A place where records of one kind come from.

    Attributes:
        name: Unique among all sources: ``autotask.invoices``.
        entity: The kind of its records.
        fetch: Given the cursor of the last time, what is new or changed since; None: the first time, or after
            ``qbferry sources reset``. It is called outside of any transaction, by one process at a time, and
            may take its time. What it raises is told as it is if it is a ``QbferryError``, and tried again.
        every: How long after it was read to the end it is read again.
        ready: Set those records ready that are new or changed, were never transferred, and are eligible.
    """

    name: str
    entity: str
    fetch: Callable[[str | None], Fetched]
    every: timedelta = timedelta(minutes=15)
    ready: bool = False
