"""The QuickBooks company file, kept in a SQLite file.

Every request is one durable transaction: a process that dies at any moment leaves each transaction of
QuickBooks either there or not, as the real program does.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qbferry.errors import InputError
from qbferry.files import prepare_private
from qbferry.simulator.books import Books
from qbferry.simulator.records import TABLES
from qbferry.simulator.seed import Seed, plant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

    from qbferry.simulator.transactions.kind import TransactionKind

__all__ = ["CompanyFile"]


class CompanyFile(Books):
    """A company file. Open it with ``CompanyFile.open``; for several threads and processes at once."""

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        clock: Callable[[], datetime],
        taught: Mapping[str, TransactionKind],
    ) -> None:
        super().__init__(connection, clock, taught)
        self.path = path

    @classmethod
    def open(
        cls,
        path: str | Path,
        seed: Seed | str | Path | None = None,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC).astimezone(),
        kinds: Iterable[TransactionKind] = (),
    ) -> CompanyFile:
        """Open a company file, or create it.

        Args:
            path: The SQLite file.
            seed: What a new file begins with: a ``Seed``, or the path of a TOML or JSON description; without
            it the
                bundled sample company. An existing file keeps what it has.
            clock: Tells the time, with offset.
            kinds: Transactions that are described more closely than the simulator does, or otherwise.

        Raises:
            InputError: The file is no company file, or the seed is wrong.
        """
        path = Path(path)
        if not path.parent.is_dir():
            raise InputError(f"There is no folder {path.parent} for the company file; make it first.")
        try:
            prepare_private(path)
        except OSError as error:
            raise InputError(f"The company file {path} cannot be made: {error.strerror}.") from error
        connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        company = cls(path, connection, clock, {kind.name: kind for kind in kinds})
        try:
            connection.execute("PRAGMA busy_timeout = 30000")
            connection.execute("PRAGMA journal_mode = WAL")
            # A killed process loses nothing in WAL mode; only a power cut could, which nobody simulates here.
            connection.execute("PRAGMA synchronous = NORMAL")
            with company.write():
                found = {
                    row[0]
                    for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                }
                if not found:
                    for statement in TABLES.split(";")[:-1]:
                        connection.execute(statement)
                    plant(company, seed if isinstance(seed, Seed) else Seed.read(seed))
                elif not {"entry", "posted", "message_set"} <= found:
                    raise InputError(f"{path} is a database, but not a company file of the simulator.")
        except sqlite3.DatabaseError as error:
            connection.close()
            raise InputError(f"{path} cannot be used as a company file: {error}.") from error
        except BaseException:
            connection.close()
            raise
        return company

    def close(self) -> None:
        """Close the file; a closed one cannot be used again."""
        with self._lock:
            self._db.close()

    def __enter__(self) -> CompanyFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def backup(self, path: str | Path) -> None:
        """Write a copy, as a bookkeeper's backup."""
        prepare_private(path)
        target = sqlite3.connect(path)
        try:
            with self._lock:
                self._db.backup(target)
        finally:
            target.close()

    def restore(self, path: str | Path) -> None:
        """Put a backup back in place: everything since then is gone, the stored responses as well.

        assumption: facts B3 [?] - they are those of the backup; with the setting ``restored_memory`` another
        than ``of the backup`` there are none.

        Raises:
            InputError: There is no such backup.
        """
        if not Path(path).is_file():
            raise InputError(f"There is no backup of a company file at {path}.")
        with closing(sqlite3.connect(path)) as source:
            self._replace(source)

    def copy(self) -> CompanyFile:
        """Copy it into memory, clock and all: for many trials a second, as a copy on disk takes its time."""
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        with self._lock:
            self._db.backup(connection)
        return CompanyFile(Path(":memory:"), connection, self._clock, self.taught)

    def become(self, backup: CompanyFile) -> None:
        """Put a backup back in place that ``copy`` has made."""
        self._replace(backup._db)

    def _replace(self, source: sqlite3.Connection) -> None:
        with self._lock:
            clock = self.get("clock", 0)  # the computer's, not the file's
            source.backup(self._db)
            with self.write():
                self.put("clock", clock)
                if self.setting("restored_memory") != "of the backup":
                    self._db.execute("DELETE FROM message_set")
                self.put(
                    "activity", {**self.get("activity", {}), "LastRestoreTime": self.stamp(self.second())}
                )

    # Looking in, for tests and people

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """List the entries of one list (``Customer``, ``ItemService`` …), inactive ones included, by name."""
        return [
            {
                "ListID": entry.list_id,
                "Name": entry.name,
                "FullName": entry.full_name,
                "IsActive": entry.is_active,
                "EditSequence": str(entry.edit_sequence),
                **entry.data,
            }
            for entry in self.select_entries([kind])
        ]

    def transactions(self, kind: str) -> list[dict[str, Any]]:
        """List the transactions of one kind (``Invoice`` …) as they were made, deleted ones included.

        Returns:
            For each its elements as QuickBooks returns them, and ``entity`` (full name), ``date``, ``lines``,
            ``voided`` and ``deleted``. TxnID, RefNumber and ExternalGUID are always there, None where empty.
        """
        return [
            {
                "RefNumber": None,
                "ExternalGUID": None,
                **txn.data,
                "TxnID": txn.txn_id,
                "TxnNumber": txn.number,
                "EditSequence": str(txn.edit_sequence),
                "entity": self._name(txn.entity),
                "date": txn.date,
                "lines": [
                    line
                    for name, lines in txn.data.items()
                    if name.endswith("LineRet") and name != "ItemGroupLineRet"
                    for line in lines
                ],
                "voided": txn.voided,
                "deleted": txn.deleted,
            }
            for txn in self.select_posted("kind = ?", [kind], deleted=True)
        ]

    def _name(self, list_id: str | None) -> str | None:
        entry = self.entry(list_id) if list_id else None
        return entry.full_name if entry else None
