"""Records on their way in: checked and judged in tables of the connection's own, then taken over at once.

The tables are temporary ones. Nobody else sees them, no lock is held while they are filled, and with their
connection they are gone, whatever ends it: there is nothing to sweep, and two imports cannot mix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, case, delete, exists, func, literal, select, union_all

from qbferry.store import tables
from qbferry.store.staged import KNOWN, LINE, NEW, VALUE, metadata
from qbferry.store.takeover import take_over

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from sqlalchemy import Connection, Select, Table

    from qbferry.store.rows import HistoryRow

__all__ = ["Staged", "Staging", "Tally"]

MANY = 500
"""Keys in one IN list, and rows of one answer."""

_R = tables.record
_ID = (NEW.c.line, NEW.c.id), (KNOWN.c.line, KNOWN.c.id)
_TEXT = ("line", "id", "batch", "document")
_KEYS = select(func.nextval(func.pg_get_serial_sequence("record", "pk"))).select_from(
    func.generate_series(1, bindparam("count"))
)


class Staged(NamedTuple):
    """A record of the file, as it was put in: its line, id, batch, and document as JSON."""

    line: int
    id: str
    batch: str | None
    document: str


class Tally(NamedTuple):
    """How many records are new, changed, unchanged, and set ready."""

    created: int
    changed: int
    unchanged: int
    ready: int


class Staging:
    """The records of one import."""

    def __init__(self, connection: Connection) -> None:
        """Make the tables, which the connection must not have yet."""
        self._connection = connection
        self._sqlite = connection.dialect.name == "sqlite"
        self._last_key = 0
        self._holder = "?" if self._sqlite else "%s"
        metadata.create_all(connection, checkfirst=False)

    def drop(self) -> None:
        """Let go of the tables, where the connection goes on."""
        metadata.drop_all(self._connection, checkfirst=False)

    # -- Putting in

    def keys(self, count: int) -> list[int]:
        """Keys for so many new records: PostgreSQL's own; SQLite's count on from the last when they go in."""
        if self._sqlite:
            self._last_key += count
            return [*range(self._last_key - count + 1, self._last_key + 1)]
        return list(self._connection.execute(_KEYS, {"count": count}).scalars())

    def put_new(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Put in new records: the columns of ``staged.NEW``."""
        self._put(NEW, rows)

    def put_ids(self, rows: Sequence[tuple[int, str]]) -> None:
        """Put in lines and ids alone, where nothing will be taken over any more."""
        rest = (None,) * (len(NEW.columns) - 4)
        self._put(NEW, [(line, None, None, name, *rest) for line, name in rows])

    def put_known(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Put in records that are there: the columns of ``staged.KNOWN``."""
        self._put(KNOWN, rows)

    def put_lines(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Put in lines of the history: the columns of ``staged.LINE``."""
        self._put(LINE, rows)

    def put_values(self, rows: Sequence[tuple[int, str, str]]) -> None:
        """Put in filterable values: line, name, value."""
        self._put(VALUE, rows)

    def _put(self, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        """As the driver takes them: what is between costs as much as the rest of an import."""
        if rows:
            values = ", ".join([self._holder] * len(table.columns))
            self._connection.exec_driver_sql(f"INSERT INTO {table.name} VALUES ({values})", [*rows])  # noqa: S608

    # -- Asking

    def analyze(self) -> None:
        """Let PostgreSQL know what is in the tables, so that it plans well; SQLite plans without."""
        if not self._sqlite:
            for table in (NEW, KNOWN, LINE, VALUE):
                self._connection.exec_driver_sql(f"ANALYZE {table.name}")

    def doubles(self) -> list[tuple[int, str, int]]:
        """Ids that are there twice: the later line, the id, the first line; in the order of the file."""
        all_ = union_all(*(select(*pair) for pair in _ID)).subquery()
        first = (
            select(all_.c.id, func.min(all_.c.line).label("first"))
            .group_by(all_.c.id)
            .having(func.count() > 1)
            .subquery()
        )
        found = (
            select(all_.c.line, all_.c.id, first.c.first)
            .join(first, first.c.id == all_.c.id)
            .where(all_.c.line > first.c.first)
            .order_by(all_.c.line)
        )
        return [(line, name, earlier) for line, name, earlier in self._connection.execute(found)]

    def outdated(self, entity: str, *, anywhere: bool) -> list[Staged]:
        """Records that are no more as they were judged, not more than a part of them.

        Args:
            entity: Their kind.
            anywhere: What is new here must be new to all connectors.
        """
        there = exists().where(_R.c.entity == literal(entity), _R.c.id == NEW.c.id)
        if not anywhere:
            there = there.where(_R.c.connector_id == NEW.c.connector_id)
        changed = ~exists().where(_R.c.pk == KNOWN.c.pk, _R.c.version == KNOWN.c.version)
        found = union_all(
            select(*(NEW.c[name] for name in _TEXT)).where(there),
            select(*(KNOWN.c[name] for name in _TEXT)).where(changed),
        )
        return [Staged(*row) for row in self._connection.execute(found.limit(MANY))]

    def of(self, keys: Collection[int]) -> Iterator[tuple[int, Staged]]:
        """Records that are there, by key."""
        for start in range(0, len(ordered := sorted(keys)), MANY):
            statement = select(KNOWN.c.pk, *(KNOWN.c[name] for name in _TEXT))
            for pk, *row in self._connection.execute(
                statement.where(KNOWN.c.pk.in_(ordered[start : start + MANY]))
            ):
                yield pk, Staged(*row)

    def forget(self, lines: Sequence[int]) -> None:
        """Take records out again."""
        keys = select(KNOWN.c.pk).where(KNOWN.c.line.in_(lines))
        self._connection.execute(delete(LINE).where(LINE.c.record_pk.in_(keys)))
        for table in (NEW, KNOWN, VALUE):
            self._connection.execute(delete(table).where(table.c.line.in_(lines)))

    # -- Taking over

    def take_over(self, note: HistoryRow, moved: int, origin: str) -> None:
        """Let a connector have its records; it is locked, and none of them is outdated.

        Args:
            note: The line of the history for new records that are ready, of whichever record.
            moved: What is added to places that are provisional.
            origin: Where new ones come from.
        """
        take_over(self._connection, note, moved, origin)

    # -- Telling

    def tally(self) -> Tally:
        """How many there are."""
        changed, ready = (func.count(case((flag, 1))) for flag in (KNOWN.c.changed, KNOWN.c.ready))
        new, placed = self._connection.execute(select(func.count(), func.count(NEW.c.queue_position))).one()
        known, other, again = self._connection.execute(select(func.count(KNOWN.c.line), changed, ready)).one()
        return Tally(new, other, known - other, placed + again)

    def connectors(self) -> dict[int, int]:
        """How many belong to each connector."""
        all_ = union_all(*(select(table.c.connector_id) for table in (NEW, KNOWN))).subquery()
        found = select(all_.c.connector_id, func.count()).group_by(all_.c.connector_id)
        return dict(self._connection.execute(found.order_by(all_.c.connector_id)).all())

    def refused(self) -> list[tuple[str, str]]:
        """Ids of those that were not set ready, with the reason, in the order of the file."""
        found = union_all(
            select(NEW.c.line, NEW.c.id, NEW.c.not_ready_reason).where(NEW.c.not_ready_reason.is_not(None)),
            select(KNOWN.c.line, KNOWN.c.id, KNOWN.c.refused).where(KNOWN.c.refused.is_not(None)),
        )
        ordered = self._connection.execute(found.order_by(found.selected_columns[0]))
        return [(name, reason) for _, name, reason in ordered]

    def told(self, word: str) -> list[str]:
        """Ids of those of which something certain is told, in the order of the file."""
        return self._ids(select(KNOWN.c.id).where(KNOWN.c.told == word).order_by(KNOWN.c.line))

    def of_connector(self, connector_id: int) -> list[str]:
        """Ids of a connector's, in the order of the file."""
        mine = select(KNOWN.c.id).where(KNOWN.c.connector_id == connector_id)
        return self._ids(mine.order_by(KNOWN.c.line))

    def _ids(self, statement: Select[Any]) -> list[str]:
        return list(self._connection.execute(statement).scalars())
