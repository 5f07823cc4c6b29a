"""References: names in a record that stand for entries of QuickBooks' lists, or for other records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qbferry.model.lists import ListEntry

__all__ = ["NONE", "SHARED", "Name", "Names", "NewEntry", "Reference", "Target"]

T = TypeVar("T")

SHARED = frozenset({"Customer", "Vendor", "Employee", "OtherName"})
"""The lists that share one space of names: what one has, no other can have (facts E)."""

NONE = "(none)"
"""What a person maps to say what holds where a record names nothing, such as a class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a name may stand for.

    Attributes:
        label: What a person calls it: ``vendor``.
        kinds: The lists, in the order they are looked through; none where it stands for a record.
        record: The kind of record it is the id of, such as ``invoice``; empty: it stands for a list's entry.
        remedy: What to do where there is none of that name: a sentence.
        inactive: Whether an entry serves that a person made inactive in QuickBooks.
        optional: Whether the name is left out where there is none, instead of refusing the record.
        unfit: Why an entry does not serve, such as an account of the wrong type, in words that go on from
            "which"; None: it does.
        mend: What to do about one that does not serve; empty: the remedy.
    """

    label: str
    remedy: str
    kinds: tuple[str, ...] = ()
    record: str = ""
    inactive: bool = False
    optional: bool = False
    unfit: Callable[[ListEntry], str | None] = field(default=lambda _: None)
    mend: str = ""

    @property
    def lists(self) -> list[str]:
        """The lists that must be known: those it is looked for in, and those that may have its name."""
        return sorted({*self.kinds} | (SHARED if SHARED.intersection(self.kinds) else set()))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry that is made where QuickBooks has none, once, before the records that need it.

    Attributes:
        kind: The list: ``Vendor``.
        full_name: Its name.
        request: The request that makes it, which the entity declares: ``VendorAdd``.
        fields: What its template is rendered with, and its ``parent`` where it lies in one.
        longest: Characters QuickBooks holds of a part of the name.
        parent: The entry it lies in, such as a job's customer; it is made before, where there is none.
        names: What of its fields must be entries themselves, each reference standing ``at`` its field; of
            several for one field the first that is found holds.
    """

    kind: str
    full_name: str
    request: str
    fields: Mapping[str, Any] = field(compare=False)
    longest: int = 41
    parent: NewEntry | None = None
    names: tuple[Reference, ...] = field(default=(), compare=False)


@dataclass(slots=True, kw_only=True)
class Reference:
    """One name in one record, to be left as it was made.

    It is not frozen, as every record has several, and a frozen one takes three times as long to make.

    Attributes:
        at: Where it stands in the document, by which ``build_requests`` finds what it became:
            ``lines[0].item``.
        target: What it may stand for.
        name: The name, as the source gives it; empty: it names nothing, and stands for what a person has
            mapped ``(none)`` to, if anything.
        where: The same for a person: ``line 1``; empty for a record that has one such name.
        spellings: Other ways to write it, looked for as well: ``Ann Smith`` for ``Smith, Ann``.
        uses: What it is named for, the nearest first, where one name may stand for several entries: with
            ``time``, what ``Smith, Ann (time)`` is mapped to goes before what ``Smith, Ann`` is.
        new: What to make where QuickBooks has no such entry; None: nothing, and the record is refused.
    """

    at: str
    target: Target
    name: str
    where: str = ""
    spellings: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    new: NewEntry | None = None


@dataclass(frozen=True, slots=True)
class Name:
    """What a reference became; templates write it with ``ref``.

    Attributes:
        full_name: The name in QuickBooks, as given while its list was never read.
        list_id: The entry's identity, where it is known.
        linked: Whether a person or a transfer has said that it is this entry: it is referred to by its
            identity then, so that nobody minds when it is renamed.
        entry: The entry.
        txn_id: Of another record its TxnID; ``full_name`` is its number in QuickBooks then, or else its id.
    """

    full_name: str
    list_id: str | None = None
    linked: bool = False
    entry: ListEntry | None = None
    txn_id: str | None = None


class Names(Mapping[str, Name]):
    """What the references of a record became, by where they stand."""

    def __init__(self, found: Mapping[str, Name]) -> None:
        self._found = found

    def __getitem__(self, at: str) -> Name:
        return self._found[at]

    @overload
    def get(self, at: str, /) -> Name | None: ...
    @overload
    def get(self, at: str, /, default: Name | T) -> Name | T: ...
    def get(self, at: str, /, default: object = None) -> object:
        """As of any mapping, at a fifth of the cost."""
        return self._found.get(at, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)
