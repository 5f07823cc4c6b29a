"""What is asked for in a trial, day by day: the proof's records, with what settings may look at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from qbferry.model import TransferStatus
from qbferry.proof import scenario

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from qbferry.proof.scenario import Wish

__all__ = ["corrected", "days", "first_day"]


def first_day() -> list[Wish]:
    """What has been transferred before a trial begins."""
    return [_full(wish) for wish in scenario.first_day()]


def days(more: Sequence[Wish] = ()) -> Iterator[list[Wish]]:
    """What arrives on each day from the second on, for ever; ``more`` on the second."""
    # Of each two that need the same entry one: time is dear here, and a crash at every step tries both.
    wishes = [*scenario.second_day(), *scenario.creations()[::2]]
    yield [*map(_full, wishes), *more]
    number = 30
    while True:
        yield [
            _full(wish)
            for wish in (
                scenario.invoice(f"INV-{number}"),
                scenario.timesheet(f"TS-{number}"),
                scenario.report(f"ER-{number}"),
                scenario.invoice(f"INV-{number + 1}"),
                scenario.order(f"PO-{number}"),
            )
        ]
        number += 10


def corrected(wishes: Iterable[Wish]) -> list[Wish]:
    """Those that QuickBooks refuses, with what it takes."""
    refused = [wish for wish in wishes if wish.status is TransferStatus.FAILED]
    return [_full(scenario.invoice(wish.document["id"])) for wish in refused]


def _full(wish: Wish) -> Wish:
    """With a number and a memo of its own, which are sent or not as the plugin is set."""
    if wish.entity != "invoice":
        return wish
    number = wish.document["id"].removeprefix("INV-")
    return replace(wish, document=wish.document | {"number": f"A{number}", "memo": f"Work of {number}"})
