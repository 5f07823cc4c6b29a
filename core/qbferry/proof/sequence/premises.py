"""Where a trial happens: the server and its database, QuickBooks' company file, and the time."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any, Literal, Self

from qbferry.config import PluginSettings, Settings, TransferSettings
from qbferry.desk.drawer import Drawer
from qbferry.errors import InFlightError
from qbferry.intake import read, take_in
from qbferry.proof.sequence.office import Office
from qbferry.proof.world import USER
from qbferry.simulator import Registration
from qbferry.store import tables
from qbferry.store.types import UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from qbferry.proof.scenario import Wish
    from qbferry.proof.sequence.conditions import Conditions
    from qbferry.proof.world import World
    from qbferry.simulator import CompanyFile

__all__ = ["Premises", "Setup"]

MARKS = {"run": "seen", "message": "found"}
"""Where moments are kept by what counts up since the machine was started (``transfer.elapsed``)."""

TICK = re.compile(r'(?<="tick": )-?[0-9.]+')


@dataclass(frozen=True, slots=True)
class Setup:
    """What the server is set to now.

    Attributes:
        per_message: Requests in one message.
        on_error: What a refusal does.
        tables: Plugin -> its settings.
        without: The plugins that are disabled.
        newer: Whether the templates are those of a newer version.
    """

    per_message: int
    on_error: Literal["continue", "stop"]
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    newer: bool = False


class Premises:
    """One trial's.

    Attributes:
        world: The folder and the databases' kind.
        company: The company file that is open in QuickBooks.
        office: The server.
        setup: What it is set to.
        registration: The .qwc file, as it was added to the Web Connector.
        failed: Calls in which a server failed.
    """

    def __init__(self, world: World, company: CompanyFile, conditions: Conditions) -> None:
        """Start the server.

        Args:
            world: A copy nobody else uses.
            company: A copy in memory.
            conditions: What the trial happens under.
        """
        self.world = world
        self.company = company
        self.failed: list[str] = []
        self._url = world.url
        self._numbers = count(1)
        self._dropped: list[str] = []
        self.setup = Setup(conditions.per_message, conditions.on_error)
        with company.write():
            company.put("settings", company.get("settings") | conditions.company)
        self.office = self._open(self._url)
        self.names = self.office.application.plugins.names
        with self.office.application.database.read() as tx:
            row, owner_id = tx.connectors.named(None), tx.installations.owner_id()
        self.application = row.file_id
        self.registration = (
            Registration(url="", user=USER, owner_id=owner_id or "", file_id=row.file_id)
            if conditions.file_id
            else None
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close(self.office)
        self.company.close()
        for url in self._dropped:
            self.world.databases.drop(url)

    # -- The server

    def restart(self, **changes: Any) -> None:
        """Begin as a new server process, with other settings."""
        self.setup = replace(self.setup, **changes)
        self._close(self.office)
        self.office = self._open(self._url)

    def _open(self, url: str) -> Office:
        setup = self.setup
        given = self.world.plugins
        names = given.enabled if given.enabled is not None else getattr(self, "names", None)
        enabled = None if names is None else [name for name in names if name not in setup.without]
        merged = {
            name: given.table(name) | setup.tables.get(name, {})
            for name in {*(given.model_extra or {}), *setup.tables}
        }
        transfer = TransferSettings(requests_per_message=setup.per_message, on_error=setup.on_error)
        settings = Settings.model_construct(
            database_url=url, transfer=transfer, plugins=PluginSettings(enabled=enabled, **merged)
        )
        return Office(settings, self.world.folder / "newer" if setup.newer else None)

    def _close(self, office: Office) -> None:
        self.failed += office.failed
        office.close()

    # -- Its database

    def keep_books(self) -> str:
        """Make a backup of the database; the address of the copy."""
        self._close(self.office)
        folder = self.world.folder / f"books-{next(self._numbers)}"
        folder.mkdir()
        kept = self.world.databases.copy(self._url, folder)
        self._dropped.append(kept)
        self.office = self._open(self._url)
        return kept

    def restore_books(self, kept: str) -> None:
        """Put a backup of the database in its place."""
        self._close(self.office)
        folder = self.world.folder / f"books-{next(self._numbers)}"
        folder.mkdir()
        self._url = self.world.databases.copy(kept, folder)
        self._dropped.append(self._url)
        self.office = self._open(self._url)

    @contextmanager
    def clone(self, kept: str) -> Iterator[None]:
        """Let a server that was cloned answer for a while, on its own copy of the database."""
        original = self.office
        self.office = self._open(kept)
        try:
            yield
        finally:
            self._close(self.office)
            self.office = original

    # -- The time

    def pass_time(self, seconds: int) -> None:
        """Let time pass, for the server and for QuickBooks."""
        self.set_clock(seconds)
        with self.office.application.database.writing() as connection:
            for name, column in MARKS.items():
                table = tables.metadata.tables[name]
                for row in connection.execute(table.select()):
                    marked = getattr(row, column)
                    moved = json.loads(TICK.sub(lambda found: _earlier(found, seconds), json.dumps(marked)))
                    if moved != marked:
                        connection.execute(table.update().where(table.c.id == row.id).values({column: moved}))
        with self.company.write():
            self.company.move_clock(seconds)

    def set_clock(self, seconds: int) -> None:
        """Set the server's clock forward, or back: what is stored was so much longer ago, or less long."""
        sqlite = self.office.application.database.is_sqlite
        with self.office.application.database.writing() as connection:
            for statement in _moving(seconds, sqlite=sqlite):
                connection.exec_driver_sql(statement)

    # -- The source

    def arrive(self, wishes: Iterable[Wish]) -> None:
        """Import what is wished for and set it ready; what cannot be taken now must be brought again."""
        found = list(wishes)
        application = self.office.application
        for entity in dict.fromkeys(
            wish.entity for wish in found if wish.entity in application.plugins.entities
        ):
            for wish in (wish for wish in found if wish.entity == entity):
                try:
                    with self.drawer(entity) as drawer:
                        take_in(drawer, read(drawer.entity, [json.dumps(wish.document)]), ready=True)
                except InFlightError:
                    continue

    @contextmanager
    def drawer(self, entity: str) -> Iterator[Drawer]:
        """A person at the desk."""
        application = self.office.application
        with (
            application.database.write() as tx,
            Drawer.open(tx, application.plugins, entity, None, "continue", lock=True) as drawer,
        ):
            yield drawer


def _earlier(tick: re.Match[str], seconds: int) -> str:
    return str(float(tick[0]) - seconds)


def _moving(seconds: int, *, sqlite: bool) -> Iterator[str]:
    """The statements that make all that is stored so many seconds older."""
    for table in tables.metadata.sorted_tables:
        names = [column.name for column in table.columns if isinstance(column.type, UtcDateTime)]
        if not names:
            continue
        if sqlite:
            moved = [
                f"{name} = strftime('%Y-%m-%d %H:%M:%f', {name}, '{-seconds} seconds') || '000'"
                for name in names
            ]
        else:
            moved = [f"{name} = {name} - make_interval(secs => {seconds})" for name in names]
        yield f'UPDATE "{table.name}" SET {", ".join(moved)}'  # noqa: S608 - names of our own tables
