"""What pages and API work with, put together once."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from qbferry.desk.drawer import Drawer
from qbferry.desk.kinds import all_kinds, declared
from qbferry.desk.people import Door
from qbferry.desk.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from qbferry.config import Settings
    from qbferry.plugin.manager import Plugins
    from qbferry.store.catalog import KnownKind
    from qbferry.store.database import Database
    from qbferry.store.transaction import Transaction

__all__ = ["Office"]


@dataclass(frozen=True)
class Office:
    """The parts that people and programs are served with.

    Attributes:
        database: Open, and up to date.
        plugins: Those that run.
        settings: What was set when the server started.
    """

    database: Database
    plugins: Plugins
    settings: Settings

    @property
    def on_error(self) -> str:
        """The setting, for connectors that have none of their own."""
        return self.settings.transfer.on_error

    @property
    def public_url(self) -> str:
        """The address of the server as the Web Connector knows it."""
        return self.settings.public_url

    @cached_property
    def door(self) -> Door:
        """Who comes in."""
        return Door(self.database)

    @cached_property
    def running(self) -> Mapping[str, KnownKind]:
        """The kinds of records whose plugins run."""
        return declared(self.plugins)

    def kinds(self, tx: Transaction) -> dict[str, KnownKind]:
        """All kinds there ever were."""
        return all_kinds(tx, self.running)

    @contextmanager
    def shelf(self, entity: str, connector: str | None) -> Iterator[Shelf]:
        """One kind of records, to look at.

        Raises:
            NotFoundError: There is no such kind or connector.
        """
        with self.database.read() as tx:
            yield Shelf.open(tx, self.running, entity, connector)

    @contextmanager
    def drawer(
        self, entity: str, connector: str | None, actor: str = "", *, write: bool = False
    ) -> Iterator[Drawer]:
        """One kind of records in a transaction of its own; what writes them has them for itself.

        Raises:
            NotFoundError: There is no such kind or connector.
        """
        with (
            self.database.write() if write else self.database.read() as tx,
            self.opener(entity, connector, actor)(tx, write) as drawer,
        ):
            yield drawer

    def opener(
        self, entity: str, connector: str | None, actor: str
    ) -> Callable[[Transaction, bool], AbstractContextManager[Drawer]]:
        """Open the same records in any transaction."""

        def open_drawer(tx: Transaction, lock: bool) -> AbstractContextManager[Drawer]:
            return Drawer.open(tx, self.plugins, entity, connector, self.on_error, actor=actor, lock=lock)

        return open_drawer
