"""QuickBooks' lists as mirrored, the links a person or an earlier transfer made, and when lists were read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, literal, select, union_all, update

from qbferry.model import LIST_POLL, ListEntry, Peer, fold
from qbferry.store import tables
from qbferry.store.prepared import Prepared, PreparedPairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import CTE, CompoundSelect, Connection

__all__ = ["Link", "ListStore", "StoredLists"]

MANY = 500
"""Rows that are looked at, or changed, at a time."""

_E, _L, _P, _R = tables.list_entry, tables.link, tables.poll, tables.record
_ENTRY = (_E.c.kind, _E.c.list_id, _E.c.full_name, _E.c.is_active, _E.c.data)
_JOINED = (_L.c.connector_id == _E.c.connector_id) & (_L.c.kind == _E.c.kind) & (_L.c.list_id == _E.c.list_id)
_NAMED = (
    select(*_ENTRY)
    .where(
        _E.c.connector_id == bindparam("connector"),
        _E.c.kind == bindparam("kind"),
        _E.c.folded == bindparam("folded"),
    )
    .order_by(_E.c.is_active.desc(), _E.c.pk)
    .limit(1)
)
_EXACT = Prepared(_NAMED)


def _finding(wanted: CTE) -> CompoundSelect[Any]:
    """What has one of the wanted names, by a link and by itself."""
    about = (wanted.c.kind, wanted.c.folded, _E.c.pk)
    linked = (
        select(*_ENTRY, *about, literal(1).label("linked"))
        .select_from(wanted)
        .join(_L, (_L.c.kind == wanted.c.kind) & (_L.c.folded == wanted.c.folded))
        .join(_E, _JOINED)
        .where(_L.c.connector_id == bindparam("connector"))
    )
    named = (
        select(*_ENTRY, *about, literal(0).label("linked"))
        .select_from(wanted)
        .join(_E, (_E.c.kind == wanted.c.kind) & (_E.c.folded == wanted.c.folded))
        .where(_E.c.connector_id == bindparam("connector"))
    )
    return union_all(linked, named)


_FIND = PreparedPairs(("kind", "folded"), _finding)
_ENDING = (
    select(*_ENTRY)
    .where(
        _E.c.connector_id == bindparam("connector"),
        _E.c.kind == bindparam("kind"),
        _E.c.is_active,
        _E.c.folded.like(bindparam("pattern"), escape="/"),
    )
    .order_by(_E.c.folded)
    .limit(3)
)
_PEERS = select(
    *(_R.c.id, _R.c.transfer_status, _R.c.txn_id, _R.c.ref_number, _R.c.voided, _R.c.deleted, _R.c.in_doubt)
).where(_R.c.connector_id == bindparam("connector"), _R.c.entity == bindparam("entity"))
_PEER = _PEERS.where(_R.c.id == bindparam("id"))
_NUMBERED = _PEERS.where(_R.c.number == bindparam("number"), _R.c.number != "").order_by(_R.c.pk).limit(MANY)
_ANSWERED = Prepared(select(_P.c.name).where(_P.c.connector_id == bindparam("connector")))
_THERE = select(_E.c.list_id, _E.c.pk).where(
    _E.c.connector_id == bindparam("connector"),
    _E.c.kind == bindparam("kind"),
    _E.c.list_id.in_(bindparam("list_ids", expanding=True)),
)
_CHANGE = (
    update(_E)
    .where(_E.c.pk == bindparam("_pk"))
    .values({name: bindparam(name) for name in ("full_name", "folded", "is_active", "stale", "data")})
)


class Link(NamedTuple):
    """A name that stands for an entry.

    Attributes:
        kind: The list.
        name: The name, as its source gives it.
        list_id: The entry.
        origin: ``person`` or ``transfer``: who said so.
        full_name: The entry's name in QuickBooks; None: the list has it no more.
    """

    kind: str
    name: str
    list_id: str
    origin: str
    full_name: str | None


class StoredLists:
    """The lists of one connector. What was looked up is kept for as long as this object lives."""

    def __init__(self, connection: Connection, connector_id: int) -> None:
        self._connection = connection
        self._connector_id = connector_id
        self._known: frozenset[str] | None = None
        self._found: dict[tuple[str, str], ListEntry | None] = {}

    def known(self, kind: str) -> bool:
        """Tell whether the list was ever read."""
        if self._known is None:
            found = _ANSWERED.all(self._connection, {"connector": self._connector_id})
            self._known = frozenset(name for (name,) in found)
        return LIST_POLL + kind in self._known

    def find(self, kind: str, name: str) -> ListEntry | None:
        """Find an entry by stored link, then by full name without regard to case."""
        key = kind, fold(name)
        if key not in self._found:
            self.look_up([key])
        return self._found[key]

    def look_up(self, names: Iterable[tuple[str, str]]) -> None:
        """Look names up, each with its list, before ``find`` is asked for them: in few statements."""
        keys = {(kind, fold(name)): None for kind, name in names}
        wanted = [key for key in keys if key not in self._found]
        for start in range(0, len(wanted), MANY):
            self._look_up(wanted[start : start + MANY])

    def _look_up(self, keys: Sequence[tuple[str, str]]) -> None:
        found: dict[tuple[str, str], tuple[tuple[bool, bool, int], Any]] = {}
        for row in _FIND.all(self._connection, {"connector": self._connector_id}, keys):
            *_, is_active, _, kind, folded, pk, linked = row
            # What a link leads to comes first; then what bears the name itself, rather if it is active.
            rank = not linked, not is_active, pk
            if (kind, folded) not in found or rank < found[kind, folded][0]:
                found[kind, folded] = rank, row
        for key in keys:
            self._found[key] = _entry(found[key][1], linked=not found[key][0][0]) if key in found else None

    def peer(self, entity: str, record_id: str) -> Peer | None:
        """Find another record of the connector by its kind and its id."""
        values = {"connector": self._connector_id, "entity": entity, "id": record_id}
        row = self._connection.execute(_PEER, values).first()
        return row and _peer(entity, row)

    def numbered(self, entity: str, number: str) -> list[Peer]:
        """Find the records of a kind that have a number at their source, in the order they arrived."""
        values = {"connector": self._connector_id, "entity": entity, "number": number}
        return [_peer(entity, row) for row in self._connection.execute(_NUMBERED, values)]

    def ending(self, kind: str, name: str) -> list[ListEntry]:
        """Find a few active entries that have this name below another."""
        escaped = fold(name).replace("/", "//").replace("%", "/%").replace("_", "/_")
        values = {"connector": self._connector_id, "kind": kind, "pattern": f"%:{escaped}"}
        return [_entry(row, linked=False) for row in self._connection.execute(_ENDING, values)]

    def exact(self, kind: str, name: str) -> ListEntry | None:
        """Find an entry by its own full name, whatever the name is linked to."""
        values = {"connector": self._connector_id, "kind": kind, "folded": fold(name)}
        row = _EXACT.one(self._connection, values)
        return None if row is None else _entry(row, linked=False)


class ListStore:
    """Keeps lists, and when polls were answered."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, connector_id: int) -> StoredLists:
        """The lists of one connector, as hooks look at them."""
        return StoredLists(self._connection, connector_id)

    def keep(self, connector_id: int, kind: str, entries: Iterable[ListEntry]) -> None:
        """Mirror entries of one list: new ones are added, known ones changed."""
        found = {entry.list_id: entry for entry in entries}
        if not found:
            return
        asked = {"connector": connector_id, "kind": kind, "list_ids": list(found)}
        there: dict[str, int] = dict(self._connection.execute(_THERE, asked).all())
        changed = [_values(entry) | {"_pk": there[key]} for key, entry in found.items() if key in there]
        new = [
            _values(entry) | {"connector_id": connector_id, "kind": kind, "list_id": key}
            for key, entry in found.items()
            if key not in there
        ]
        if changed:
            self._connection.execute(_CHANGE, changed)
        if new:
            self._connection.execute(insert(_E), new)

    def mark(self, connector_id: int, kind: str) -> None:
        """Begin to read a list from its beginning: what this does not bring again is gone."""
        which = (_E.c.connector_id == connector_id, _E.c.kind == kind)
        self._connection.execute(update(_E).where(*which).values(stale=True))

    def sweep(self, connector_id: int, kind: str) -> int:
        """Take out what a list has no more, now that it was read to its end; how many that were."""
        which = (_E.c.connector_id == connector_id, _E.c.kind == kind, _E.c.stale)
        return self._connection.execute(delete(_E).where(*which)).rowcount

    def remove(self, connector_id: int, kind: str, list_ids: Iterable[str]) -> None:
        """Take out entries that were deleted in QuickBooks."""
        gone = [*dict.fromkeys(list_ids)]
        for start in range(0, len(gone), MANY):
            part = gone[start : start + MANY]
            which = (_E.c.connector_id == connector_id, _E.c.kind == kind, _E.c.list_id.in_(part))
            self._connection.execute(delete(_E).where(*which))

    def forget(self, connector_id: int) -> None:
        """Forget all entries."""
        self._connection.execute(delete(_E).where(_E.c.connector_id == connector_id))

    def link(self, connector_id: int, kind: str, name: str, list_id: str, origin: str) -> None:
        """Let a name stand for an entry from now on."""
        same = (_L.c.connector_id == connector_id, _L.c.kind == kind, _L.c.folded == fold(name))
        self._connection.execute(delete(_L).where(*same))
        values = {"connector_id": connector_id, "kind": kind, "name": name, "folded": fold(name)}
        self._connection.execute(insert(_L), values | {"list_id": list_id, "origin": origin})

    def unlink(self, connector_id: int, kind: str, name: str) -> bool:
        """Let a name stand for nothing but itself again; whether it stood for something."""
        same = (_L.c.connector_id == connector_id, _L.c.kind == kind, _L.c.folded == fold(name))
        return bool(self._connection.execute(delete(_L).where(*same)).rowcount)

    def links(self, connector_id: int) -> list[Link]:
        """What names stand for, by list and name."""
        statement = (
            select(_L.c.kind, _L.c.name, _L.c.list_id, _L.c.origin, _E.c.full_name)
            .outerjoin(_E, _JOINED)
            .where(_L.c.connector_id == connector_id)
            .order_by(_L.c.kind, _L.c.folded)
        )
        return [Link(*row) for row in self._connection.execute(statement)]

    def kinds(self, connector_id: int) -> list[str]:
        """The lists that were ever read."""
        return sorted(
            name.removeprefix(LIST_POLL) for name in self.answered(connector_id) if name.startswith(LIST_POLL)
        )

    def names(self, connector_id: int, kind: str) -> list[str]:
        """The full names of a list's active entries."""
        which = (_E.c.connector_id == connector_id, _E.c.kind == kind, _E.c.is_active)
        return [
            *self._connection.execute(select(_E.c.full_name).where(*which).order_by(_E.c.folded)).scalars()
        ]

    def number(self, connector_id: int, kind: str, most: int) -> int:
        """How many entries a list has; counted no further than that."""
        some = select(literal(1)).where(_E.c.connector_id == connector_id, _E.c.kind == kind).limit(most)
        return self._connection.execute(select(func.count()).select_from(some.subquery())).scalar_one()

    def numbers(self, connector_id: int) -> dict[str, tuple[int, int]]:
        """How many active and inactive entries each list has."""
        counted = (
            select(_E.c.kind, _E.c.is_active, func.count())
            .where(_E.c.connector_id == connector_id)
            .group_by(_E.c.kind, _E.c.is_active)
        )
        found: dict[str, tuple[int, int]] = {}
        for kind, is_active, number in self._connection.execute(counted):
            active, inactive = found.get(kind, (0, 0))
            found[kind] = (active + number, inactive) if is_active else (active, inactive + number)
        return found

    def entries(self, connector_id: int, kind: str) -> Iterator[ListEntry]:
        """A list's entries by name, read as they are asked for."""
        found = select(*_ENTRY).where(_E.c.connector_id == connector_id, _E.c.kind == kind)
        streamed = self._connection.execution_options(yield_per=MANY)
        for row in streamed.execute(found.order_by(_E.c.folded, _E.c.pk)):
            yield _entry(row, linked=False)

    def answered(self, connector_id: int) -> dict[str, datetime]:
        """When each poll was last answered."""
        statement = select(_P.c.name, _P.c.answered_at).where(_P.c.connector_id == connector_id)
        return dict(self._connection.execute(statement).all())


def _values(entry: ListEntry) -> dict[str, Any]:
    return {
        "full_name": entry.full_name,
        "folded": fold(entry.full_name),
        "is_active": entry.is_active,
        "stale": False,
        "data": dict(entry.data),
    }


def _entry(row: Any, *, linked: bool) -> ListEntry:
    kind, list_id, full_name, is_active, data = row[: len(_ENTRY)]
    return ListEntry(
        kind=kind, list_id=list_id, full_name=full_name, is_active=is_active, data=data, linked=linked
    )


def _peer(entity: str, row: Any) -> Peer:
    return Peer(
        entity=entity,
        id=row.id,
        status=row.transfer_status,
        txn_id=row.txn_id,
        number=row.ref_number,
        gone=row.voided or row.deleted,
        in_doubt=row.in_doubt,
    )
