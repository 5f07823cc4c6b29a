"""What plugin authors try their plugins in is what records meet when they are imported."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qbferry.desk.drawer import Drawer
from qbferry.intake import read, take_in
from qbferry.plugin import discovery
from qbferry.store import migrate
from qbferry.testing.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Make = Callable[..., dict[str, Any]]


def test_a_record_that_is_put_is_like_one_that_is_imported_and_set_ready(
    tmp_path: Path, invoice: Make
) -> None:
    documents = [invoice("INV-1", batch="2026-10", number="A-1"), invoice("INV-2")]
    found = []
    for name in ("put", "imported"):
        (tmp_path / name).mkdir()
        with Installation(tmp_path / name) as world:
            if name == "put":
                world.put("invoice", *documents)
            else:
                with (
                    world.database.write() as tx,
                    Drawer.open(tx, world.plugins, "invoice", None, "continue", lock=True) as drawer,
                ):
                    take_in(drawer, read(drawer.entity, map(json.dumps, documents)), ready=True)
            rows = world.records("invoice")
            assert [(row.party, row.amount, row.number) for row in rows] == [
                ("Acme Corp", 300_00, "A-1"),
                ("Acme Corp", 300_00, ""),
            ]
            found.append([replace(row, created_at=None, updated_at=None, version=0) for row in rows])
    assert found[0] == found[1]


def test_its_database_lacks_no_table(tmp_path: Path) -> None:
    installed = discovery.installed()
    with Installation(tmp_path) as world:
        branches = [discovery.migrations(installed[name]) for name in world.plugins.names]
        assert not migrate.pending(world.database, [branch for branch in branches if branch])


def test_a_new_server_process_goes_on_with_what_the_database_holds(tmp_path: Path, invoice: Make) -> None:
    with Installation(tmp_path) as world:
        world.put("invoice", invoice("INV-1"))
        world.send(world.begin())
        world.restart()
        world.run()
        assert world.statuses("invoice") == {"INV-1": "Transferred"}
        assert [line.kind for line in world.history("INV-1")][-1] == "Sent"
        assert len(world.company.transactions("Invoice")) == 1
