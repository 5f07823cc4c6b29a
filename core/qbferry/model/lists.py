"""QuickBooks' lists, as mirrored."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from qbferry.model.status import TransferStatus

__all__ = ["LIST_POLL", "ListEntry", "Lists", "Peer", "fold"]

LIST_POLL = "lists."
"""Polls that mirror a list are named for it: ``lists.Vendor``."""


@lru_cache(maxsize=2_000)
def fold(name: str) -> str:
    """A name as it is compared: without regard to case (facts E), width, composition and kinds of blanks.

    ``~`` between its parts, as sources write it, is QuickBooks' ``:``.
    """
    parts = unicodedata.normalize("NFKC", name).casefold().replace("~", ":").split(":")
    return ":".join(" ".join(part.split()) for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """An entry of a QuickBooks list, as mirrored.

    Attributes:
        kind: The list: ``Customer``, ``Vendor``, ``Employee``, ``Account``, ``ShipMethod``, …
        list_id: QuickBooks' own identity of the entry.
        full_name: ``Parent:Child``.
        is_active: False when a person made it inactive in QuickBooks.
        data: Further elements of the entry that a plugin's poll kept, by name.
        linked: Whether it was found because a person or a transfer said that a name stands for it.
    """

    kind: str
    list_id: str
    full_name: str
    is_active: bool = True
    data: Mapping[str, str] = field(default_factory=dict)
    linked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """Another record, as one that refers to it sees it.

    Attributes:
        entity: The name of its kind: ``invoice``.
        id: The source's identity of it.
        status: Where it stands.
        txn_id: Its TxnID in QuickBooks; None: QuickBooks does not have it.
        number: The number a person sees in QuickBooks.
        gone: Whether it was voided or deleted in QuickBooks.
        in_doubt: Whether nobody can tell if QuickBooks has it.
    """

    entity: str
    id: str
    status: TransferStatus
    txn_id: str | None = None
    number: str | None = None
    gone: bool = False
    in_doubt: bool = False


class Lists(Protocol):
    """QuickBooks' lists as last mirrored, for the connector at hand, and its other records."""

    def known(self, kind: str) -> bool:
        """Tell whether the list was ever read; before that, nothing can be said about a name."""

    def find(self, kind: str, name: str) -> ListEntry | None:
        """Find an entry by stored link, then by full name without regard to case."""

    def ending(self, kind: str, name: str) -> Sequence[ListEntry]:
        """Find a few active entries that have this name below another: ``Overhead:Travel`` for ``Travel``."""

    def numbered(self, entity: str, number: str) -> Sequence[Peer]:
        """Find the records of a kind that have a number at their source, in the order they arrived."""

    def peer(self, entity: str, record_id: str) -> Peer | None:
        """Find another record of the same company file by its kind and its id."""
