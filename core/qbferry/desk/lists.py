"""QuickBooks' lists at hand: what there is of them, and having them read anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbferry.errors import InputError, NotFoundError, PluginError
from qbferry.model import LIST_POLL
from qbferry.plugin.mirror import KINDS, check_kind
from qbferry.store.polls import Stand
from qbferry.transfer.mirroring import REFRESH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from qbferry.model import ListEntry
    from qbferry.store.transaction import Transaction

__all__ = ["KeptList", "entries", "overview", "refresh"]

NEVER = Stand(None, None)


@dataclass(frozen=True, slots=True)
class KeptList:
    """A list of QuickBooks, as it is at hand.

    Attributes:
        kind: ``Customer``.
        active: How many active entries it has.
        inactive: How many that a person made inactive.
        read_at: When its changes were last asked for; None: it was never read.
        whole_at: When it was last read from its beginning to its end.
        wanted: Whether a person wants it to be read whole in the next run.
    """

    kind: str
    active: int
    inactive: int
    read_at: datetime | None
    whole_at: datetime | None
    wanted: bool


def overview(tx: Transaction, connector: str | None) -> list[KeptList]:
    """All lists there are, and others that a plugin keeps.

    Raises:
        NotFoundError: There is no such connector.
    """
    row = tx.connectors.named(connector)
    stands, numbers = tx.polls.stands(row.id), tx.lists.numbers(row.id)
    others = {name.removeprefix(LIST_POLL) for name in stands if name.startswith(LIST_POLL)}
    found = []
    for kind in (*KINDS, *sorted(others - {*KINDS})):
        stand, (active, inactive) = stands.get(LIST_POLL + kind, NEVER), numbers.get(kind, (0, 0))
        found.append(
            KeptList(kind, active, inactive, stand.answered_at, stand.whole_at, wanted=stand.inquires)
        )
    return found


def entries(tx: Transaction, connector: str | None, kind: str) -> Iterator[ListEntry]:
    """The entries of a list, by name.

    Raises:
        NotFoundError: There is no such connector, or the list was never read.
        InputError: QuickBooks has no such list.
    """
    row = tx.connectors.named(connector)
    _check(kind)
    if not tx.lists.of(row.id).known(kind):
        raise NotFoundError(
            f"The list {kind} of {row.name} was not read yet. Have it read in the next run with: "
            f"qbferry lists refresh {kind}"
        )
    return tx.lists.entries(row.id, kind)


def refresh(tx: Transaction, connector: str | None, kinds: Sequence[str]) -> list[str]:
    """Have lists read whole in the next run, which is made for that; without any, all that were ever read.

    Returns:
        Which.

    Raises:
        NotFoundError: There is no such connector.
        InputError: QuickBooks has no such list, or none was ever read.
    """
    row = tx.connectors.named(connector, lock=True)
    for kind in kinds:
        _check(kind)
    wanted = [*dict.fromkeys(kinds)] or tx.lists.kinds(row.id)
    if not wanted:
        raise InputError(
            f"No list of {row.name} was read yet; the first run reads all that are needed. "
            "Name one to have it read: qbferry lists refresh Customer"
        )
    for kind in wanted:
        tx.polls.inquire(row.id, LIST_POLL + kind, [REFRESH])
    return wanted


def _check(kind: str) -> None:
    try:
        check_kind(kind)
    except PluginError as error:
        raise InputError(str(error)) from error
