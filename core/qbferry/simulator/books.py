"""What a company file stores, durably: the company, list entries, transactions, the last answers."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from qbferry.simulator import ids
from qbferry.simulator.records import ENTRY, POSTED, Entry, Posted

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from qbferry.simulator.validate import Fields

__all__ = ["Books"]


class Books:
    """The stored side of a company file; usable from several threads and processes at once."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        clock: Callable[[], datetime],
        taught: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        # By name, each a TransactionKind, which is made of what is here.
        self.taught = taught
        self._db = connection
        self._clock = clock
        self._lock = threading.RLock()

    @contextmanager
    def write(self) -> Iterator[None]:
        """Make one durable transaction of what is done inside; nested, a part that can fail by itself."""
        with self._lock:
            nested = self._db.in_transaction
            self._db.execute("SAVEPOINT part" if nested else "BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK TO part" if nested else "ROLLBACK")
                raise
            finally:
                if nested:
                    self._db.execute("RELEASE part")
            if not nested:
                self._db.execute("COMMIT")

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    # Facts about the company

    @property
    def zone(self) -> tzinfo | None:
        """The time zone of QuickBooks' computer; None: this one's."""
        name = self.setting("time_zone")
        return ZoneInfo(name) if name else None

    def now(self) -> datetime:
        """Tell the time of QuickBooks' computer, with offset."""
        moment = self._clock() + timedelta(seconds=self.get("clock", 0))
        return moment.astimezone(zone) if (zone := self.zone) else moment

    def second(self) -> int:
        """Tell the time in unix seconds."""
        return int(self.now().timestamp())

    def move_clock(self, seconds: float) -> None:
        """Set the clock of QuickBooks' computer so many seconds forward, or back."""
        self.put("clock", self.get("clock", 0) + seconds)

    def stamp(self, second: int) -> str:
        """Write a time as QuickBooks does: ``2014-11-27T18:03:44-02:00``.

        assumption: facts B2 - its offset, wrong in summer, is wrong by summer's hour, and the local time is
        right. The setting ``summer_offset`` decides whether.
        """
        moment = datetime.fromtimestamp(second, self.zone or self._clock().tzinfo)
        summer, offset = moment.dst(), moment.utcoffset()
        if summer and offset is not None and self.setting("summer_offset") == "wrong":
            moment = moment.replace(tzinfo=timezone(offset - summer))
        return moment.isoformat()

    def get(self, key: str, default: Any = None) -> Any:
        """Read one of the company's facts, such as ``preferences``."""
        rows = self._rows("SELECT value FROM meta WHERE key = ?", [key])
        return json.loads(rows[0][0]) if rows else default

    def put(self, key: str, value: Any) -> None:
        """Keep one of the company's facts."""
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [key, json.dumps(value)])

    def setting(self, name: str) -> Any:
        """Read one of the seed's settings."""
        return self.get("settings", {}).get(name)

    def take(self, count: int = 1) -> int:
        """Reserve numbers of the counter all identities come from, and give the first."""
        first = int(self.get("counter", 1))
        self.put("counter", first + count)
        return first

    # Lists

    def entry(self, list_id: str) -> Entry | None:
        """Give the entry of that ListID."""
        return next(iter(self._entries("list_id = ?", [list_id])), None)

    def named(self, kinds: Sequence[str], full_name: str) -> Entry | None:
        """Find an entry by its full name in any of the lists, without regard to case (facts B1)."""
        where = f"key = ? AND kind IN ({_marks(kinds)})"
        return next(iter(self._entries(where, [full_name.casefold(), *kinds])), None)

    def taken(self, space: str, full_name: str) -> bool:
        """Tell whether a name is in use."""
        return bool(
            self._rows("SELECT 1 FROM entry WHERE space = ? AND key = ?", [space, full_name.casefold()])
        )

    def select_entries(self, kinds: Sequence[str]) -> list[Entry]:
        """Give all entries of some lists, by name."""
        return self._entries(f"kind IN ({_marks(kinds)}) ORDER BY key", kinds)

    def _entries(self, where: str, values: Sequence[Any]) -> list[Entry]:
        return [
            Entry.of(row)
            for row in self._rows(f"SELECT {ENTRY} FROM entry WHERE {where}", values)  # noqa: S608 - own text
        ]

    def add_entry(
        self, kind: str, space: str, name: str, full_name: str, *, is_active: bool, data: Fields
    ) -> Entry:
        """Store a new entry; its name must be free."""
        second = self.second()
        entry = Entry(
            list_id=ids.list_id(self.take(), second),
            kind=kind,
            space=space,
            name=name,
            full_name=full_name,
            is_active=is_active,
            created=second,
            modified=second,
            edit_sequence=second,
            data=data,
        )
        with self._lock:
            self._db.execute(
                f"INSERT INTO entry ({ENTRY}, key) VALUES ({_marks(range(11))})",  # noqa: S608 - own text
                [
                    *(entry.list_id, kind, space, name, full_name, is_active, second, second, second),
                    json.dumps(data),
                    full_name.casefold(),
                ],
            )
        return entry

    def store_entry(self, entry: Entry) -> None:
        """Write an entry that was changed."""
        with self._lock:
            self._db.execute(
                "UPDATE entry SET name = ?, full_name = ?, key = ?, is_active = ?, modified = ?, "
                "edit_sequence = ?, data = ? WHERE list_id = ?",
                [
                    *(entry.name, entry.full_name, entry.full_name.casefold(), entry.is_active),
                    *(entry.modified, entry.edit_sequence, json.dumps(entry.data), entry.list_id),
                ],
            )

    def renew_entry(self, entry: Entry) -> Entry:
        """Give an entry a new time of change, and an edit sequence unlike the one before."""
        second = self.second()
        after = replace(entry, modified=second, edit_sequence=max(second, entry.edit_sequence + 1))
        self.store_entry(after)
        return after

    def remove_entry(self, list_id: str, *, told: bool = True) -> None:
        """Delete an entry.

        Args:
            list_id: Its ListID.
            told: Whether ListDeletedQuery tells of it.
        """
        with self._lock:
            if told:
                self._db.execute(
                    "INSERT INTO gone SELECT list_id, kind, full_name, created, ? FROM entry "
                    "WHERE list_id = ?",
                    [self.second(), list_id],
                )
            self._db.execute("DELETE FROM entry WHERE list_id = ?", [list_id])

    def move_entry(self, gone: Entry, kept: Entry) -> None:
        """Let another entry have an entry's transactions, and take it out, of which nobody is told."""
        with self._lock:
            self._db.execute(
                "UPDATE posted SET entity = CASE entity WHEN :gone THEN :kept ELSE entity END, "
                "data = replace(data, :gone_ref, :kept_ref) WHERE instr(data, :gone)",
                {
                    "gone": gone.list_id,
                    "kept": kept.list_id,
                    "gone_ref": json.dumps(gone.ref),
                    "kept_ref": json.dumps(kept.ref),
                },
            )
        self.remove_entry(gone.list_id, told=False)

    def gone(self, kinds: Sequence[str]) -> list[tuple[str, str, str, int, int]]:
        """What was deleted of some lists: ListID, list, full name, and when it was made and deleted."""
        return self._rows(
            f"SELECT list_id, kind, full_name, created, deleted FROM gone WHERE kind IN ({_marks(kinds)}) "  # noqa: S608 - own text
            "ORDER BY deleted",
            kinds,
        )

    def balance(self, list_id: str) -> int:
        """Sum what is open with a customer or vendor, in cents."""
        rows = self._rows("SELECT SUM(balance) FROM posted WHERE entity = ? AND NOT deleted", [list_id])
        return rows[0][0] or 0

    # Transactions

    def kinds(self) -> list[str]:
        """Name the kinds of transactions there are."""
        return [kind for (kind,) in self._rows("SELECT DISTINCT kind FROM posted ORDER BY kind")]

    def posted(self, txn_id: str) -> Posted | None:
        """Give the transaction of that TxnID, unless it was deleted."""
        return next(iter(self.select_posted("txn_id = ?", [txn_id])), None)

    def select_posted(self, where: str, values: Sequence[Any], *, deleted: bool = False) -> list[Posted]:
        """Give transactions by a condition on their columns, in the order they were made."""
        live = "" if deleted else " AND NOT deleted"
        rows = self._rows(
            f"SELECT {POSTED} FROM posted WHERE {where}{live} ORDER BY number",  # noqa: S608 - own text
            values,
        )
        return [Posted.of(row) for row in rows]

    def store(self, txn: Posted) -> None:
        """Write a transaction, new or changed."""
        with self._lock:
            self._db.execute(
                f"INSERT OR REPLACE INTO posted ({POSTED}) VALUES ({_marks(range(13))})",  # noqa: S608 - own text
                [
                    *(txn.number, txn.txn_id, txn.kind, txn.ref_number, txn.entity, txn.date, txn.created),
                    *(
                        txn.modified,
                        txn.edit_sequence,
                        txn.balance,
                        txn.voided,
                        txn.deleted,
                        json.dumps(txn.data),
                    ),
                ],
            )

    def touch(self, txn: Posted) -> Posted:
        """Give a transaction a new time of change, and an edit sequence unlike the one before."""
        second = self.second()
        return replace(txn, modified=second, edit_sequence=max(second, txn.edit_sequence + 1))

    # Message-set memory; what it means is in recovery.py

    def stored_response(self, application: str, identity: str) -> tuple[str, str] | None:
        """Give the checksum and response of a message set an application had executed, if it is kept."""
        rows = self._rows(
            "SELECT checksum, response FROM message_set WHERE application = ? AND id = ?",
            [application, identity],
        )
        return (rows[0][0], rows[0][1]) if rows else None

    def store_response(self, application: str, identity: str, checksum: str, response: str) -> None:
        """Keep a response, as the last of so many as the company's settings say."""
        with self.write():
            self.forget_response(application, identity)
            self._db.execute(
                "INSERT INTO message_set (application, id, checksum, response) VALUES (?, ?, ?, ?)",
                [application, identity, checksum, response],
            )
            self._db.execute(
                "DELETE FROM message_set WHERE application = ? AND number NOT IN (SELECT number FROM "
                "message_set WHERE application = ? ORDER BY number DESC LIMIT ?)",
                [application, application, int(self.setting("remembered_sets") or 1)],
            )

    def forget_response(self, application: str, identity: str | None = None) -> bool:
        """Clear a kept response, or all of an application; tell whether there was one."""
        with self._lock:
            where, values = ("", []) if identity is None else (" AND id = ?", [identity])
            found = self._db.execute(
                f"DELETE FROM message_set WHERE application = ?{where}",  # noqa: S608 - own text
                [application, *values],
            )
            return found.rowcount > 0


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))
