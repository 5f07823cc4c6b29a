from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qbferry.desk.readings import readings
from qbferry.simulator import Session
from qbferry.testing.installation import Installation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_what_is_there_is_told(
    tmp_path: Path, database_url: str, invoice: Callable[..., dict[str, Any]]
) -> None:
    with Installation(tmp_path, url=database_url) as world:
        world.put("invoice", invoice("1"), invoice("2", organization="Nobody Inc"), invoice("3"))
        before = {one.name: dict(one.values) for one in readings(world.database, world.plugins)}
        assert before["records"] == {("main", "invoice", "Pending"): 3}
        assert before["runs_live"] == {(): 0}
        assert before["connector_silent_seconds"] == {}
        assert before["hook_seconds"] == before["events"] == {}
        ticket = world.begin()
        message = world.send(ticket)
        while "InvoiceAddRq" not in message:
            world.receive(ticket, Session(world.company).process(message))
            message = world.send(ticket)
        during = {one.name: dict(one.values) for one in readings(world.database, world.plugins)}
        assert during["runs_live"] == during["messages_unanswered"] == {(): 1}
        assert 0 <= during["connector_silent_seconds"]["main",] < 600
        assert during["connector_paused"] == {("main",): 0}
        world.exchange.close(ticket)
        world.run()
        after = {one.name: dict(one.values) for one in readings(world.database, world.plugins)}
        assert after["records"] == {
            ("main", "invoice", "Pending"): 0,
            ("main", "invoice", "Transferred"): 2,
            ("main", "invoice", "Pending/Failed"): 1,
        }
        assert after["runs_live"] == after["messages_unanswered"] == {(): 0}
        assert after["events"]["run.started",] == after["events"]["run.ended",] == 2
        assert after["events"]["record.transferred",] == 2
        assert after["events"]["record.failed",] >= 1
        assert after["hook_seconds"]["invoices", "build_requests"] > 0
        assert {plugin for (plugin,) in after["outbox_lines"]} == {
            plugin for (plugin,) in after["outbox_oldest_seconds"]
        }
