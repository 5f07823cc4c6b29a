"""A plugin that takes its time: it is measured and shown; what there is no time for waits for the next call.

Without any time at all, each call still does one thing.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from qbferry.config import TransferSettings
from qbferry.desk import lookup
from qbferry.simulator import Session
from qbferry.testing.audit import audit

from .odd import ODD, Owner, Policy, installation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from qbferry.testing.installation import Installation

    Make = Callable[..., dict[str, Any]]

SLOW = 0.2


def dawdles(*_: Any) -> None:
    time.sleep(SLOW)


def hasty(seconds: float = 0) -> TransferSettings:
    """Settings whose calls may take so long; nobody would set less than a second."""
    settings = TransferSettings(takeover_after=0, quiet_after_takeover=0, resend_after=0)
    return settings.model_copy(update={"call_seconds": seconds})


def numbers(world: Installation) -> list[str]:
    return [row["RefNumber"] for row in world.company.transactions("Invoice")]


@pytest.mark.parametrize("hook", ["check_eligibility", "build_requests", "handle_response", "after_transfer"])
def test_a_slow_hook_is_logged_and_shown_with_its_run(
    tmp_path: Path,
    invoice: Make,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    hook: str,
) -> None:
    monkeypatch.setattr("qbferry.plugin.clock.SLOW", SLOW / 2)
    monkeypatch.setattr("qbferry.desk.lookup.SLOW", 1000 * SLOW / 2)
    with installation(tmp_path, {"odd": Policy(hook, dawdles)}) as world:
        world.put("invoice", *(invoice(number) for number in (1, 2, 3)))
        assert world.run() == [100]
        logged = rf"The plugin odd took \d+\.\d s in {hook}; the Web Connector waits for it\."
        assert re.search(logged, caplog.text)
        with world.database.read() as tx:
            [shown] = lookup.runs(tx, 1)
        assert re.fullmatch(rf"{hook} of odd: 0\.\d s", shown["slowest"])
        assert set(world.statuses("invoice").values()) == {"Transferred"}


@pytest.mark.parametrize(
    ("odd", "hook"),
    [
        (Policy, "check_eligibility"),
        (Policy, "build_requests"),
        (Policy, "handle_response"),
        (Policy, "after_transfer"),
        (Owner, "handle_response"),
    ],
)
def test_what_there_is_no_time_for_waits_and_everything_arrives_once(
    tmp_path: Path, invoice: Make, odd: Any, hook: str
) -> None:
    """The slow hook takes longer than a call may; the others take none."""
    acting = odd(hook, dawdles)
    plugins = {"invoices" if odd is Owner else "odd": acting}
    with installation(tmp_path, plugins, settings=hasty(SLOW / 2)) as world:
        world.put("invoice", *(invoice(number) for number in range(1, 6)))
        messages: list[str] = []
        percents = world.run(watch=messages.append)
        assert percents[-1] == 100
        assert percents == sorted(percents)
        assert len(messages) > 1, "not all of it was done at once"
        assert set(world.statuses("invoice").values()) == {"Transferred"}
        assert sum(message.count("<InvoiceAddRq") for message in messages) == 5
        assert len(numbers(world)) == 5
        assert acting.calls == 1
        audit(world)


def test_with_no_time_at_all_each_call_still_does_one_thing(
    tmp_path: Path, database_url: str, invoice: Make
) -> None:
    with installation(tmp_path, {}, settings=hasty(), url=database_url) as world:
        world.put("invoice", *(invoice(number) for number in range(1, 6)))
        messages: list[str] = []
        assert world.run(watch=messages.append)[-1] == 100
        assert [message.count("<InvoiceAddRq") for message in messages if "<InvoiceAddRq" in message] == [
            1
        ] * 5
        assert set(world.statuses("invoice").values()) == {"Transferred"}
        assert len(numbers(world)) == 5
        audit(world)


def test_records_that_cannot_go_take_their_turns_too(tmp_path: Path, invoice: Make) -> None:
    with installation(tmp_path, {}, settings=hasty()) as world:
        world.put("invoice", *(invoice(number, status="voided") for number in range(1, 5)), invoice(5))
        assert world.run()[-1] == 100
        assert list(world.statuses("invoice").values()) == ["Pending/Failed"] * 4 + ["Transferred"]
        assert [len(world.history(f"INV-{number}")) for number in range(1, 6)] == [1] * 5


def test_an_answer_there_is_no_time_for_is_booked_and_told_in_the_next_call(
    tmp_path: Path, database_url: str, invoice: Make
) -> None:
    owner = Owner("handle_response", lambda record, response: None)
    with installation(tmp_path, {"invoices": owner}, url=database_url) as world:
        world.put("invoice", *(invoice(number) for number in (1, 2, 3)))
        quickbooks = Session(world.company)
        ticket = world.begin()
        answer = quickbooks.process(world.send(ticket))
        world.settings.call_seconds = 0
        world.restart()
        assert world.receive(ticket, answer) < 100
        assert owner.calls == 0
        assert set(world.statuses("invoice").values()) == {"Pending"}
        [message] = world.messages()
        assert message.owed == [0, 1, 2]
        assert message.settled_at, "QuickBooks' answer is booked, and is not asked for again"
        for number in (1, 2, 3):
            [line] = world.history(f"INV-{number}")
            assert (line.kind, line.txn_id) == ("Sent", world.record("invoice", f"INV-{number}").txn_id)
        told: list[list[str]] = []
        percent = 0
        while percent < 100:
            question = world.send(ticket)
            assert "<InvoiceAddRq" not in question
            statuses = world.statuses("invoice")
            told.append([name for name, status in statuses.items() if status == "Transferred"])
            percent = world.receive(ticket, quickbooks.process(question))
        assert told == [["INV-1"], ["INV-1", "INV-2"], ["INV-1", "INV-2", "INV-3"]]
        assert owner.calls == 1
        assert [len(world.history(name)) for name in told[-1]] == [1, 1, 1]
        assert len(numbers(world)) == 3
        audit(world)


def test_what_was_owed_when_a_run_broke_off_is_told_in_the_next(tmp_path: Path, invoice: Make) -> None:
    owner = Owner("handle_response", lambda record, response: None)
    with installation(tmp_path, {"invoices": owner}) as world:
        world.put("invoice", *(invoice(number) for number in (1, 2, 3)))
        ticket = world.begin()
        answer = Session(world.company).process(world.send(ticket))
        world.settings.call_seconds = 0
        world.restart()
        world.receive(ticket, answer)
        world.settings.call_seconds = 30
        world.restart()
        messages: list[str] = []
        assert world.run(watch=messages.append)[-1] == 100
        assert "<InvoiceAddRq" not in "".join(messages)
        assert owner.calls == 1
        assert set(world.statuses("invoice").values()) == {"Transferred"}
        assert world.record("invoice", ODD).transfer_count == 1
        audit(world)


def test_a_refusal_there_is_no_time_for_is_told_too(tmp_path: Path, invoice: Make) -> None:
    with installation(tmp_path, {}) as world:
        world.put("invoice", invoice(1, organization="Nobody Inc"), invoice(2))
        ticket = world.begin()
        answer = Session(world.company).process(world.send(ticket))
        world.settings.call_seconds = 0
        world.restart()
        assert world.receive(ticket, answer) < 100
        while world.receive(ticket, Session(world.company).process(world.send(ticket))) < 100:
            pass
        assert world.statuses("invoice") == {"INV-1": "Pending/Failed", "INV-2": "Transferred"}
        assert [line.kind for line in world.history("INV-1")] == ["Rejected"], "it is tried once a run"
        assert "Nobody Inc" in (world.record("invoice", "INV-1").reason or "")
