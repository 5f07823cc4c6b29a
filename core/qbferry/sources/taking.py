"""Taking in what a source gave: one document that does not fit keeps back none of the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qbferry.desk.drawer import Drawer
from qbferry.desk.kinds import entity_named
from qbferry.errors import HookError, InFlightError, InputError
from qbferry.intake import Arrival, read, take_in
from qbferry.store.sources import RefusalRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from qbferry.model import Source
    from qbferry.plugin.manager import Plugins
    from qbferry.store.transaction import Transaction

__all__ = ["Taken", "checked", "take"]


@dataclass
class Taken:
    """What became of documents.

    Attributes:
        created: How many were new.
        changed: How many were there, and are different now.
        unchanged: How many were there just so.
        refused: Those that could not be taken in, by id.
    """

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: dict[str, RefusalRow] = field(default_factory=dict)


def checked(
    plugins: Plugins, source: Source, documents: Mapping[str, str], at: datetime
) -> tuple[list[Arrival], dict[str, RefusalRow]]:
    """Hold documents against their entity's shape, outside of any transaction.

    Returns:
        Those that fit, and the others with what is wrong with them.

    Raises:
        NotFoundError: No plugin that runs has that entity.
    """
    entity = entity_named(plugins, source.entity)
    good: list[Arrival] = []
    bad: dict[str, RefusalRow] = {}
    for number, (name, text) in enumerate(documents.items(), 1):
        try:
            [arrival] = read(entity, [text])
        except InputError as error:
            reason = " ".join(f"{fault.removeprefix('line 1, ')}." for fault in error.details)
            bad[name] = _refusal(source, name, text, at, reason or error.sentence)
        else:
            arrival.line = number
            good.append(arrival)
    return good, bad


def take(
    tx: Transaction,
    plugins: Plugins,
    source: Source,
    arrivals: Sequence[Arrival],
    on_error: str,
    at: datetime,
) -> Taken:
    """Take records in, in the transaction at hand.

    Args:
        tx: It writes.
        plugins: Which plugins run.
        source: Where they are from.
        arrivals: Checked, each id once.
        on_error: The setting.
        at: When it is.
    """
    taken = Taken()
    _take(tx, plugins, source, arrivals, on_error, at, taken)
    return taken


def _take(
    tx: Transaction,
    plugins: Plugins,
    source: Source,
    arrivals: Sequence[Arrival],
    on_error: str,
    at: datetime,
    taken: Taken,
) -> None:
    """All at once; where that fails, either half by itself, down to the one that is the cause."""
    if not arrivals:
        return
    actor = f"source {source.name}"
    try:
        with (
            tx.part(),
            Drawer.open(tx, plugins, source.entity, None, on_error, actor=actor, lock=True) as drawer,
        ):
            # What a person has set not ready stays so until it changes, however often it is read again.
            report = take_in(
                drawer, arrivals, ready=source.ready, anywhere=True, unchanged=False, origin=source.name
            )
    except (InputError, HookError) as error:
        if len(arrivals) > 1:
            middle = len(arrivals) // 2
            for half in (arrivals[:middle], arrivals[middle:]):
                _take(tx, plugins, source, half, on_error, at, taken)
            return
        [one] = arrivals
        reason = None if isinstance(error, InFlightError) else str(error)
        taken.refused[one.id] = _refusal(source, one.id, one.text, at, reason)
    else:
        taken.created += report.created
        taken.changed += report.changed
        taken.unchanged += report.unchanged


def _refusal(source: Source, name: str, text: str, at: datetime, reason: str | None) -> RefusalRow:
    return RefusalRow(source=source.name, id=name, at=at, document=text, reason=reason)
