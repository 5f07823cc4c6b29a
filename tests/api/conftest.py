"""A server with an API over real HTTP, and programs with tokens."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from qbferry import config
from qbferry.app import Application, build, opened
from qbferry.desk import connectors, tokens
from qbferry.desk.drawer import Drawer
from qbferry.desk.kinds import declared
from qbferry.desk.tokens import Scope
from qbferry.intake import read, take_in
from qbferry.plugin.manager import Plugins
from qbferry.scheduler import Scheduler
from qbferry.simulator import CompanyFile, RunReport, WebConnector
from qbferry.stage import Stage

from .orchard import Orchard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from qbferry.simulator.report import CallReport

PASSWORD = "correct horse battery"


@dataclass
class Place:
    """A server.

    Attributes:
        app: Its parts.
        url: Its root.
        settings: Its settings file.
    """

    app: Application
    url: str
    settings: Path
    company: CompanyFile
    clients: list[httpx.Client] = field(default_factory=list)

    def client(self, *scopes: Scope, name: str = "erp", token: str | None = None) -> httpx.Client:
        """A program that may do something; without scopes, all."""
        if token is None:
            with self.app.database.write() as tx:
                _, token = tokens.add(tx, name, scopes or tuple(Scope))
        head = {"Authorization": f"Bearer {token}"} if token else {}
        client = httpx.Client(base_url=f"{self.url}/api/v1", headers=head, timeout=60)
        self.clients.append(client)
        return client

    def connection(self) -> socket.socket:
        """A connection that nothing was sent on yet."""
        return socket.create_connection((str(urlsplit(self.url).hostname), urlsplit(self.url).port or 0), 60)

    def put(self, entity: str, *documents: dict[str, Any], ready: bool = False) -> None:
        """Import records."""
        with (
            self.app.database.write() as tx,
            Drawer.open(tx, self.app.plugins, entity, None, "continue", lock=True) as drawer,
        ):
            take_in(drawer, read(drawer.entity, map(json.dumps, documents)), ready=ready)

    def run(self, watch: Callable[[CallReport], None] | None = None) -> RunReport:
        """One run of a simulated Web Connector; someone may hear of every call."""
        url = f"{self.url}/qbwc"
        return WebConnector(url, "office", PASSWORD, self.company, noop_wait=0, watch=watch).run()


@pytest.fixture
def place(tmp_path: Path, database_url: str) -> Iterator[Place]:
    """A server with one connector, on either database."""
    file = tmp_path / "qbferry.toml"
    file.write_text(f'database_url = "{database_url}"\n')
    app = build(config.load(file))
    with app.database.write() as tx:
        connectors.add(tx, "office", user="office", password=PASSWORD)
    yield from served(app, tmp_path)


@pytest.fixture
def settings() -> str:
    """What is set besides."""
    return ""


@pytest.fixture
def orchard(tmp_path: Path, settings: str) -> Iterator[Place]:
    """A server with a plugin of somebody else's, and a database that waits for nobody."""
    file = tmp_path / "qbferry.toml"
    file.write_text(f'database_url = "sqlite:///{tmp_path}/pears.sqlite3?timeout=0.2"\n{settings}')
    loaded, plugins = config.load(file), Plugins({"orchard": Orchard()})
    database = opened(loaded, declared(plugins), make=True)
    app = Application(loaded, plugins, database, Scheduler(plugins.entities, 25))
    with database.write() as tx:
        connectors.add(tx, "office", user="office", password=PASSWORD)
    yield from served(app, tmp_path)


def served(app: Application, folder: Path) -> Iterator[Place]:
    """Serve an application."""
    with closing(CompanyFile.open(folder / "company.sqlite3")) as company, Stage(app) as stage:
        made = Place(app, f"http://{urlsplit(stage.url).netloc}", folder / "qbferry.toml", company)
        yield made
        for client in made.clients:
            client.close()


@pytest.fixture
def erp(place: Place) -> httpx.Client:
    """A program that may do everything."""
    return place.client()


@pytest.fixture
def invoices(place: Place, invoice: Callable[..., dict[str, Any]]) -> Place:
    """Three invoices that can go, one that is voided, one for a customer QuickBooks has not."""
    place.put("invoice", *(invoice(f"INV-{number}", batch="2026-10") for number in (1, 2, 3)))
    place.put("invoice", invoice("VOID", status="voided"), invoice("LOST", organization="Nobody Inc"))
    return place


def problem(reply: httpx.Response, status: int, sort: str) -> dict[str, Any]:
    """What is wrong, once it was told as it has to be."""
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = reply.json()
    assert told["type"] == f"urn:qbferry:problem:{sort}"
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    return told
