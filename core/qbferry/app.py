"""The composition root: from settings to the parts at work, and to the ASGI application that serves them."""

from __future__ import annotations

import logging
import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from qbferry.desk.kinds import declared
from qbferry.errors import ConfigError, DatabaseError
from qbferry.plugin import discovery
from qbferry.scheduler import Scheduler
from qbferry.store.database import Database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from pathlib import Path

    from starlette.applications import Starlette
    from starlette.types import ASGIApp

    from qbferry.config import Settings
    from qbferry.desk.office import Office
    from qbferry.plugin.manager import Plugins
    from qbferry.store.catalog import KnownKind
    from qbferry.transfer.exchange import RunExchange

__all__ = ["Application", "asgi", "build", "from_environment", "migrate", "opened"]

log = logging.getLogger("qbferry.server")

SOURCE_PAUSE = 10.0
"""Seconds between two looks whether a source is due."""

FOLDER_PAUSE = 2.0
"""Seconds between two looks into the watched folder."""

OUTBOX_PAUSE = 2.0
"""Seconds between two looks at the outbox."""

WEBHOOK_PAUSE = 2.0
"""Seconds between two looks for events that webhooks lack."""

PRUNING_PAUSE = 3600.0
"""Seconds between two looks for what need not be kept any longer."""

HERALD_PAUSE = 60.0
"""Seconds between two looks for what needs people."""


@dataclass(frozen=True)
class Application:
    """The parts, put together once.

    Attributes:
        settings: What was set.
        plugins: The plugins that run.
        database: Open, and up to date.
        scheduler: What goes next.
    """

    settings: Settings
    plugins: Plugins
    database: Database
    scheduler: Scheduler

    @cached_property
    def exchange(self) -> RunExchange:
        """What the Web Connector talks to; made only by those who serve it."""
        from qbferry.transfer.exchange import RunExchange

        return RunExchange(self.database, self.plugins, self.scheduler, self.settings.transfer)

    def healthy(self) -> bool:
        """Ask the database something."""
        with self.database.read() as tx:
            return tx.installations.owner_id() is not None

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()


def build(settings: Settings, *, make: bool = True) -> Application:
    """Put the parts together.

    A SQLite database is brought up to date by itself; any other only by ``qbferry migrate``, because other
    processes may be at work on it.

    Args:
        settings: What was set.
        make: Whether a SQLite database may be made that is not there yet.

    Raises:
        ConfigError: The settings do not fit, or the database is not there, cannot be used, or lacks a
            migration.
        DatabaseError: The database cannot be asked now.
        PluginError: A plugin does not load or does not fit its hooks.
    """
    from qbferry.plugin.manager import assemble

    plugins = assemble(settings.plugins)
    return Application(
        settings,
        plugins,
        opened(settings, declared(plugins), make=make),
        Scheduler(plugins.entities, settings.transfer.requests_per_message),
    )


def opened(settings: Settings, kinds: Mapping[str, KnownKind], *, make: bool = False) -> Database:
    """Open the database, up to date and with the kinds of records noted that plugins declare.

    Args:
        settings: What was set.
        kinds: What the plugins that run declare.
        make: Whether a SQLite database may be made that is not there yet.

    Raises:
        ConfigError: The database is not there, cannot be used, or lacks a migration.
        DatabaseError: It cannot be asked now.
    """
    database = Database(settings.database_url)
    try:
        if database.is_new and not make:
            raise ConfigError(
                f"There is no database at {database.shown} yet. Begin with: qbferry init; or name the "
                "settings with --config, or go to their folder."
            )
        _ready(database, settings)
        _install(database, kinds)
    except BaseException:
        database.close()
        raise
    return database


def migrate(settings: Settings) -> bool:
    """Bring the database up to date.

    Returns:
        Whether there was anything to do.

    Raises:
        ConfigError: It cannot be.
    """
    from qbferry.plugin.manager import assemble
    from qbferry.store.migrate import upgrade

    plugins = assemble(settings.plugins)
    database = Database(settings.database_url)
    try:
        changed = upgrade(database, _branches(settings))
        _install(database, declared(plugins))
        with database.write() as tx:
            tx.feed.settle_in()
    finally:
        database.close()
    return changed


def asgi(application: Application) -> ASGIApp:
    """What a server process runs: the Web Connector's addresses, with plugins and outbox at work.

    Raises:
        PluginError: A plugin cannot start.
    """
    from starlette.concurrency import run_in_threadpool

    from qbferry.desk.office import Office
    from qbferry.desk.readings import readings
    from qbferry.webconnector import Limits, site

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        own = (_courier, _herald, _delivery, _pruner)
        workers = [*(make(application) for make in own), *_readers(application)]
        for worker in workers:
            worker.start()
        try:
            yield
        finally:
            for worker in workers:
                worker.leave()
            for worker in workers:
                await run_in_threadpool(worker.stop)
            await run_in_threadpool(application.plugins.shutdown)
            application.close()

    # Not in the lifespan, where what a plugin raises would end as a traceback in the server's log.
    application.plugins.startup(application.database)
    settings = application.settings
    office = Office(application.database, application.plugins, settings)
    return site(
        application.exchange,
        limits=Limits(
            body=settings.server.max_body_bytes,
            body_seconds=settings.server.body_seconds,
            calls=settings.server.max_calls,
        ),
        public_url=settings.public_url,
        hosts=settings.server.hosts,
        healthy=application.healthy,
        readings=lambda: readings(application.database, application.plugins),
        metrics_token=settings.server.metrics_token.get_secret_value(),
        lifespan=lifespan,
        beside=dict(_beside(office)),
        beside_port=settings.web.port,
    )


