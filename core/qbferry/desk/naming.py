"""Naming conventions: what names in records are made of, for each company file in its own way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbferry.errors import InputError, NotFoundError
from qbferry.model.connector import ANY_KIND, WORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qbferry.model import Entity, Naming
    from qbferry.store.transaction import Transaction

__all__ = ["Convention", "conventions", "forget", "kinds", "put", "shown"]

LONGEST = 255
"""Characters of a convention."""


@dataclass(frozen=True, slots=True)
class Convention:
    """How names are made.

    Attributes:
        entity: In records of this kind: ``invoice``.
        kind: Of what: ``labor``, or ``any`` for all that have no convention of their own.
        pattern: Words in braces, and what stands between them: ``{role}~{billing_code}``.
    """

    entity: str
    kind: str
    pattern: str


def kinds(naming: Naming) -> tuple[str, ...]:
    """All that may have a convention."""
    return (ANY_KIND, *naming.kinds)


def shown(words: Iterable[str]) -> str:
    """Words as they stand in a convention."""
    return ", ".join(f"{{{word}}}" for word in words)


def conventions(tx: Transaction, connector: str | None) -> list[Convention]:
    """A connector's conventions.

    Raises:
        NotFoundError: There is no such connector.
    """
    found = tx.connectors.named(connector).conventions
    return [
        Convention(entity, kind, pattern)
        for entity, own in sorted(found.items())
        for kind, pattern in sorted(own.items())
    ]


def put(
    tx: Transaction, entities: Mapping[str, Entity], connector: str | None, wanted: Convention
) -> Convention:
    """Let names be made in a way from now on; what is in QuickBooks already stays as it is.

    Raises:
        NotFoundError: There is no such connector, or no names of these records are made.
        InputError: The convention cannot be.
    """
    kept = Convention(wanted.entity, wanted.kind.strip().casefold(), wanted.pattern.strip())
    _check(_naming(entities, wanted.entity), kept)
    row = tx.connectors.named(connector, lock=True)
    own = row.conventions.get(kept.entity, {}) | {kept.kind: kept.pattern}
    row.conventions = row.conventions | {kept.entity: own}
    tx.connectors.save(row)
    return kept


def forget(tx: Transaction, connector: str | None, entity: str, kind: str) -> None:
    """Let names be those of the source again.

    Raises:
        NotFoundError: There is no such connector, or no such convention.
    """
    row = tx.connectors.named(connector, lock=True)
    own = dict(row.conventions.get(entity, {}))
    if own.pop(kind.strip().casefold(), None) is None:
        raise NotFoundError(f'There is no convention for "{kind}" of the kind of records {entity}.')
    row.conventions = row.conventions | {entity: own}
    tx.connectors.save(row)


def _naming(entities: Mapping[str, Entity], name: str) -> Naming:
    entity = entities.get(name)
    if entity is None or entity.naming is None:
        known = ", ".join(one.name for one in entities.values() if one.naming) or "none"
        raise NotFoundError(f"No names are made in records of the kind {name}; they are in: {known}.")
    return entity.naming


def _check(naming: Naming, wanted: Convention) -> None:
    """Make sure that names can be made so.

    Raises:
        InputError: They cannot.
    """
    if wanted.kind not in kinds(naming):
        raise InputError(
            f'There is no kind "{wanted.kind}" in {wanted.entity}; there are: {", ".join(kinds(naming))}.'
        )
    if not wanted.pattern or len(wanted.pattern) > LONGEST or not wanted.pattern.isprintable():
        raise InputError(
            f"A convention has 1 to {LONGEST} characters, on one line; this one has {len(wanted.pattern)}."
        )
    words = shown(naming.words)
    for word in WORD.findall(wanted.pattern):
        if word not in naming.words:
            raise InputError(f"No name can be made of {{{word}}}; there are: {words}.")
    if {"{", "}"} & {*WORD.sub("", wanted.pattern)}:
        raise InputError(f'"{wanted.pattern}" has a brace that belongs to no word; there are: {words}.')
