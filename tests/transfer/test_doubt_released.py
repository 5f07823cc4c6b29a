"""What is in doubt and is found in QuickBooks after all is booked by itself: no person is asked any more.

The fixtures compare the books at the end of every test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qbferry.config import PluginSettings
from qbferry.desk import doubt
from qbferry.plugin.manager import assemble
from qbferry.proof.scenario import invoice, timesheet
from qbferry.simulator import HResultError, Session
from qbferry.transfer.recall import RELEASED

from .restored import at_desk, live, run, sent

if TYPE_CHECKING:
    from qbferry.simulator.status import Status
    from qbferry.testing.installation import Installation


class Dying:
    """QuickBooks dies once it has done so many requests of one name."""

    def __init__(self, name: str, after: int) -> None:
        self._name, self._left = name, after

    def disturb(self, name: str) -> Status | None:
        if name == self._name:
            self._left -= 1
            if self._left < 0:
                raise HResultError("0x80040408")
        return None


@pytest.fixture
def office(office: Installation) -> Installation:
    """All kinds, with several requests in a message."""
    office.settings = office.settings.model_copy(update={"requests_per_message": 25})
    office.restart()
    return office


def hand_out(office: Installation, name: str) -> str:
    """Begin a run and go on until a message with such a request was handed out; its text."""
    ticket, quickbooks = office.begin(), Session(office.company)
    while f"<{name}Rq" not in (text := office.send(ticket)):
        office.receive(ticket, quickbooks.process(text))
    return text


def raise_doubt(office: Installation) -> None:
    with office.database.write() as tx:
        live_run = tx.runs.live(1)
        assert live_run is not None
        tx.runs.void(1)
        doubt.raise_doubt(tx, office.plugins, None, "continue")


def in_doubt(office: Installation, entity: str = "invoice", name: str = "INV-1") -> bool:
    return office.record(entity, name).in_doubt


def test_it_is_booked_as_what_was_found_and_the_history_says_so(office: Installation) -> None:
    office.put("invoice", invoice("INV-1").document)
    Session(office.company).process(hand_out(office, "InvoiceAdd"))
    raise_doubt(office)
    assert in_doubt(office)
    office.put("invoice", invoice("INV-2").document)
    assert sent(run(office)) == 1, "only the other one"
    assert live(office) == 2
    row = office.record("invoice", "INV-1")
    there = office.company.transactions("Invoice")[0]
    assert (str(row.transfer_status), row.in_doubt, row.doubtful) == ("Transferred", False, {})
    assert (row.txn_id, row.ref_number) == (there["TxnID"], there["RefNumber"])
    assert [(line.kind, line.reason) for line in office.history("INV-1")][-1] == ("Sent", RELEASED)
    with office.database.read() as tx:
        assert tx.alerts.standing(1) == []
        assert not tx.connectors.named(None).found


def test_a_run_that_has_nothing_else_to_do_releases_it(office: Installation) -> None:
    office.put("invoice", invoice("INV-1").document)
    Session(office.company).process(hand_out(office, "InvoiceAdd"))
    raise_doubt(office)
    office.put("invoice", invoice("INV-REFUSED", organization="Nobody Inc").document)
    run(office)
    assert office.statuses("invoice") == {"INV-1": "Transferred", "INV-REFUSED": "Pending/Failed"}


def test_of_what_is_there_in_part_the_rest_stays_in_doubt(office: Installation) -> None:
    office.put("timesheet", timesheet("TS-1").document)
    text = hand_out(office, "TimeTrackingAdd")
    with pytest.raises(HResultError):
        Session(office.company, interference=Dying("TimeTrackingAdd", 1)).process(text)
    raise_doubt(office)
    office.put("invoice", invoice("INV-1").document)
    run(office)
    row = office.record("timesheet", "TS-1")
    assert (row.in_doubt, len(row.done), len(row.doubtful)) == (True, 1, 2)
    assert row.queue_position is None
    assert "qbferry doubt there timesheet TS-1" in (row.reason or "")
    with at_desk(office, "timesheet") as drawer:
        doubt.not_there(drawer, "TS-1")
    assert sent(run(office), "TimeTrackingAdd") == 2
    assert live(office, "TimeTracking") == 3
    assert office.statuses("timesheet") == {"TS-1": "Transferred"}


def test_what_is_not_found_stays_in_doubt(office: Installation) -> None:
    office.put("invoice", invoice("INV-1").document)
    hand_out(office, "InvoiceAdd")
    raise_doubt(office)
    office.put("invoice", invoice("INV-2").document)
    run(office)
    assert in_doubt(office)
    assert live(office) == 1
    with at_desk(office) as drawer:
        doubt.not_there(drawer, "INV-1")
    run(office)
    assert live(office) == 2


def test_it_waits_for_its_plugin(office: Installation) -> None:
    office.put("invoice", invoice("INV-1").document)
    Session(office.company).process(hand_out(office, "InvoiceAdd"))
    raise_doubt(office)
    with_all, office.plugins = office.plugins, assemble(PluginSettings(enabled=["timesheets"]))
    office.restart()
    office.put("timesheet", timesheet("TS-1").document)
    run(office)
    assert in_doubt(office)
    office.plugins = with_all
    office.restart()
    office.put("timesheet", timesheet("TS-2").document)
    run(office)
    assert not in_doubt(office)
    assert live(office) == 1


def test_a_call_that_comes_twice_does_not_put_it_off(office: Installation) -> None:
    office.put("invoice", invoice("INV-1").document)
    Session(office.company).process(hand_out(office, "InvoiceAdd"))
    raise_doubt(office)
    office.put("invoice", invoice("INV-REFUSED", organization="Nobody Inc").document)
    ticket, quickbooks, percent = office.begin(), Session(office.company), 0
    while 0 <= percent < 100:
        text = office.send(ticket)
        with office.database.read() as tx:
            run_ = tx.runs.live(1)
        if run_ is not None and run_.question == "recall":
            text = office.send(ticket)
        percent = office.receive(ticket, quickbooks.process(text))
    office.exchange.close(ticket)
    assert office.statuses("invoice")["INV-1"] == "Transferred"
