"""Mappings: what names of the source stand for in QuickBooks, said by a person."""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbferry.errors import HookError, InputError, MisfitError, NotFoundError
from qbferry.model import Record, TransferStatus, fold
from qbferry.store.connectors import connector_of
from qbferry.store.records import MANY, Filter
from qbferry.transfer.references import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from qbferry.model import Reference
    from qbferry.plugin.manager import Plugins
    from qbferry.store.rows import ConnectorRow
    from qbferry.store.transaction import Transaction

__all__ = ["Mapping", "Unresolved", "forget", "mappings", "put", "unresolved"]

WAITING = Filter(statuses=(TransferStatus.PENDING, TransferStatus.FAILED))

LONGEST = 255
"""Characters of a name that are kept."""

CANDIDATES = 200
"""Names that share a word with one and are compared with it letter by letter."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """What a name stands for.

    Attributes:
        kind: The list of QuickBooks: ``Vendor``.
        name: The name, as its source gives it.
        entry: The full name of the entry; empty in a list that has it no more.
    """

    kind: str
    name: str
    entry: str


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A name in records that wait, which stands for nothing.

    Attributes:
        label: What it is called: ``vendor``.
        kinds: The lists it may be mapped in.
        name: The name.
        records: How many records have it.
        near: QuickBooks' names that are like it, the nearest first, each with its list.
    """

    label: str
    kinds: tuple[str, ...]
    name: str
    records: int
    near: tuple[tuple[str, str], ...]


def mappings(tx: Transaction, connector: str | None) -> list[tuple[Mapping, str]]:
    """All mappings of a connector, each with who made it: ``person`` or ``transfer``.

    Raises:
        NotFoundError: There is no such connector.
    """
    row = tx.connectors.named(connector)
    return [
        (Mapping(link.kind, link.name, link.full_name or ""), link.origin) for link in tx.lists.links(row.id)
    ]


def put(tx: Transaction, connector: str | None, wanted: Iterable[Mapping]) -> int:
    """Let names stand for entries; all of them, or none.

    Returns:
        How many.

    Raises:
        NotFoundError: There is no such connector.
        InputError: A list was never read, or has no such entry; the text names all that do not fit.
    """
    row = tx.connectors.named(connector, lock=True)
    problems: list[str] = []
    number = 0
    for one in wanted:
        number += 1
        if problem := _put(tx, row, one):
            problems.append(problem)
    if problems:
        raise InputError(" ".join([*problems, "Nothing was changed."]))
    return number


def forget(tx: Transaction, connector: str | None, kind: str, name: str) -> None:
    """Let a name stand for nothing but itself again.

    Raises:
        NotFoundError: There is no such connector, or no such mapping.
    """
    row = tx.connectors.named(connector, lock=True)
    if not tx.lists.unlink(row.id, kind, name):
        raise NotFoundError(f'The name "{name}" is not mapped to an entry of the list {kind}.')


def unresolved(
    tx: Transaction, plugins: Plugins, connector: str | None, on_error: str, now: datetime
) -> list[Unresolved]:
    """The names in waiting records that stand for nothing, those in most records first.

    Raises:
        NotFoundError: There is no such connector.
    """
    row = tx.connectors.named(connector)
    counts: Counter[tuple[str, tuple[str, ...], str]] = Counter()
    spelled: dict[str, str] = {}
    for reference in _unresolved(tx, plugins, row, on_error, now):
        key = fold(reference.name)
        spelled.setdefault(key, reference.name)
        counts[reference.target.label, reference.target.kinds, key] += 1
    nearest = _Nearest(tx, row)
    return [
        Unresolved(label, kinds, spelled[key], number, tuple(nearest.to(kinds, spelled[key])))
        for (label, kinds, key), number in counts.most_common()
    ]


def _put(tx: Transaction, row: ConnectorRow, wanted: Mapping) -> str | None:
    """Keep one mapping; else what is wrong with it."""
    lists = tx.lists.of(row.id)
    if not wanted.name.strip() or len(wanted.name) > LONGEST:
        return f'The name "{wanted.name[:LONGEST]}" is blank, or longer than {LONGEST} characters.'
    if not lists.known(wanted.kind):
        known = tx.lists.kinds(row.id)
        return f"The list {wanted.kind} of {row.name} was not read yet; " + (
            f"there are: {', '.join(known)}." if known else "the first run reads all that are needed."
        )
    entry = lists.exact(wanted.kind, wanted.entry)
    if entry is None:
        near = [name for _, name in _Nearest(tx, row).to([wanted.kind], wanted.entry)]
        hint = f" Did you mean {' or '.join(near[:3])}?" if near else ""
        return f'QuickBooks has no "{wanted.entry}" in its list {wanted.kind}.{hint}'
    tx.lists.link(row.id, wanted.kind, wanted.name, entry.list_id, "person")
    return None


def _unresolved(
    tx: Transaction, plugins: Plugins, row: ConnectorRow, on_error: str, now: datetime
) -> Iterator[Reference]:
    connector, lists = connector_of(row, on_error, now), tx.lists.of(row.id)
    for entity in plugins.entities.values():
        after = 0
        while page := tx.records.page(row.id, entity.name, WAITING, after=after, limit=MANY):
            after = page[-1].pk
            for stored in page:
                try:
                    record = Record.read(entity, stored)
                    references = plugins.references(entity, record, connector)
                except (HookError, MisfitError):
                    continue  # its own reason says so when it is sent
                unresolved = resolve(references, lists, {}).unresolved
                yield from (reference for reference in unresolved if reference.target.kinds)


class _Nearest:
    """Finds QuickBooks' names that are like another; each list is read once."""

    def __init__(self, tx: Transaction, row: ConnectorRow) -> None:
        self._tx, self._row = tx, row
        self._words: dict[str, dict[str, list[str]]] = {}

    def to(self, kinds: Sequence[str], name: str) -> list[tuple[str, str]]:
        """At most five names, each behind its list, the nearest first."""
        wanted = fold(name)
        scored = [
            (difflib.SequenceMatcher(None, wanted, fold(other)).ratio(), kind, other)
            for kind in kinds
            for other in self._candidates(kind, wanted)
        ]
        return [(kind, other) for score, kind, other in sorted(scored, reverse=True)[:5] if score > 0.4]

    def _candidates(self, kind: str, wanted: str) -> list[str]:
        if kind not in self._words:
            words: dict[str, list[str]] = defaultdict(list)
            for name in self._tx.lists.names(self._row.id, kind):
                for word in _words(fold(name)):
                    words[word].append(name)
            self._words[kind] = words
        index = self._words[kind]
        # Words that few names have tell most.
        lists = sorted((index.get(word, []) for word in _words(wanted)), key=len)
        return [*dict.fromkeys(name for names in lists for name in names)][:CANDIDATES]


def _words(text: str) -> set[str]:
    """Words of a folded name, and their beginnings, so that a slip at the end does no harm."""
    words = {word for part in text.split(":") for word in part.replace(",", " ").split()}
    return words | {word[:4] for word in words if len(word) > 4}
