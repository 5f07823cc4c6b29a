"""What happened, as the outside is told it: outcomes with their status, payments with their date."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.desk.events import events, place_of
from qbferry.errors import InputError
from qbferry.intake import read, take_in
from qbferry.store.events import Place
from qbferry.store.rows import AlertRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from qbferry.desk.drawer import Drawer
    from qbferry.testing.installation import Installation


def told(world: Installation, after: str | None = None) -> list[dict[str, Any]]:
    with world.database.read() as tx:
        return [event for _, event in events(tx, place_of(tx, after), 100)]


def test_a_record_s_way_is_told(
    world: Installation,
    invoice: Callable[..., dict[str, Any]],
    drawer: Callable[[], AbstractContextManager[Drawer]],
) -> None:
    with drawer() as opened:
        take_in(opened, read(opened.entity, [json.dumps(invoice("A"))]), ready=True)
    world.run()
    found = told(world)
    assert [event["type"] for event in found] == ["record.ready", "record.sent"]
    ready, sent = found
    assert ready["data"]["status"] == "Pending"
    assert sent["data"] | {"txn_id": "", "run": 1, "ref_number": ""} == {
        "connector": "main",
        "entity": "invoice",
        "id": "A",
        "request": "InvoiceAdd",
        "txn_id": "",
        "ref_number": "",
        "run": 1,
        "status": "Transferred",
        "status_code": 0,
        "quickbooks_message": "Status OK",
    }
    assert [event["id"] for event in told(world, ready["id"])] == [sent["id"]]
    assert told(world, sent["id"]) == []


def test_an_alert_is_told(world: Installation) -> None:
    with world.database.write() as tx:
        tx.alerts.alert(
            AlertRow(at=tx.connectors.named(None).created_at, connector_id=1, kind="k", about="A", text="T.")
        )
    [event] = told(world)
    assert event["type"] == "alert.raised"
    assert event["data"] == {"connector": "main", "alert": 1, "kind": "k", "about": "A", "text": "T."}


@pytest.mark.parametrize("after", ["7", "evt_?", str(Place(10**12, 0, 1))])
def test_what_is_no_event_is_refused(world: Installation, after: str) -> None:
    with pytest.raises(InputError, match="event"):
        told(world, after)
