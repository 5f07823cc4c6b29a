"""The kinds of records there are: those whose plugin runs, and those that wait for theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qbferry.errors import InputError, NotFoundError
from qbferry.store.catalog import KnownKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qbferry.model import Entity
    from qbferry.plugin.manager import Plugins
    from qbferry.store.transaction import Transaction

__all__ = ["all_kinds", "declared", "entity_named", "entity_of", "kind_named"]


def declared(plugins: Plugins) -> dict[str, KnownKind]:
    """The kinds whose plugin runs, by name, in the order they take their turns."""
    return {
        name: KnownKind(
            name,
            plugins.owner(name),
            entity.label,
            entity.plural,
            tuple(entity.requests),
            tuple(entity.columns),
        )
        for name, entity in plugins.entities.items()
    }


def all_kinds(tx: Transaction, running: Mapping[str, KnownKind]) -> dict[str, KnownKind]:
    """All kinds there ever were: after those whose plugin runs the others."""
    return {**running} | {name: kind for name, kind in tx.catalog.all().items() if name not in running}


def kind_named(tx: Transaction, running: Mapping[str, KnownKind], name: str) -> KnownKind:
    """A kind of record, whether its plugin runs or not.

    Raises:
        NotFoundError: There never was one of that name.
    """
    kinds = all_kinds(tx, running)
    if name not in kinds:
        raise _unknown(name, kinds)
    return kinds[name]


def entity_of(plugins: Plugins, kind: KnownKind) -> Entity:
    """A kind of record as its plugin declares it.

    Raises:
        InputError: The plugin does not run, or does not declare it any more.
    """
    entity = plugins.entities.get(kind.name)
    if entity is None and kind.plugin in plugins.names:
        raise InputError(
            f"{kind.plural} are of the kind {kind.name}, which the plugin {kind.plugin} does not declare any "
            "more; install a version of it that does. Nothing was changed."
        )
    if entity is None:
        raise InputError(
            f"{kind.plural} wait for the plugin {kind.plugin}, which is not enabled; name it in [plugins] "
            "enabled. Nothing was changed."
        )
    return entity


def entity_named(plugins: Plugins, name: str) -> Entity:
    """The same by name, where no database is at hand.

    Raises:
        NotFoundError: No plugin that runs has it.
    """
    if name not in plugins.entities:
        raise _unknown(name, plugins.entities)
    return plugins.entities[name]


def _unknown(name: str, kinds: Iterable[str]) -> NotFoundError:
    there = ", ".join(kinds) or "none, as no plugin is enabled"
    return NotFoundError(f"There is no entity named {name}; there are: {there}.")
