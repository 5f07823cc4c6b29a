"""A world of the proof: a database, a company file, and what was asked for."""

from __future__ import annotations

import json
import shutil
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from argon2 import PasswordHasher

from qbferry.app import build, migrate
from qbferry.config import Settings, TransferSettings
from qbferry.desk import connectors
from qbferry.desk.drawer import Drawer
from qbferry.intake import read, take_in
from qbferry.model import TransferStatus
from qbferry.proof.audit import audit
from qbferry.simulator import CompanyFile
from qbferry.store.records import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from qbferry.app import Application
    from qbferry.config import PluginSettings
    from qbferry.model import RecordRow
    from qbferry.proof.databases import Databases
    from qbferry.proof.scenario import Wish

__all__ = ["PASSWORD", "USER", "World", "differences", "restless"]

USER, PASSWORD = "proof", "a password for the proof"


@dataclass(frozen=True, slots=True)
class World:
    """Where one trial happens.

    Attributes:
        folder: Holds the company file, and a SQLite database.
        databases: The kind of database.
        url: The database's address.
        per_message: Requests in one message.
        plugins: Which plugins run, and their settings.
    """

    folder: Path
    databases: Databases
    url: str
    per_message: int
    plugins: PluginSettings

    @classmethod
    def create(cls, folder: Path, databases: Databases, per_message: int, plugins: PluginSettings) -> World:
        """Make an empty one, with one connector."""
        folder.mkdir(parents=True)
        world = cls(folder, databases, databases.create(folder), per_message, plugins)
        migrate(world.settings())
        with world.application() as application, application.database.write() as tx:
            row = connectors.add(tx, USER, user=USER, password=PASSWORD)
            # Cheap to verify: the proof signs in a thousand times.
            row.password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
            tx.connectors.save(row)
        with world.company():
            return world

    def copy(self, folder: Path) -> World:
        """Copy it, while nobody has it open."""
        folder.mkdir(parents=True)
        shutil.copyfile(self._company, folder / self._company.name)
        return replace(self, folder=folder, url=self.databases.copy(self.url, folder))

    def remove(self) -> None:
        """Leave nothing behind."""
        self.databases.drop(self.url)
        shutil.rmtree(self.folder, ignore_errors=True)

    def settings(self, takeover_after: int = 0, *, impatient: bool = False) -> Settings:
        """What a server of this world is set to; nothing of it comes from this computer's settings."""
        return Settings.model_construct(
            database_url=self.url + (self.databases.impatience if impatient else ""),
            transfer=TransferSettings(
                requests_per_message=self.per_message,
                takeover_after=takeover_after,
                quiet_after_takeover=0,
                resend_after=0,
            ),
            plugins=self.plugins,
        )

    @contextmanager
    def application(self) -> Iterator[Application]:
        """Open the database, as a command would."""
        with closing(build(self.settings())) as application:
            yield application

    def company(self) -> CompanyFile:
        """Open the company file."""
        return CompanyFile.open(self._company)

    @property
    def _company(self) -> Path:
        return self.folder / "company.sqlite3"

    def arrive(self, wishes: Sequence[Wish]) -> None:
        """Import what is wished for and set it ready; an entity no plugin has is left out."""
        with self.application() as application:
            for name in dict.fromkeys(wish.entity for wish in wishes):
                if name in application.plugins.entities:
                    lines = [json.dumps(wish.document) for wish in wishes if wish.entity == name]
                    with (
                        application.database.write() as tx,
                        Drawer.open(tx, application.plugins, name, None, "continue", lock=True) as drawer,
                    ):
                        take_in(drawer, read(drawer.entity, lines), ready=True)


def restless(application: Application) -> bool:
    """Whether something is unsettled or due; what has failed is not counted, though it is tried again."""
    waiting = Filter(statuses=[TransferStatus.PENDING])
    with application.database.read() as tx:
        return tx.messages.unsettled(1) is not None or any(
            tx.records.number_of(1, entity, waiting) for entity in application.plugins.entities
        )


def differences(application: Application, company: CompanyFile, wishes: Sequence[Wish]) -> list[str]:
    """Everything in which the books, QuickBooks, and what was wished for do not agree."""
    books = audit(application.database, application.plugins, company)
    problems = [*books.problems]
    for (entity, name), wish in {(wish.entity, wish.document["id"]): wish for wish in wishes}.items():
        if entity not in books.records:
            continue
        record = next((record for record in books.records[entity] if record.id == name), None)
        if record is None:
            problems.append(f"{entity} {name} is gone.")
        else:
            problems += _compare(wish, record, books.there[entity, record.pk], company)
    return problems


def _compare(
    wish: Wish, record: RecordRow, there: Sequence[Mapping[str, Any]], company: CompanyFile
) -> Iterator[str]:
    name = f"{wish.entity} {record.id}"
    if record.transfer_status is not wish.status or wish.reason not in (record.reason or ""):
        yield f"{name} is {record.transfer_status} ({record.reason}), and should be {wish.status}."
    expected = wish.there or {}
    any_number = wish.quantities.keys() - expected.keys()
    kinds = {*expected, *(row["kind"] for row in there)} - any_number if wish.there is not None else ()
    for kind in sorted(kinds):
        found, wanted = sum(row["kind"] == kind for row in there), expected.get(kind, 0)
        if found != wanted:
            yield f"{name}: QuickBooks has {found} {kind} of it, and should have {wanted}."
    for kind, quantity in wish.quantities.items():
        lines = [line for row in there if row["kind"] == kind for line in row["lines"]]
        total = sum((Decimal(line.get("Quantity") or 0) for line in lines), Decimal(0))
        if total != Decimal(quantity):
            yield f"{name}: its {kind} add up to {total}, and should to {quantity}."
    for kind, names in wish.names.items():
        known = [entry["FullName"] for entry in company.entries(kind)]
        for wanted_name in names:
            if known.count(wanted_name) != 1:
                yield f"{name}: QuickBooks has {known.count(wanted_name)} {kind} {wanted_name}."
