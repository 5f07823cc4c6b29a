"""What the demo came to, as a story: what was corrected, what went, what did not and why, what to do next."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from qbferry.demo.script import BOOKS
from qbferry.model import TransferStatus
from qbferry.output import say, say_block, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from qbferry.demo.performance import Ending

__all__ = ["tell", "tell_next"]


def tell(endings: Sequence[Ending], books: Mapping[str, int], wrong: int) -> None:
    """Write it for people."""
    say_block("\nOn the second day")
    table(
        ["Record", "What happened at its source", "What became of it"],
        (
            (ending.id, ending.part.news, _status(ending) + _mark(ending))
            for ending in endings
            if ending.part.news
        ),
        nothing="Nothing arrived.",
    )
    say_block("\nWhat went into QuickBooks")
    for kind in _by_kind(endings):
        if gone := sum(_went(ending) for ending in kind):
            what = kind[0].plural if gone > 1 else kind[0].label
            say(f"{gone} {what.lower()}: {', '.join(_spans(kind))}")
    say_block("\nWhat did not, and why")
    table(
        ["Record", "Status", "Reason"],
        (
            (ending.id, ending.status, _mark(ending) + (ending.reason or ""))
            for kind in _by_kind(endings)
            for ending in kind
            if not _went(ending)
        ),
        nothing="Everything went.",
    )
    statuses = [ending.status for ending in endings]
    counts = ", ".join(f"{statuses.count(status)} {status}" for status in dict.fromkeys(statuses))
    held = ", ".join(f"{count} {kind}" for kind, count in books.items())
    say_block(f"\n{len(endings)} records: {counts}.")
    say(f"QuickBooks has {held}{'' if books == BOOKS else ', which is not what was asked for'}.")
    say(f"{wrong or 'No'} record{'s' * (wrong > 1)} ended otherwise than expected.")


def tell_next(folder: Path | None) -> None:
    """Say what to do next.

    Args:
        folder: What was kept; None: nothing.
    """
    say_block("\nNext")
    if folder:
        look = f"QBFERRY_DATABASE_URL=sqlite:///{(folder / 'qbferry.sqlite3').as_posix()} qbferry"
        say(f"Look around in what was kept: {look} list invoice")
        say(f"What failed, by its reasons: {look} failures")
    else:
        say("Look around in it: qbferry demo --keep FOLDER, which leaves the database and the company file.")
    say("Set up your own: qbferry init. README.md goes on from there.")


def _status(ending: Ending) -> str:
    return f"{ending.status}, number {ending.number}" if ending.number else ending.status


def _mark(ending: Ending) -> str:
    return "" if ending.as_expected else " NOT AS EXPECTED: "


def _went(ending: Ending) -> bool:
    return ending.status == TransferStatus.TRANSFERRED


def _by_kind(endings: Sequence[Ending]) -> list[list[Ending]]:
    found: dict[str, list[Ending]] = {}
    for ending in endings:
        found.setdefault(ending.part.entity, []).append(ending)
    return [*found.values()]


def _spans(kind: Sequence[Ending]) -> Iterator[str]:
    """The ids of what went, of many in a row the first and the last."""
    for went, together in groupby(kind, _went):
        ids = [ending.id for ending in together]
        if went:
            yield f"{ids[0]} to {ids[-1]}" if len(ids) > 2 else ", ".join(ids)
