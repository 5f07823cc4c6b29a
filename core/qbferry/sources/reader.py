"""Reading sources: one process at a time, each part in one transaction with the cursor behind it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from qbferry.errors import HookError, InputError, NotFoundError, QbferryError
from qbferry.sources.taking import checked, take
from qbferry.store.sources import SourceRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qbferry.model import Source
    from qbferry.plugin.manager import Plugins
    from qbferry.plugin.sources import Draught
    from qbferry.store.database import Database
    from qbferry.store.transaction import Transaction

__all__ = ["Progress", "Reader", "reset", "source_named"]

LEASE = timedelta(minutes=10)
"""After so long without a word of the process that reads a source, another one goes on."""

LONGEST_PAUSE = timedelta(hours=1)
"""Between two tries of a source that fails; the first pause is a minute."""

SOON = timedelta(minutes=1)
"""When a source is read again one of whose records was with QuickBooks."""

RETRIED = 500
"""Documents that wait, and are tried again with each part."""

LONGEST_ERROR = 2000


@dataclass(frozen=True, slots=True)
class Progress:
    """What was read of a source, so far.

    Attributes:
        created: Records that were new.
        changed: Records that were there and are different now.
        unchanged: Records that were there just so.
        refused: Documents that could not be taken in; they are kept, and tried again.
        more: There is more to read by now.
    """

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    more: bool = False

    @property
    def documents(self) -> int:
        """All of them."""
        return self.created + self.changed + self.unchanged


class Reader:
    """Reads sources for one process.

    Args:
        database: Where their records go.
        plugins: Whose sources they are.
        on_error: The setting ``transfer.on_error``.
    """

    def __init__(self, database: Database, plugins: Plugins, on_error: str) -> None:
        self._database, self._plugins, self._on_error = database, plugins, on_error
        self._holder = secrets.token_hex(8)

    def work(self, name: str, now: datetime | None = None) -> int:
        """Read a part of a source if it is due, and nobody else reads it; how many documents came."""
        now = now or datetime.now(UTC)
        source = source_named(self._plugins, name)
        with self._database.read() as tx:
            row = tx.sources.named(name)
        if row is not None and now < row.due_at <= now + max(source.every, LONGEST_PAUSE):
            return 0  # what is due later than that was put off by a clock that has been set back since
        try:
            part = self._part(source, now)
        except HookError:
            return 0  # it is noted, and told as an alert when it goes on
        return part.documents + part.more if part else 0

    def run(self, name: str, watch: Callable[[Progress], None] = lambda _: None) -> Progress:
        """Read a source to its end, now.

        Raises:
            NotFoundError: There is none of that name.
            InputError: Another process reads it at this moment.
            HookError: It cannot be read, and why; what was taken in until then stays.
        """
        source = source_named(self._plugins, name)
        told = Progress(more=True)
        while told.more:
            part = self._part(source, datetime.now(UTC))
            if part is None:
                raise InputError(
                    f"Another process reads the source {name} at this moment; wait until it is done, or try "
                    "again in ten minutes if it was killed."
                )
            told = Progress(
                told.created + part.created,
                told.changed + part.changed,
                told.unchanged + part.unchanged,
                part.refused,
                part.more,
            )
            watch(told)
        return told

    def _part(self, source: Source, now: datetime) -> Progress | None:
        """Read and take in one part; None: another process does, or the source was reset meanwhile.

        Raises:
            HookError: It cannot be read; that is noted.
        """
        with self._database.write() as tx:
            if not tx.leases.take(_lease(source), self._holder, now, now + LEASE):
                return None
            begun = tx.sources.named(source.name) or SourceRow(name=source.name, due_at=now)
            kept = {row.id: row for row in tx.sources.refusals(source.name, RETRIED)}
        try:
            draught = self._plugins.supply.fetch(source.name, begun.cursor)
            waiting = {name: row.document for name, row in kept.items()}
            arrivals, misfits = checked(self._plugins, source, waiting | {**draught.documents}, now)
        except QbferryError as error:
            self._failed(source, now, str(error))
            raise HookError(str(error)) from error
        with self._database.write() as tx:
            row = self._mine(tx, source, begun)
            if row is None:
                return None
            taken = take(tx, self._plugins, source, arrivals, self._on_error, now)
            refused = {
                name: replace(one, at=kept[name].at if name in kept else one.at)
                for name, one in (misfits | taken.refused).items()
            }
            tx.sources.forget(source.name, (kept.keys() | draught.documents.keys()) - refused.keys())
            tx.sources.refuse([*refused.values()])
            count = taken.created + taken.changed
            tx.sources.save(_read(source, row, draught, datetime.now(UTC), count, refused))
            if not draught.more:
                tx.leases.give_back(_lease(source), self._holder, now)
        return Progress(taken.created, taken.changed, taken.unchanged, len(refused), draught.more)

    def _mine(self, tx: Transaction, source: Source, begun: SourceRow) -> SourceRow | None:
        """The source, if it is still this process's to read, and as it was."""
        now = datetime.now(UTC)
        if not tx.leases.take(_lease(source), self._holder, now, now + LEASE):
            return None
        row = tx.sources.named(source.name) or SourceRow(name=source.name, due_at=now)
        return row if row.cursor == begun.cursor else None

    def _failed(self, source: Source, now: datetime, error: str) -> None:
        with self._database.write() as tx:
            row = tx.sources.named(source.name) or SourceRow(name=source.name, due_at=now)
            row.error, row.tries = error[:LONGEST_ERROR], row.tries + 1
            row.due_at = now + min(LONGEST_PAUSE, timedelta(minutes=2 ** min(row.tries - 1, 10)))
            tx.sources.save(row)
            tx.leases.give_back(_lease(source), self._holder, now)


def _read(
    source: Source, row: SourceRow, draught: Draught, now: datetime, count: int, refused: Mapping[str, object]
) -> SourceRow:
    """A source that was read without a fault."""
    waits = any(getattr(one, "reason", None) is None for one in refused.values())
    pause = timedelta() if draught.more else min(SOON, source.every) if waits else source.every
    return SourceRow(
        name=source.name,
        cursor=draught.cursor,
        due_at=now + pause,
        read_at=now,
        taken=row.taken + count,
    )


def source_named(plugins: Plugins, name: str) -> Source:
    """A source.

    Raises:
        NotFoundError: There is none of that name.
    """
    found = plugins.supply.declared.get(name)
    if found is None:
        there = ", ".join(plugins.supply.declared) or "none, as no plugin that is enabled has one"
        raise NotFoundError(f"There is no source named {name}; there are: {there}.")
    return found


def reset(tx: Transaction, source: Source, now: datetime) -> None:
    """Let a source be read from its beginning; records that are there stay, and are not doubled."""
    tx.sources.forget(source.name)
    row = tx.sources.named(source.name) or SourceRow(name=source.name, due_at=now)
    tx.sources.save(replace(row, cursor=None, due_at=now, taken=0, tries=0, error=None))


def _lease(source: Source) -> str:
    return f"source {source.name}"
