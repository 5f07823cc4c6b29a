"""Which company file records go to.

Those of an organization or a resource go to its connector, all else to the default one. Records that
QuickBooks never had follow when that changes; those that it has stay.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbferry.desk.shelf import name_some
from qbferry.errors import InputError, NotFoundError
from qbferry.model import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from qbferry.plugin.manager import Plugins
    from qbferry.store.transaction import Transaction

__all__ = ["KINDS", "Moved", "routed", "set_route", "unset_route"]

KINDS = ("organization", "resource")

LONGEST = 255


@dataclass(frozen=True, slots=True)
class Moved:
    """What a changed route did.

    Attributes:
        kind: ``organization`` or ``resource``.
        name: The party's.
        connector: Whose records of that party are from now on.
        moved: How many records that QuickBooks never had went there.
        stayed: Ids of those that are with QuickBooks at this moment, or whose id is there already.
    """

    kind: str
    name: str
    connector: str
    moved: int
    stayed: list[str]

    @property
    def done(self) -> str:
        """What a person is told."""
        return (
            f"The {self.kind} {self.name} belongs to {self.connector}. Records that went there: {self.moved}."
        )

    @property
    def left(self) -> str:
        """What a person is told of records that did not follow; empty when all did."""
        if not self.stayed:
            return ""
        return (
            "These stay where they are, since they are with QuickBooks at this moment, or their ids are "
            f"there already: {name_some(self.stayed)}."
        )


def routed(party: str, routes: Mapping[str, int]) -> int | None:
    """The connector that a folded party belongs to; a job to its customer's. None: the default one."""
    return routes.get(party, routes.get(party.partition(":")[0]))


def set_route(tx: Transaction, plugins: Plugins, kind: str, name: str, connector: str) -> Moved:
    """Let an organization or a resource belong to a connector.

    Raises:
        NotFoundError: There is no such connector.
        InputError: The name is blank or too long.
    """
    text = " ".join(name.split())
    if not text or len(text) > LONGEST:
        raise InputError(f"The name of the {kind} is blank or longer than {LONGEST} characters.")
    tx.installations.lock()
    row = tx.connectors.named(connector)
    tx.routes.set(kind, text, row.id)
    return _follow(tx, plugins, kind, text, row.id)


def unset_route(tx: Transaction, plugins: Plugins, kind: str, name: str) -> Moved:
    """Let an organization or a resource belong to the default connector again.

    Raises:
        NotFoundError: It does already.
    """
    tx.installations.lock()
    if not tx.routes.unset(kind, name):
        raise NotFoundError(f"The {kind} {name} goes to the default connector already.")
    return _follow(tx, plugins, kind, name, tx.connectors.named(None).id)


def _follow(tx: Transaction, plugins: Plugins, kind: str, name: str, target: int) -> Moved:
    """Move what QuickBooks never had, and keep runs and other writers away from both ends."""
    entities = [entity.name for entity in plugins.entities.values() if entity.routed_by == kind]
    rows = {
        row.id: tx.connectors.lock(row.id) for row in sorted(tx.connectors.everyone(), key=lambda row: row.id)
    }
    routes = tx.routes.of(kind)
    groups: dict[tuple[int, str], list[tuple[int, str]]] = defaultdict(list)
    for source, pk, entity, record_id, party in tx.routes.movable(entities, fold(name), target):
        # A job may have a route of its own, which counts before its customer's.
        if (routed(party, routes) or target) == target:
            groups[source, entity].append((pk, record_id))
    moved = 0
    stayed: list[str] = []
    for (source, entity), found in groups.items():
        flying = tx.messages.in_flight(source, entity)
        there = _there(tx, target, entity, [record_id for _, record_id in found])
        goes = [pk for pk, record_id in found if pk not in flying and record_id not in there]
        stayed += [record_id for pk, record_id in found if pk in flying or record_id in there]
        row = rows[target]
        row.last_position = tx.routes.move(entity, goes, source, target, row.last_position)
        moved += len(goes)
    tx.connectors.save(rows[target])
    return Moved(kind, name, rows[target].name, moved, stayed)


def _there(tx: Transaction, connector_id: int, entity: str, ids: list[str]) -> Collection[str]:
    return {
        record_id
        for record_id, places in tx.records.whereabouts(entity, ids).items()
        if connector_id in places
    }