def _beside(office: Office) -> Iterator[tuple[str, ASGIApp]]:
    """What is served beside the Web Connector's addresses."""
    if office.settings.api.enabled:
        from qbferry.api import PATH, api

        yield PATH, api(office)
    if office.settings.web.enabled:
        from qbferry.web import pages

        yield "/", pages(office)


def from_environment() -> ASGIApp:
    """Make what one of several server processes runs; ``QBFERRY_CONFIG`` names its settings."""
    from qbferry import config, logs

    settings = config.load()
    logs.configure(settings.log.level, settings.log.format)
    return asgi(build(settings))


class _Worker:
    """Does something again and again, in a thread of its own, so that no Web Connector waits for it.

    Args:
        name: The thread's.
        work: Does a part, and says how much; it is done again at once after anything.
        pause: Seconds between two looks that find nothing to do.
    """

    def __init__(self, name: str, work: Callable[[], int], pause: float) -> None:
        self._work, self._pause = work, pause
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def leave(self) -> None:
        """Begin no other part."""
        self._stopped.set()

    def stop(self) -> None:
        """Stop after the part at hand; what is left is done after the next start."""
        self.leave()
        self._thread.join(timeout=10)

    def _go_on(self) -> None:
        done = 0
        while not self._stopped.wait(0 if done else self._pause):
            try:
                done = self._work()
            except Exception:
                done = 0
                log.exception("The %s could not do its work; it tries again.", self._thread.name)


def _courier(application: Application) -> _Worker:
    """Delivers the outbox."""
    from qbferry.transfer import outbox

    return _Worker("outbox", lambda: outbox.deliver(application.database, application.plugins), OUTBOX_PAUSE)


def _herald(application: Application) -> _Worker:
    """Notices what needs people, and tells them."""
    from qbferry.herald import Herald

    settings = application.settings
    herald = Herald(
        application.database,
        declared(application.plugins),
        settings.alerts,
        settings.public_url,
        application.plugins.supply.declared,
    )
    return _Worker("herald", herald.work, HERALD_PAUSE)


def _delivery(application: Application) -> _Worker:
    """Sends webhooks what happened."""
    from qbferry.herald import Delivery

    delivery = Delivery(application.database, application.settings.webhooks.disable_after)
    return _Worker("webhooks", delivery.work, WEBHOOK_PAUSE)


def _pruner(application: Application) -> _Worker:
    """Forgets what is old."""
    from qbferry.herald.notice import KINDS
    from qbferry.transfer.pruning import Pruner

    pruner = Pruner(application.database, application.settings.keep, KINDS)
    return _Worker("pruning", pruner.work, PRUNING_PAUSE)


def _readers(application: Application) -> list[_Worker]:
    """Read the sources and the watched folder, each for itself: a slow one holds up no other."""
    from qbferry.sources import Folder, Reader

    database, plugins, settings = application.database, application.plugins, application.settings
    reader = Reader(database, plugins, settings.transfer.on_error)
    workers = [
        _Worker(f"source {name}", partial(reader.work, name), SOURCE_PAUSE)
        for name in plugins.supply.declared
    ]
    if settings.sources.folder.path:
        folder = Folder(database, plugins, settings.sources.folder, settings.transfer.on_error)
        workers.append(_Worker("watched folder", folder.work, FOLDER_PAUSE))
    return workers


def _ready(database: Database, settings: Settings) -> None:
    from qbferry.store.migrate import pending, upgrade

    branches = _branches(settings)
    if not pending(database, branches):  # asked without the lock of a writer, who may be at work for long
        return
    if not database.is_sqlite:
        raise ConfigError("The database is not up to date; run: qbferry migrate.")
    upgrade(database, branches)


def _branches(settings: Settings) -> list[Path]:
    chosen = discovery.choose(settings.plugins, discovery.installed())
    return [folder for plugin in chosen if (folder := discovery.migrations(plugin))]


def _install(database: Database, kinds: Mapping[str, KnownKind]) -> None:
    """Give the installation its OwnerID, and note the kinds of records there are; whoever comes first."""
    try:
        _introduce(database, kinds)
    except DatabaseError:
        raise
    except Exception:  # noqa: BLE001 - the store's, for a row that another process was first to write
        _introduce(database, kinds)


def _introduce(database: Database, kinds: Mapping[str, KnownKind]) -> None:
    with database.read() as tx:
        known = tx.catalog.all()
        if tx.installations.owner_id() and all(known.get(kind.name) == kind for kind in kinds.values()):
            return
    with database.write() as tx:
        if not tx.installations.owner_id():
            tx.installations.create()
        known = tx.catalog.all()
        tx.catalog.keep(kind for kind in kinds.values() if known.get(kind.name) != kind)
