"""A served installation: real settings, a real database, real HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.app import Application, build
from qbferry.config import Settings
from qbferry.desk import connectors, search
from qbferry.desk.drawer import Drawer
from qbferry.intake import ImportReport, read, take_in
from qbferry.proof.audit import audit
from qbferry.simulator import CompanyFile, Faults, RunReport, WebConnector
from qbferry.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PASSWORD = "a password for tests"


@dataclass
class Served:
    """A server, and what the tests do with it."""

    app: Application
    url: str
    folder: Path
    companies: dict[int, CompanyFile] = field(default_factory=dict)

    def add_connector(self, name: str) -> CompanyFile:
        """A connector with a company file of its own."""
        with self.app.database.write() as tx:
            key = connectors.add(tx, name, user=name, password=PASSWORD).id
        self.companies[key] = CompanyFile.open(self.folder / f"{name}.qbw.sqlite3")
        return self.companies[key]

    def audit(self) -> None:
        """Compare every connector's records with its company file."""
        for key, company in self.companies.items():
            assert not audit(self.app.database, self.app.plugins, company, connector=key).problems
            company.close()

    def take_in(self, entity: str, *documents: dict[str, Any], connector: str | None = None) -> ImportReport:
        """Import records, ready."""
        with (
            self.app.database.write() as tx,
            Drawer.open(tx, self.app.plugins, entity, connector, "continue", lock=True) as drawer,
        ):
            arrivals = read(drawer.entity, map(json.dumps, documents))
            return take_in(drawer, arrivals, ready=True, separate=True)

    def records(self, entity: str, connector: str | None = None) -> dict[str, dict[str, Any]]:
        """What ``list --json`` shows, by id."""
        with (
            self.app.database.read() as tx,
            Drawer.open(tx, self.app.plugins, entity, connector, "continue") as drawer,
        ):
            rows = [*search.found(drawer.shelf)]
        return {row["id"]: row for row in sorted(rows, key=lambda row: str(row["id"]))}

    def run(self, user: str, company: CompanyFile, *faults: Any, **options: Any) -> RunReport:
        """One run of the simulated Web Connector."""
        plan = Faults(faults) if faults else None
        return WebConnector(self.url, user, PASSWORD, company, faults=plan, noop_wait=0, **options).run()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A server on loopback, with its database in a temporary folder; at the end its books must agree."""
    app = build(Settings.model_construct(database_url=f"sqlite:///{tmp_path / 'qbferry.sqlite3'}"))
    with Stage(app) as stage:
        place = Served(app, stage.url, tmp_path)
        yield place
        place.audit()


@pytest.fixture
def invoice() -> Callable[..., dict[str, Any]]:
    """Makes invoices that the sample company takes."""

    def make(number: int, **changes: Any) -> dict[str, Any]:
        return {
            "id": f"INV-{number}",
            "organization": "Acme Corp",
            "invoice_date": "2026-10-31",
            "total": "300.00",
            "lines": [{"id": "1", "item": "Labor~Remote", "quantity": "2.5", "amount": "300.00"}],
        } | changes

    return make
