"""Pages served over real HTTP, people who are logged in, and a company file for what they set ready."""

from __future__ import annotations

import json
import re
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from argon2 import PasswordHasher

from qbferry import config
from qbferry.app import Application, build
from qbferry.desk import connectors, people, readiness
from qbferry.desk.drawer import Drawer
from qbferry.desk.people import Role
from qbferry.intake import read, take_in
from qbferry.simulator import CompanyFile, RunReport, WebConnector
from qbferry.stage import Stage
from qbferry.store.records import Filter
from qbferry.transfer import passwords

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

PASSWORD = "correct horse battery"

_TOKEN = re.compile(r'name="csrftoken" value="([^"]+)"')
_MAIN = re.compile(r"<main.*</main>", re.DOTALL)
_TAGS = re.compile(r"<[^>]+>")


@dataclass
class Visit:
    """A person's browser, without the browser.

    Attributes:
        client: Keeps the cookies.
    """

    client: httpx.Client
    token: str = ""

    def get(self, path: str, status: int = 200) -> str:
        """A page; the token of its forms is kept."""
        reply = self.client.get(path)
        assert reply.status_code == status, said(reply.text)[:500]
        if found := _TOKEN.search(reply.text):
            self.token = found[1]
        return reply.text

    def post(
        self, path: str, status: int = 200, form: Mapping[str, str] | None = None, on: str = "", **fields: Any
    ) -> str:
        """Send a form that is on a page, else on that of its own path, and follow where it leads."""
        data = {"csrftoken": self.token} | fields | dict(form or {})
        reply = self.client.post(
            path, data=data, headers={"referer": str(self.client.base_url.join(on or path))}
        )
        assert reply.status_code == status, said(reply.text)[:500]
        return reply.text


def said(html: str) -> str:
    """What a person reads of a page."""
    main = _MAIN.search(html)
    return " ".join(unescape(_TAGS.sub(" ", main[0] if main else html)).split())


@dataclass
class Place:
    """A server with pages.

    Attributes:
        app: Its parts.
        url: Its root.
        folder: For files.
    """

    app: Application
    url: str
    folder: Path
    company: CompanyFile
    clients: list[httpx.Client] = field(default_factory=list)

    def client(self) -> httpx.Client:
        """Somebody who is not logged in."""
        client = httpx.Client(base_url=self.url, follow_redirects=True, timeout=60)
        self.clients.append(client)
        return client

    def visit(self, name: str = "Ann") -> Visit:
        """Log somebody in."""
        visit = Visit(self.client())
        visit.get("/login")
        visit.post("/login", username=name, password=PASSWORD)
        return visit

    def put(self, entity: str, *documents: dict[str, Any], ready: bool = False) -> None:
        """Import records."""
        with (
            self.app.database.write() as tx,
            Drawer.open(tx, self.app.plugins, entity, None, "continue", lock=True) as drawer,
        ):
            take_in(drawer, read(drawer.entity, map(json.dumps, documents)), ready=ready)

    def statuses(self, entity: str = "invoice") -> dict[str, str]:
        """Where its records stand, by id."""
        with (
            self.app.database.read() as tx,
            Drawer.open(tx, self.app.plugins, entity, None, "continue") as drawer,
        ):
            rows = tx.records.page(drawer.row.id, entity, Filter(), limit=None)
            return {row.id: str(row.transfer_status) for row in sorted(rows, key=lambda row: row.id)}

    def run(self) -> RunReport:
        """One run of a simulated Web Connector."""
        return WebConnector(f"{self.url}/qbwc", "office", PASSWORD, self.company, noop_wait=0).run()


def _cheap(hasher: Any, **_: Any) -> Any:
    return hasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def place(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A server with one connector, an administrator, an operator and a viewer, on either database."""
    file = tmp_path / "qbferry.toml"
    file.write_text(f'database_url = "{database_url}"\npublic_url = "https://books.example.com"\n')
    app = build(config.load(file))
    # As cheap as argon2 gets: what a password costs is tested where passwords are.
    monkeypatch.setattr(passwords, "PasswordHasher", partial(_cheap, PasswordHasher))
    with app.database.write() as tx:
        connectors.add(tx, "office", user="office", password=PASSWORD)
        for name, role in (
            ("Ann", Role.ADMINISTRATOR),
            ("Olga", Role.OPERATOR),
            ("Vic", Role.VIEWER),
        ):
            people.add(tx, name, role, PASSWORD)
    with (
        closing(CompanyFile.open(tmp_path / "company.sqlite3")) as company,
        Stage(app) as stage,
    ):
        parts = urlsplit(stage.url)
        made = Place(app, f"{parts.scheme}://{parts.netloc}", tmp_path, company)
        yield made
        for client in made.clients:
            client.close()


@pytest.fixture
def ann(place: Place) -> Visit:
    """The administrator, logged in."""
    return place.visit()


@pytest.fixture
def invoices(place: Place, invoice: Callable[..., dict[str, Any]]) -> Place:
    """Three invoices that can go, one that is voided, one for a customer QuickBooks has not."""
    place.put("invoice", *(invoice(f"INV-{number}", batch="2026-10") for number in (1, 2, 3)))
    place.put("invoice", invoice("VOID", status="voided"), invoice("LOST", organization="Nobody Inc"))
    return place


def set_ready(place: Place, *ids: str) -> None:
    """Set invoices ready, as a command does."""
    with (
        place.app.database.write() as tx,
        Drawer.open(tx, place.app.plugins, "invoice", None, "continue", actor="Bob", lock=True) as drawer,
    ):
        assert all(one.changed for one in readiness.set_ready(drawer, drawer.find(ids), confirmed=None))
