"""Which organizations and resources belong to which connector, and records that move with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, insert, or_, select, update

from qbferry.model import TransferStatus, fold
from qbferry.store import tables
from qbferry.store.counters import add_up

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

__all__ = ["Route", "Routes"]

MANY = 500

_T, _R, _H, _C = tables.route, tables.record, tables.history, tables.connector


class Route(NamedTuple):
    """A party whose records belong to a connector.

    Attributes:
        kind: ``organization`` or ``resource``.
        name: As a person wrote it.
        connector: The connector's name.
        connector_id: Its key.
    """

    kind: str
    name: str
    connector: str
    connector_id: int


_NEVER_HAD = (
    _R.c.transfer_status != TransferStatus.TRANSFERRED,
    _R.c.transfer_count == 0,
    _R.c.txn_id.is_(None),
    _R.c.done.is_(None),
    _R.c.in_doubt.is_(False),
    _R.c.lost.is_(None),
)
"""What is true of a record that QuickBooks never had."""


class Routes:
    """Keeps them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[Route]:
        """Every one, by kind and name."""
        statement = select(_T.c.kind, _T.c.name, _C.c.name, _T.c.connector_id).join(
            _C, _C.c.id == _T.c.connector_id
        )
        return [Route(*row) for row in self._connection.execute(statement.order_by(_T.c.kind, _T.c.folded))]

    def of(self, kind: str) -> Mapping[str, int]:
        """Folded name -> connector, of one kind."""
        return dict(
            self._connection.execute(select(_T.c.folded, _T.c.connector_id).where(_T.c.kind == kind)).all()
        )

    def set(self, kind: str, name: str, connector_id: int) -> None:
        """Let a party belong to a connector from now on."""
        self.unset(kind, name)
        values = {"kind": kind, "folded": fold(name), "name": name, "connector_id": connector_id}
        self._connection.execute(insert(_T), values)

    def unset(self, kind: str, name: str) -> bool:
        """Let a party belong to the default connector again; whether it belonged to another."""
        which = (_T.c.kind == kind, _T.c.folded == fold(name))
        return bool(self._connection.execute(delete(_T).where(*which)).rowcount)

    # -- Records that move

    def movable(
        self, entities: Collection[str], folded: str, target: int
    ) -> list[tuple[int, int, str, str, str]]:
        """Records of a party and of its jobs that QuickBooks never had, in other connectors than one.

        Returns:
            Of each its connector, key, entity, id and folded party.
        """
        columns = (_R.c.connector_id, _R.c.pk, _R.c.entity, _R.c.id, _R.c.party_folded)
        jobs = _R.c.party_folded.startswith(f"{folded}:", autoescape=True)
        statement = select(*columns).where(
            _R.c.entity.in_(entities),
            or_(_R.c.party_folded == folded, jobs),
            _R.c.connector_id != target,
            *_NEVER_HAD,
        )
        return [
            tuple(row) for row in self._connection.execute(statement.order_by(_R.c.queue_position, _R.c.pk))
        ]

    def never_had(self, keys: Sequence[int]) -> list[int]:
        """Those of some records that QuickBooks never had, in the order in which they are to go."""
        found: list[int] = []
        for start in range(0, len(keys), MANY):
            mine = _R.c.pk.in_(keys[start : start + MANY])
            ordered = select(_R.c.pk).where(mine, *_NEVER_HAD).order_by(_R.c.queue_position, _R.c.pk)
            found += self._connection.execute(ordered).scalars()
        return found

    def move(self, entity: str, keys: Sequence[int], source: int, target: int, last_position: int) -> int:
        """Let records of one entity belong to another connector, with their history.

        Args:
            entity: Their kind.
            keys: In the order in which those that are due are to go.
            source: The connector they belong to.
            target: The one they are to belong to; both are locked.
            last_position: The last place in its queue that was given out.

        Returns:
            The last place that is given out now.
        """
        for start in range(0, len(keys), MANY):
            part = keys[start : start + MANY]
            mine = _R.c.pk.in_(part)
            add_up(self._connection, _R, source, entity, mine, sign=-1)
            due = select(_R.c.pk).where(mine, _R.c.queue_position.is_not(None))
            waiting = {*self._connection.execute(due).scalars()}
            for pk in part:
                last_position += pk in waiting
                changes = {"connector_id": target, "version": _R.c.version + 1} | (
                    {"queue_position": last_position} if pk in waiting else {}
                )
                self._connection.execute(update(_R).where(_R.c.pk == pk).values(changes))
            add_up(self._connection, _R, target, entity, mine)
            self._connection.execute(
                update(_H).where(_H.c.record_pk.in_(part), _H.c.owner == "record").values(connector_id=target)
            )
        return last_position
