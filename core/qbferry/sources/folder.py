"""A watched folder: a file that is complete is taken in once, and moved away with a report beside it.

For each kind of record there is a folder of its name. A file is claimed by a rename to a name that is nobody
else's. That name is booked in the transaction that takes its records in, so that it is known after a crash
whether they were.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from qbferry.desk.drawer import Drawer
from qbferry.errors import InFlightError, InputError, QbferryError
from qbferry.files import replace_text
from qbferry.intake import bring_in
from qbferry.intake.table import is_table, read_file
from qbferry.store.sources import SourceRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry.config import FolderSettings
    from qbferry.intake import ImportReport
    from qbferry.intake.reading import Reading
    from qbferry.model import Entity
    from qbferry.plugin.manager import Plugins
    from qbferry.store.database import Database
    from qbferry.store.transaction import Transaction

__all__ = ["Folder"]

log = logging.getLogger("qbferry.sources")

NAME = "folder"
"""Of the lease, and of the row that tells which file was taken in last."""

TAKING, DONE, REFUSED = ".taking", "done", "refused"

MAP = "map.toml"
"""Beside the files it is for."""

UNFINISHED = (".part", ".tmp", ".crdownload", ".toml")

LEASE = timedelta(minutes=10)
"""After so long another process goes on with a file."""


class _LostError(Exception):
    """Another process has taken the file in, or is about to."""


class Folder:
    """Watches the folder for one process.

    Args:
        database: Where the records go.
        plugins: Which plugins run.
        settings: Which folder it is.
        on_error: The setting ``transfer.on_error``.
    """

    def __init__(self, database: Database, plugins: Plugins, settings: FolderSettings, on_error: str) -> None:
        self._database, self._plugins, self._on_error = database, plugins, on_error
        self._root, self._ready, self._settle = Path(settings.path), settings.ready, settings.settle
        self._holder = secrets.token_hex(8)
        self._wrong = ""
        self._seen: dict[Path, tuple[tuple[int, int], float]] = {}

    def work(self) -> int:
        """Take in one file, the oldest first; how many it was."""
        try:
            for entity in self._plugins.entities:
                for name in (TAKING, DONE, REFUSED):
                    (self._root / entity / name).mkdir(parents=True, exist_ok=True)
            complete = self._complete()
        except OSError as error:
            if str(error) != self._wrong:
                log.error("The watched folder cannot be used: %s. It is tried again.", error)  # noqa: TRY400
            self._wrong = str(error)
            return 0
        self._wrong = ""
        if not complete and next(self._claimed(), None) is None:
            return 0
        now = datetime.now(UTC)
        with self._database.write() as tx:
            if not tx.leases.take(NAME, self._holder, now, now + LEASE):
                return 0
        try:
            # What a process that is gone has claimed goes first: files are taken in one after the other.
            file = next(self._claimed(), None) or next(filter(None, map(self._claim, complete)), None)
            return self._take(file) if file else 0
        except (_LostError, FileNotFoundError):
            return 0  # another process was quicker
        finally:
            with self._database.write() as tx:
                tx.leases.give_back(NAME, self._holder, datetime.now(UTC))

    def _complete(self) -> list[Path]:
        """The files that did not change for a while, as this process has seen it."""
        now, before, self._seen = time.monotonic(), self._seen, {}
        found: list[tuple[int, Path]] = []
        for entity in self._plugins.entities:
            for file in (self._root / entity).iterdir():
                if file.name.startswith(".") or file.name.lower().endswith(UNFINISHED) or not file.is_file():
                    continue
                try:
                    stat = file.stat()
                except FileNotFoundError:
                    continue
                state = (stat.st_size, stat.st_mtime_ns)
                known, since = before.get(file, (state, now))
                since = since if known == state else now
                self._seen[file] = (state, since)
                if now - since >= self._settle:
                    found.append((stat.st_mtime_ns, file))
        return [file for _, file in sorted(found)]

    def _claimed(self) -> Iterator[Path]:
        for entity in self._plugins.entities:
            yield from sorted((self._root / entity / TAKING).iterdir())

    def _claim(self, file: Path) -> Path | None:
        """Let a file be this process's; None: it is gone, or still open elsewhere."""
        claimed = file.parent / TAKING / f"{secrets.token_hex(8)} {file.name}"
        try:
            return file.rename(claimed)
        except OSError:
            return None

    def _take(self, file: Path) -> int:
        """Take a claimed file in, if that was not done yet, and move it away; 0: it has to wait.

        Raises:
            FileNotFoundError: Another process has moved it.
        """
        entity = file.parents[1].name
        with self._database.read() as tx:
            booked = _booked(tx)
        if booked.get("file") != file.name:
            try:
                booked = self._bring_in(file, entity)
            except InFlightError:
                return 0  # it stays claimed, and goes first the next time
            except QbferryError as error:
                told = {
                    "error": getattr(error, "sentence", str(error)),
                    "details": [*getattr(error, "details", ())],
                }
                log.warning("The file %s was refused: %s", file.name.partition(" ")[2], told["error"])
                _move(file, REFUSED, told)
                return 1
        _move(file, DONE, booked["report"])
        return 1

    def _bring_in(self, file: Path, entity: str) -> dict[str, Any]:
        kept: dict[str, Any] = {}

        def open_drawer(tx: Transaction, lock: bool) -> Any:
            actor = f"source {NAME}"
            return Drawer.open(tx, self._plugins, entity, None, self._on_error, actor=actor, lock=lock)

        def book(tx: Transaction, report: ImportReport) -> None:
            if not (report.created or report.changed or report.unchanged):
                raise InputError("There is no record in the file.")
            now = datetime.now(UTC)
            mine = tx.leases.take(NAME, self._holder, now, now + LEASE)
            if not mine or _booked(tx).get("file") == file.name:
                raise _LostError
            kept.update(file=file.name, report=report.view())
            row = tx.sources.named(NAME) or SourceRow(name=NAME, due_at=now)
            row.cursor, row.read_at, row.taken = (
                json.dumps(kept),
                now,
                row.taken + report.created + report.changed,
            )
            tx.sources.save(row)

        with file.open("rb") as stream:
            read = partial(_read, stream, file)
            bring_in(self._database, open_drawer, read, ready=self._ready, anywhere=True, book=book)
        return kept


def _read(stream: IO[bytes], file: Path, entity: Entity) -> Reading:
    beside = file.parents[1] / MAP
    try:
        text = beside.read_text(encoding="utf-8-sig") if is_table(file.name) and beside.exists() else None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The map {MAP} beside it cannot be read: {error}.") from error
    return read_file(entity.document, stream, file.name, text)


def _booked(tx: Transaction) -> dict[str, Any]:
    """Which claimed file was taken in last, and what was told of it."""
    row = tx.sources.named(NAME)
    found: dict[str, Any] = json.loads(row.cursor) if row and row.cursor else {}
    return found


def _move(file: Path, where: str, told: dict[str, Any]) -> None:
    """Write the report, then move the file beside it; done again after a crash, it comes to the same."""
    token, _, name = file.name.partition(" ")
    folder = file.parents[1] / where
    target = folder / name
    if target.exists():
        target = folder / f"{target.stem} {token}{target.suffix}"
    told = {"file": name, "taken_in": where == DONE} | told
    replace_text(
        target.with_name(f"{target.name}.report.json"), json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    )
    file.rename(target)
