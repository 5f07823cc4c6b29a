"""How far polls have come, what they are yet to ask about, and what is tied to records.

What is tied are identities of other things in QuickBooks, such as the TxnIDs of an invoice's payments: when
one of them changes, the record is asked about.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from sqlalchemy import bindparam, cast, delete, insert, literal, null, select, union_all, update

from qbferry.store import tables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

__all__ = ["Polls", "Stand"]

T = TypeVar("T")

MANY = 500

_P, _I, _T, _R = tables.poll, tables.inquiry, tables.tie, tables.record


# The NULLs are given their types, as PostgreSQL takes them for texts otherwise.
_STANDS = union_all(
    select(_P.c.name, _P.c.answered_at, _P.c.mark, _P.c.whole_at, literal(0).label("inquires")).where(
        _P.c.connector_id == bindparam("connector")
    ),
    select(
        _I.c.poll,
        cast(null(), _P.c.answered_at.type),
        cast(null(), _P.c.mark.type),
        cast(null(), _P.c.whole_at.type),
        literal(1),
    )
    .where(_I.c.connector_id == bindparam("connector"))
    .distinct(),
)


class Stand(NamedTuple):
    """How a poll stands.

    Attributes:
        answered_at: When it was last answered, by the server's clock; None: never.
        mark: The latest time of change it was ever told, in QuickBooks' own text; None: it was told none.
        inquires: Whether it has something to ask about.
        whole_at: When it was last asked for everything, if it is a list's.
    """

    answered_at: datetime | None
    mark: str | None
    inquires: bool = False
    whole_at: datetime | None = None


class Polls:
    """Keeps them, a connector each."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def stands(self, connector_id: int) -> dict[str, Stand]:
        """How each poll stands that was ever answered, or has something to ask about."""
        found: dict[str, Stand] = {}
        for row in self._connection.execute(_STANDS, {"connector": connector_id}):
            first = found.get(row.name)
            if first is None:
                found[row.name] = Stand(row.answered_at, row.mark, bool(row.inquires), row.whole_at)
            else:
                answered = (
                    first if first.answered_at else Stand(row.answered_at, row.mark, False, row.whole_at)
                )
                found[row.name] = answered._replace(inquires=True)
        return found

    def note(
        self, connector_id: int, name: str, at: datetime, mark: str | None = None, *, whole: bool = False
    ) -> None:
        """Note that a poll was answered.

        Args:
            connector_id: Whose.
            name: The poll's.
            at: The moment.
            mark: The latest time of change it was told; None: none that is later than before.
            whole: Whether it was asked for everything.
        """
        which = (_P.c.connector_id == connector_id, _P.c.name == name)
        values: dict[str, object] = {"answered_at": at} | ({"mark": mark} if mark else {})
        values |= {"whole_at": at} if whole else {}
        if self._connection.execute(update(_P).where(*which).values(values)).rowcount == 0:
            new = {"connector_id": connector_id, "name": name, "mark": None}
            self._connection.execute(insert(_P), new | values)

    def forget(self, connector_id: int) -> None:
        """Forget that any was answered, as the company file is an older one: what is tied is asked about."""
        self._connection.execute(delete(_P).where(_P.c.connector_id == connector_id))
        tied = (
            select(_T.c.poll, _R.c.txn_id)
            .join(_R, _R.c.pk == _T.c.record_pk)
            .where(_T.c.connector_id == connector_id, _R.c.txn_id.is_not(None))
            .distinct()
        )
        wanted: dict[str, list[str]] = defaultdict(list)
        for poll, txn_id in self._connection.execute(tied):
            wanted[poll].append(txn_id)
        for poll, txn_ids in wanted.items():
            self.inquire(connector_id, poll, txn_ids)

    # -- What is to be asked about

    def inquire(self, connector_id: int, poll: str, about: Iterable[str]) -> None:
        """Let a poll ask about these when it is its turn."""
        for part in _parts([*dict.fromkeys(about)]):
            mine = (_I.c.connector_id == connector_id, _I.c.poll == poll, _I.c.about.in_(part))
            known = set(self._connection.execute(select(_I.c.about).where(*mine)).scalars())
            new = [
                {"connector_id": connector_id, "poll": poll, "about": each}
                for each in part
                if each not in known
            ]
            if new:
                self._connection.execute(insert(_I), new)

    def inquiries(self, connector_id: int, poll: str, limit: int) -> list[str]:
        """What a poll is to ask about next."""
        mine = select(_I.c.about).where(_I.c.connector_id == connector_id, _I.c.poll == poll)
        return [*self._connection.execute(mine.order_by(_I.c.about).limit(limit)).scalars()]

    def asked(self, connector_id: int, poll: str, about: Sequence[str]) -> None:
        """Take out what was asked about."""
        for part in _parts(about):
            mine = (_I.c.connector_id == connector_id, _I.c.poll == poll, _I.c.about.in_(part))
            self._connection.execute(delete(_I).where(*mine))

    # -- What is tied to records

    def tie(self, connector_id: int, poll: str, ties: Mapping[int, Collection[str]]) -> None:
        """Tie identities of QuickBooks to records, in place of what was.

        Args:
            connector_id: Whose records.
            poll: What asks about a record when one of them changes.
            ties: Of each record's key the identities.
        """
        for part in _parts([*ties]):
            mine = (_T.c.poll == poll, _T.c.record_pk.in_(part))
            there: dict[int, set[str]] = defaultdict(set)
            for pk, key in self._connection.execute(select(_T.c.record_pk, _T.c.key).where(*mine)):
                there[pk].add(key)
            for pk in part:
                if gone := there[pk] - {*ties[pk]}:
                    which = (_T.c.poll == poll, _T.c.record_pk == pk, _T.c.key.in_(gone))
                    self._connection.execute(delete(_T).where(*which))
            new = [
                {"record_pk": pk, "poll": poll, "key": key, "connector_id": connector_id}
                for pk in part
                for key in sorted({*ties[pk]} - there[pk])
            ]
            if new:
                self._connection.execute(insert(_T), new)

    def concerned(
        self, connector_id: int, poll: str, entities: Collection[str], ids: Iterable[str]
    ) -> list[str]:
        """The TxnIDs of records that are one of these in QuickBooks, or are tied to one."""
        found: dict[str, None] = {}
        for part in _parts([*dict.fromkeys(ids)]):
            mine = select(_R.c.txn_id).where(
                _R.c.connector_id == connector_id, _R.c.entity.in_(entities), _R.c.txn_id.is_not(None)
            )
            tied = mine.join(_T, _T.c.record_pk == _R.c.pk).where(
                _T.c.connector_id == connector_id, _T.c.poll == poll, _T.c.key.in_(part)
            )
            for statement in (mine.where(_R.c.txn_id.in_(part)), tied):
                found |= dict.fromkeys(self._connection.execute(statement).scalars())
        return [*found]


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), MANY):
        yield items[start : start + MANY]
