"""Playing the demo: import, serve, run, compare."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qbferry.app import build
from qbferry.config import Settings
from qbferry.demo.script import BOOKS
from qbferry.desk import connectors, people, readiness
from qbferry.desk.drawer import Drawer
from qbferry.desk.people import Role
from qbferry.intake import read, take_in
from qbferry.simulator import CompanyFile, WebConnector
from qbferry.stage import Stage
from qbferry.store.records import Filter
from qbferry.webconnector import SERVICE_PATH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from qbferry.demo.script import DemoRecord
    from qbferry.simulator import RunReport
    from qbferry.simulator.report import CallReport

__all__ = ["Ending", "Performance"]

USER = "demo"

PAUSE = 5.0
"""Seconds between two runs while the pages stay up."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a record ended, beside how it was to end."""

    part: DemoRecord
    label: str
    plural: str
    status: str
    number: str | None
    reason: str | None

    @property
    def id(self) -> str:
        """The record's id."""
        return str(self.part.document["id"])

    @property
    def as_expected(self) -> bool:
        """Whether status and reason are those of the script."""
        return self.status == self.part.status and self.part.reason in (self.reason or "")


class Performance:
    """One demo in one folder: ``qbferry.sqlite3`` and ``company.sqlite3``."""

    def __init__(self, folder: Path) -> None:
        """Set the stage in an empty folder, untouched by the settings of the place."""
        settings = Settings.model_construct(
            database_url=f"sqlite:///{folder / 'qbferry.sqlite3'}", public_url="http://localhost:8080"
        )
        self._app = build(settings)
        self._company = CompanyFile.open(folder / "company.sqlite3")
        self._password = connectors.make_password()
        with self._app.database.write() as tx:
            connectors.add(tx, USER, user=USER, password=self._password)
        self._script: dict[tuple[str, str], DemoRecord] = {}

    def close(self) -> None:
        """Let go of both files."""
        self._company.close()
        self._app.close()

    def arrive(self, parts: Sequence[DemoRecord]) -> int:
        """Import records of the plugins that run and set them ready; how many there are."""
        known = [part for part in parts if part.entity in self._app.plugins.entities]
        self._script |= {(part.entity, part.document["id"]): part for part in known}
        for name in dict.fromkeys(part.entity for part in known):
            lines = [json.dumps(part.document) for part in known if part.entity == name]
            with (
                self._app.database.write() as tx,
                Drawer.open(tx, self._app.plugins, name, None, "continue", lock=True) as drawer,
            ):
                take_in(drawer, read(drawer.entity, lines), ready=True)
        return len(known)

    def run(self, watch: Callable[[int], None]) -> RunReport:
        """Serve, and let a Web Connector make one run.

        Args:
            watch: Hears the percentage of the run after every message.
        """

        def hear(call: CallReport) -> None:
            if call.operation == "receiveResponseXML" and call.result.lstrip("-").isdecimal():
                watch(int(call.result))

        with Stage(self._app) as stage:
            return WebConnector(stage.url, USER, self._password, self._company, watch=hear).run()

    def stay(self, invite: Callable[[str, str, str], None]) -> None:
        """Keep the pages up, and let a Web Connector come every few seconds, until somebody interrupts it.

        Args:
            invite: Hears where the pages are, and with which name and password to log in.
        """
        password = connectors.make_password()
        with self._app.database.write() as tx:
            people.add(tx, USER, Role.ADMINISTRATOR, password)
        with suppress(KeyboardInterrupt), Stage(self._app) as stage:
            invite(stage.url.removesuffix(SERVICE_PATH), USER, password)
            while True:
                time.sleep(PAUSE)
                WebConnector(stage.url, USER, self._password, self._company, noop_wait=0).run()

    def books(self) -> dict[str, int]:
        """How many transactions of each kind the company file has."""
        return {kind: sum(not row["deleted"] for row in self._company.transactions(kind)) for kind in BOOKS}

    def endings(self) -> list[Ending]:
        """Every record of the script, as it stands beside what was expected."""
        found: list[Ending] = []
        for name in self._app.plugins.entities:
            with (
                self._app.database.read() as tx,
                Drawer.open(tx, self._app.plugins, name, None, "continue") as drawer,
            ):
                for row in tx.records.page(drawer.row.id, name, Filter(), limit=None):
                    part = self._script[name, row.id]
                    reason = row.reason or (part.reason and readiness.veto(drawer, row))
                    known = drawer.kind
                    found.append(
                        Ending(
                            part,
                            known.label,
                            known.plural,
                            row.transfer_status,
                            row.ref_number,
                            reason or None,
                        )
                    )
        order = [*self._script]
        return sorted(found, key=lambda end: order.index((end.part.entity, end.id)))
