"""What every command begins with: the settings, the parts, and one entity's records."""

from __future__ import annotations

import getpass
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import Any, Literal

    import typer

    from qbferry.app import Application
    from qbferry.config import Settings
    from qbferry.desk.drawer import Drawer
    from qbferry.desk.shelf import Shelf
    from qbferry.model import AnyRecord
    from qbferry.plugin.ports import Storage
    from qbferry.store.catalog import KnownKind
    from qbferry.store.transaction import Transaction

__all__ = ["CommandDesk", "desk"]

LONGEST_ACTOR = 100
"""Characters of a name that the history takes."""


@dataclass
class CommandDesk:
    """What ``--config`` leads to, opened when a command needs it; implements ``qbferry.Desk``.

    Attributes:
        path: The settings file that was named.
        commands: The names of qbferry's own commands.
    """

    path: Path | None
    commands: Collection[str] = ()
    _open: ExitStack = field(default_factory=ExitStack, init=False)

    @cached_property
    def settings(self) -> Settings:
        """The settings, read once; with them comes the way of logging."""
        from qbferry import config, logs

        settings = config.load(self.path)
        logs.configure(settings.log.level, settings.log.format)
        return settings

    @cached_property
    def actor(self) -> str:
        """Who is at the desk: the operating system's name of the user."""
        try:
            return getpass.getuser()[:LONGEST_ACTOR]
        except (ImportError, KeyError, OSError):
            return "unknown"  # to this system; it may know a number only

    @cached_property
    def storage(self) -> Storage:
        """The database, for tables of a plugin's own, until the command ends."""
        return self._open.enter_context(self.application()).database

    @contextmanager
    def application(self, *, make: bool = False) -> Iterator[Application]:
        """The parts, for as long as a command works.

        Args:
            make: Whether the command is one of the first, and may make the database.
        """
        from qbferry.app import build
        from qbferry.output import notice

        application = build(self.settings, make=make)
        try:
            if application.database.is_new:
                notice(f"Made the database {application.database.shown}")
            yield application
        finally:
            application.close()

    @cached_property
    def kinds(self) -> Mapping[str, KnownKind]:
        """The kinds of records whose plugins run; remembered, so that who only looks need not load those."""
        from qbferry.cli.memory import NOT_OURS, Memory
        from qbferry.store.catalog import KnownKind

        memory = Memory("kinds", self.path)
        told = memory.recall()
        try:
            if told is not None:
                return {kind.name: kind for kind in map(KnownKind.read, told)}
        except NOT_OURS:
            pass
        from qbferry.desk.kinds import declared
        from qbferry.plugin.manager import assemble

        kinds = declared(assemble(self.settings.plugins))
        memory.keep([kind.as_json() for kind in kinds.values()])
        return kinds

    @contextmanager
    def looking(self) -> Iterator[Transaction]:
        """The database, to look something up that needs no plugin."""
        from qbferry.app import opened

        with closing(opened(self.settings, self.kinds)) as database, database.read() as tx:
            yield tx

    @contextmanager
    def shelf(self, entity: str, connector: str | None) -> Iterator[Shelf]:
        """One entity's records, to look at."""
        from qbferry.desk.shelf import Shelf

        with self.looking() as tx:
            yield Shelf.open(tx, self.kinds, entity, connector)

    @contextmanager
    def drawer(self, entity: str, connector: str | None, *, write: bool = False) -> Iterator[Drawer]:
        """One entity's records, in one transaction that is committed at the end if it writes."""
        from qbferry.desk.drawer import Drawer

        with (
            self.application() as app,
            app.database.write() if write else app.database.read() as tx,
            Drawer.open(
                tx,
                app.plugins,
                entity,
                connector,
                app.settings.transfer.on_error,
                actor=self.actor,
                lock=write,
            ) as drawer,
        ):
            yield drawer

    def opener(
        self, app: Application, entity: str, connector: str | None
    ) -> Callable[[Transaction, bool], AbstractContextManager[Drawer]]:
        """How one entity's records are opened in a transaction, locked or not, for what takes several."""
        from qbferry.desk.drawer import Drawer

        def open_drawer(tx: Transaction, lock: bool) -> AbstractContextManager[Drawer]:
            on_error = app.settings.transfer.on_error
            return Drawer.open(tx, app.plugins, entity, connector, on_error, actor=self.actor, lock=lock)

        return open_drawer

    def record(self, entity: str, record_id: str, connector: str | None = None) -> dict[str, Any]:
        """Read one record; what commands of plugins use, like the following."""
        from qbferry.desk import lookup

        with self.shelf(entity, connector) as shelf:
            (row,) = shelf.find([record_id])
            return lookup.view(shelf, row)

    def records(
        self,
        entity: str,
        *,
        status: str | None = None,
        batch: str | None = None,
        limit: int | None = None,
        connector: str | None = None,
    ) -> list[dict[str, Any]]:
        """List records."""
        from qbferry.desk import lookup, search

        statuses = (wanted,) if status and (wanted := lookup.status_named(status)) else ()
        with self.shelf(entity, connector) as shelf:
            which = search.chosen(statuses=statuses, batch=batch)
            return [*search.found(shelf, which, limit=limit)]

    def act(
        self,
        entity: str,
        ids: Sequence[str],
        what: Literal["ready", "not ready"],
        *,
        again: bool = False,
        connector: str | None = None,
    ) -> list[dict[str, Any]]:
        """Set records ready or not ready."""
        from qbferry.desk import readiness

        with self.drawer(entity, connector, write=True) as drawer:
            rows = drawer.find([*ids])
            if what == "ready":
                verdicts = [*readiness.set_ready(drawer, rows, None if again else [])]
            else:
                verdicts = [*readiness.set_not_ready(drawer, rows)]
        return [asdict(verdict) | {"status": str(verdict.status)} for verdict in verdicts]

    def change(
        self,
        entity: str,
        record_id: str,
        edit: Callable[[AnyRecord], Mapping[str, Any]],
        connector: str | None = None,
    ) -> dict[str, Any]:
        """Change one record the way an import does; what commands of plugins use."""
        from qbferry.desk import lookup
        from qbferry.intake import change

        with self.drawer(entity, connector, write=True) as drawer:
            return lookup.view(drawer.shelf, change(drawer, record_id, edit))

    def close(self) -> None:
        """Let go of what a command has opened."""
        self._open.close()


def desk(ctx: typer.Context) -> CommandDesk:
    """The desk of this call."""
    return cast("CommandDesk", ctx.find_root().obj)
