"""A server in this process, which answers SOAP texts without a socket."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.resources import as_file
from typing import TYPE_CHECKING, Any

from qbferry import hookimpl
from qbferry.app import Application, build
from qbferry.plugin import discovery
from qbferry.plugin.manager import Plugins
from qbferry.scheduler import Scheduler
from qbferry.simulator import soap
from qbferry.simulator.wire import WireError
from qbferry.webconnector.service import Reply, Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from qbferry.config import Settings
    from qbferry.model import Entity

__all__ = ["Office", "Shortcut"]

TEXT = re.compile(r'el\("(Memo|Notes|VendorMsg)", [^}]*\) }}')
NEWER = r'el("\1", "of a newer template") }}'


class Office:
    """The server: built as ``qbferry serve`` builds it.

    Attributes:
        application: Its parts.
        failed: What went wrong in it that it could put into no sentence of its own: the calls.
    """

    def __init__(self, settings: Settings, newer_templates: Path | None = None) -> None:
        """Start it.

        Args:
            settings: Its settings.
            newer_templates: A folder for templates of a newer version, which write other texts; None: as is.
        """
        self.application: Application = build(settings)
        self.failed: list[str] = []
        if newer_templates is not None:
            plugins = _newer(self.application.plugins.names, settings, newer_templates)
            scheduler = Scheduler(plugins.entities, settings.transfer.requests_per_message)
            self.application = replace(self.application, plugins=plugins, scheduler=scheduler)
        if self.application.database.is_sqlite:
            with self.application.database.engine.connect() as connection:
                # Nothing is killed here, so nothing is gained by waiting for the disk.
                connection.exec_driver_sql("PRAGMA synchronous=OFF")
        self._service = Service(self.application.exchange, version="proof")

    def answer(self, operation: str, body: bytes) -> Reply:
        """Answer one call."""
        found = self._service.answer(body, f'"{soap.NAMESPACE}{operation}"')
        if isinstance(found, Reply):
            given = found
        else:
            found.check()
            given = self._service.admit(found)
        if given.status >= 500:
            self.failed.append(operation)
        return given

    def close(self) -> None:
        """Stop it."""
        self.application.close()


class Shortcut:
    """The way of one Web Connector to whichever server is there, without a socket.

    Attributes:
        sent: The answers of QuickBooks that went over it.
    """

    def __init__(self, answer: Callable[[str, bytes], Reply]) -> None:
        self._answer = answer
        self.sent: list[bytes] = []

    def call(
        self,
        operation: str,
        parameters: Mapping[str, str],
        *,
        hang_up: bool = False,
        lose_reply: bool = False,
    ) -> str | list[str]:
        """Call an operation of the server, as ``simulator.wire.Wire`` does."""
        body = soap.write(operation, parameters)
        if operation == "receiveResponseXML":
            self.sent.append(body)
        given = self._answer(operation, body)
        if hang_up or lose_reply:
            raise WireError(f"the connection was cut before the reply to {operation} was read")
        if given.status != 200:
            raise WireError(f"the server answered {operation} with HTTP {given.status}")
        return soap.read(operation, given.body)

    def close(self) -> None:
        """There is nothing to cut."""


def _newer(names: Iterable[str], settings: Settings, folder: Path) -> Plugins:
    """The plugins of a newer version: the same, but for the texts their templates write."""
    installed = discovery.installed()
    return Plugins(
        {
            name: _with_templates(
                discovery.load(installed[name], settings.plugins.table(name)), folder / name
            )
            for name in names
        }
    )


def _with_templates(plugin: Any, folder: Path) -> object:
    owned = [_upgraded(entity, folder) for entity in plugin.entities()] if hasattr(plugin, "entities") else []
    if not owned:
        return plugin

    @hookimpl
    def entities(_: object) -> Iterable[Entity]:
        return owned

    plugin.__class__ = type(type(plugin).__name__, (type(plugin),), {"entities": entities})
    return plugin


def _upgraded(entity: Entity, folder: Path) -> Entity:
    if entity.templates is None:
        return entity
    folder.mkdir(parents=True, exist_ok=True)
    with as_file(entity.templates) as templates:
        for template in templates.glob("*.j2"):
            (folder / template.name).write_text(TEXT.sub(NEWER, template.read_text()))
    return replace(entity, templates=folder)
