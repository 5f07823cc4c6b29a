"""What several rooms' tests share: an installation a test, and its invoices."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.config import PluginSettings
from qbferry.desk.drawer import Drawer
from qbferry.plugin.manager import assemble
from qbferry.testing.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path


@pytest.fixture
def invoice() -> Callable[..., dict[str, Any]]:
    """Makes invoices that the sample company takes."""

    def make(name: str, **changes: Any) -> dict[str, Any]:
        return {
            "id": name,
            "organization": "Acme Corp",
            "invoice_date": "2026-10-31",
            "total": "300.00",
            "lines": [{"id": "1", "item": "Labor~Remote", "quantity": "2.5", "amount": "300.00"}],
        } | changes

    return make


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Installation]:
    with Installation(tmp_path, plugins=assemble(PluginSettings(enabled=["invoices"]))) as installation:
        yield installation


@pytest.fixture
def drawer(world: Installation) -> Callable[[], AbstractContextManager[Drawer]]:
    """Opens the invoices' drawer in a transaction that is committed."""

    @contextmanager
    def open_drawer() -> Iterator[Drawer]:
        with world.database.write() as session:
            yield Drawer.open(session, world.plugins, "invoice", None, "continue", lock=True)

    return open_drawer
