"""What a person does about what goes on in QuickBooks: alerts, doubles, runs, what it does not say."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.app import build
from qbferry.config import load
from qbferry.store.rows import AlertRow, DoubleRow, ListedRequest, MessageRow, RunRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer.testing import Result

    Run = Callable[..., Result]

pytestmark = pytest.mark.usefixtures("office")

NOW = datetime.now(UTC)


def shown(qbferry: Run, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(qbferry(*words, "--json").stdout)
    return found


def test_alerts_are_shown_until_they_are_dismissed(qbferry: Run) -> None:
    assert "Nothing needs a person" in qbferry("alerts").stdout
    with closing(build(load())) as app, app.database.write() as tx:
        row = AlertRow(at=NOW, connector_id=1, kind="message.lost", about="A1", text="It gets lost.")
        tx.alerts.alert(row)
    assert "It gets lost." in qbferry("alerts").stdout
    [alert] = shown(qbferry, "alerts")
    assert (alert["kind"], alert["text"]) == ("message.lost", "It gets lost.")
    qbferry("alerts", "dismiss", str(alert["alert"]))
    assert shown(qbferry, "alerts") == []
    assert "There is no alert" in qbferry("alerts", "dismiss", str(alert["alert"]), status=1).stderr


def test_doubles_are_listed_and_can_be_wanted_gone(qbferry: Run) -> None:
    assert "nothing twice" in qbferry("doubles", "list").stdout
    with closing(build(load())) as app, app.database.write() as tx:
        double = DoubleRow(
            connector_id=1,
            found_at=NOW,
            kind="Invoice",
            txn_id="2-1",
            ref_number="12",
            booked_txn_id="1-1",
            booked_number="11",
            marker="{A}",
            entity="invoice",
            record_pk=1,
            record_id="INV-1",
        )
        assert tx.doubles.add(double)
        assert not tx.doubles.add(double)
    [found] = shown(qbferry, "doubles", "list")
    assert (found["txn_id"], found["number"], found["booked_txn_id"]) == ("2-1", "12", "1-1")
    assert not found["to_be_deleted"]
    assert "a double of invoice INV-1" in qbferry("doubles", "delete", "2-1").stdout
    assert shown(qbferry, "doubles", "list")[0]["to_be_deleted"]
    assert "no double with the TxnID 1-1" in qbferry("doubles", "delete", "1-1", status=1).stderr


def test_a_run_is_ended_and_what_is_unanswered_decided(qbferry: Run, put: Callable[..., str]) -> None:
    qbferry("import", "invoice", put("INV-1"), "--ready")
    with closing(build(load())) as app, app.database.write() as tx:
        run = RunRow(connector_id=1, ticket=b"x", started_at=NOW, seen_at=NOW)
        tx.runs.add(run)
        [record] = tx.records.by_id(1, "invoice", ["INV-1"]).values()
        part = ListedRequest(
            owner="record",
            entity="invoice",
            pk=record.pk,
            id="INV-1",
            key="invoice",
            name="InvoiceAdd",
            label="",
            marker="{A}",
        )
        message = MessageRow(
            connector_id=1, run_id=run.id, message_set_id="A" * 20, body="", composed_at=NOW, requests=[part]
        )
        tx.messages.add(message)
    assert f"qbferry runs end {run.id}" in qbferry("doubt", "raise", status=1).stderr
    assert f"Run {run.id} of the connector office is over" in qbferry("runs", "end", str(run.id)).stdout
    assert "that goes on" in qbferry("runs", "end", str(run.id), status=1).stderr
    assert shown(qbferry, "runs")[0]["state"] == "ended"
    cleared = qbferry("connector", "clear-location", "office")
    assert "Its last message is not answered" in cleared.stderr
    assert "In doubt now: Invoice INV-1" in qbferry("doubt", "raise").stdout
    [doubted] = shown(qbferry, "doubt", "list")
    assert doubted["id"] == "INV-1"
    assert "No message of the connector office is unanswered" in qbferry("doubt", "raise", status=1).stderr


def test_a_test_alert_says_where_it_went_or_that_it_goes_nowhere(
    qbferry: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Alerts go nowhere yet" in qbferry("alerts", "test", status=1).stderr
    monkeypatch.setenv("QBFERRY_ALERTS__WEBHOOK_URL", "http://127.0.0.1:9/nobody")
    told = qbferry("alerts", "test", status=1).stderr
    assert "The webhook at http://127.0.0.1 did not take it: Connection refused." in " ".join(told.split())
