"""An installation a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.plain import plain

from qbferry.config import TransferSettings
from qbferry.plugin.manager import assemble
from qbferry.store.database import Database
from qbferry.testing.audit import audit
from qbferry.testing.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from qbferry.proof.databases import Databases

    Backup = Callable[[Installation], Callable[[], None]]
    """Copies a database; what it gives puts the copy in its place, as often as it is called."""


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


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    """An installation with the invoices plugin; at the end its books must agree with QuickBooks'."""
    plugins = assemble(plain("invoices"))
    with Installation(tmp_path, plugins=plugins, url=database_url) as installation:
        yield installation
        audit(installation)


@pytest.fixture
def office(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    """An installation with all four kinds of records, each request in a message of its own."""
    settings = TransferSettings(
        takeover_after=0, quiet_after_takeover=0, resend_after=0, requests_per_message=1
    )
    with Installation(
        tmp_path, plugins=assemble(plain()), settings=settings, url=database_url
    ) as installation:
        yield installation
        audit(installation)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    return tmp_path / "backup.sqlite3"


@pytest.fixture
def backed_up(databases: Databases, tmp_path: Path) -> Iterator[Backup]:
    """Makes backups of databases."""
    made: list[str] = []

    def copy(url: str) -> str:
        folder = tmp_path / f"copy{len(made)}"
        folder.mkdir()
        made.append(databases.copy(url, folder))
        return made[-1]

    def use(world: Installation, url: str) -> None:
        world.database = Database(url)
        world.restart()

    def back_up(world: Installation) -> Callable[[], None]:
        here = world.database.engine.url.render_as_string(hide_password=False)
        world.database.close()
        kept = copy(here)
        use(world, here)

        def restore() -> None:
            world.database.close()
            use(world, copy(kept))

        return restore

    yield back_up
    for url in made:
        databases.drop(url)
