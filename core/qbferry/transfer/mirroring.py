"""QuickBooks' lists as they are mirrored: which are read in a run, whole or what changed, and kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from qbferry.errors import ConfigError, PluginError
from qbferry.model import LIST_POLL, Occasion
from qbferry.plugin.mirror import Deletions, Mirror, check_kind, mirror
from qbferry.transfer import occasions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qbferry.config import TransferSettings
    from qbferry.model import Poll
    from qbferry.qbxml.response import Response
    from qbferry.store.polls import Stand
    from qbferry.transfer.call import Call

__all__ = ["PAGE", "REFRESH", "Mirroring", "read_again", "wishes"]

PAGE = 500
"""Objects in one part of a long list; an answer stays well below the 10 MB the Web Connector carries."""

REFRESH = "all of it"
"""What a list is to be asked about that a person wants to have read."""


class Mirroring:
    """Decides on lists, and keeps them.

    ``run.memory`` holds ``{"old": [lists that a refusal has shown to be old], "wholes": [names of polls that
    read a list whole]}``.
    """

    def __init__(self, settings: TransferSettings) -> None:
        """Begin.

        Raises:
            ConfigError: A setting names a list that QuickBooks does not have.
        """
        for kind in (*settings.lists_also, *settings.lists_every):
            try:
                check_kind(kind)
            except PluginError as error:
                where = "lists_also" if kind in settings.lists_also else "lists_every"
                raise ConfigError(f"The setting transfer.{where} does not fit: {error}") from error
        self._also = [mirror(kind) for kind in settings.lists_also]
        self._every = {kind: timedelta(minutes=each) for kind, each in settings.lists_every.items()}

    def polls(self, wanted: Sequence[Poll], stands: Mapping[str, Stand]) -> list[Poll]:
        """The polls of a run: those that are wanted, and the lists of the settings and of people."""
        found = {poll.name: poll for poll in (*wanted, *self._also, *wishes(stands))}
        return [self._at_intervals(poll) for poll in found.values()]

    def _at_intervals(self, poll: Poll) -> Poll:
        if isinstance(poll, Mirror) and poll.kind in self._every:
            return replace(poll, interval=self._every[poll.kind])
        return poll

    def due(self, call: Call, polls: Iterable[Poll], stands: Mapping[str, Stand]) -> list[Poll]:
        """The lists to be read now, and what asks for what was deleted of those that are not read whole."""
        found: list[Poll] = []
        old = call.run.memory.get("old", ())
        for poll in polls:
            if not isinstance(poll, Mirror):
                continue
            stand = stands.get(poll.name)
            if not (
                poll.kind in old
                or (stand and stand.inquires)
                or occasions.due(poll, stand, call.row, call.now)
            ):
                continue
            if poll.deletions and not self._is_whole(call, poll, stand):
                found.append(poll.deletions)
            found.append(poll)
        return found

    def occasion(self, call: Call, poll: Poll, stand: Stand | None) -> Occasion:
        """What a list is to be asked for: what was changed, or all of it.

        All of it the first time, once a week, where a person asks for it, and where a refusal has shown that
        the list is old and reading it whole costs little, or was not done within a day.
        """
        if isinstance(poll, Mirror) and self._is_whole(call, poll, stand):
            return Occasion()
        return occasions.occasion(poll, stand, call.row, call.now)

    def _is_whole(self, call: Call, poll: Mirror, stand: Stand | None) -> bool:
        if not poll.mark or stand is None or stand.inquires or occasions.whole(stand, call.now):
            return True
        if poll.kind not in call.run.memory.get("old", ()):
            return False
        return (
            occasions.whole(stand, call.now, occasions.DAY)
            or call.tx.lists.number(call.row.id, poll.kind, PAGE + 1) <= PAGE
        )

    def begin(self, call: Call, poll: Poll, occasion: Occasion) -> None:
        """Note that a list is about to be read from its beginning."""
        if isinstance(poll, Mirror) and occasion.since is None:
            call.tx.lists.mark(call.row.id, poll.kind)
            call.remember(wholes=[*call.run.memory.get("wholes", ()), poll.name])

    def keep(self, call: Call, poll: Mirror | Deletions, response: Response) -> None:
        """Keep what was answered of a list."""
        if isinstance(poll, Mirror):
            call.tx.lists.keep(call.row.id, poll.kind, poll.entries(response))
        else:
            call.tx.lists.remove(call.row.id, poll.kind, poll.list_ids(response))

    def end(self, call: Call, poll: Poll, *, refused: bool = False) -> bool:
        """Note that a list was read to its end, or cannot be; whether it was read whole."""
        if not isinstance(poll, Mirror):
            return False
        memory = call.run.memory
        whole = poll.name in memory.get("wholes", ()) and not refused
        if whole:
            call.tx.lists.sweep(call.row.id, poll.kind)
        call.tx.polls.asked(call.row.id, poll.name, [REFRESH])
        call.remember(
            wholes=[name for name in memory.get("wholes", ()) if name != poll.name] or None,
            old=[kind for kind in memory.get("old", ()) if kind != poll.kind] or None,
        )
        return whole


def wishes(stands: Mapping[str, Stand]) -> list[Poll]:
    """The lists that people want to have read."""
    return [
        mirror(name.removeprefix(LIST_POLL))
        for name, stand in stands.items()
        if stand.inquires and name.startswith(LIST_POLL)
    ]


def read_again(call: Call, kinds: Iterable[str]) -> None:
    """Let lists be read once more in this run, before another record is tried."""
    old = {*kinds}
    again = {LIST_POLL + kind for kind in old} | {f"deleted.{kind}" for kind in old}
    over = [name for name in call.run.memory.get("over", ()) if name not in again]
    old |= {*call.run.memory.get("old", ())}
    call.remember(over=over, old=sorted(old), polled=None)
