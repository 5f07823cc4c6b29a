"""A plugin that raises in any hook fails its record, with the reason in its history; the run goes on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from qbferry import (
    Connector,
    Entity,
    Lists,
    Outcome,
    Record,
    Rejected,
    Request,
    Response,
    Retry,
    Sent,
    Skip,
    TransferStatus,
    hookimpl,
)
from qbferry.config import PluginSettings
from qbferry.plugin import discovery
from qbferry.plugin.manager import Plugins
from qbferry.store.tables import OutboxRow
from qbferry.testing.installation import Installation
from qbferry.transfer import outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    Make = Callable[..., dict[str, Any]]


class Faulty:
    """A policy that raises in one hook, for one record."""

    def __init__(self, hook: str, record_id: str = "INV-2") -> None:
        self.hook, self.id, self.calls = hook, record_id, 0

    def _strike(self, hook: str, record_id: str) -> None:
        if hook == self.hook and record_id == self.id:
            self.calls += 1
            raise KeyError("rate")

    @hookimpl
    def check_eligibility(self, record: Record) -> Skip | None:
        self._strike("check_eligibility", record.id)
        return None

    @hookimpl(tryfirst=True)
    def build_requests(
        self, entity: Entity, record: Record, connector: Connector, lists: Lists
    ) -> Iterable[Request] | None:
        self._strike("build_requests", record.id)
        return None

    @hookimpl(tryfirst=True)
    def render_request(self, request: Request) -> str | None:
        if request.fields["purchase_order_number"] == self.id:
            self._strike("render_request", self.id)
        return None

    @hookimpl
    def check_request(self, xml: str) -> Iterable[str]:
        if f"<PONumber>{self.id}" in xml:
            self._strike("check_request", self.id)
        return []

    @hookimpl(tryfirst=True)
    def handle_response(self, record: Record, response: Response) -> Sent | Rejected | Retry | None:
        self._strike("handle_response", record.id)
        return None

    @hookimpl
    def after_transfer(self, record: Record, outcomes: Sequence[Outcome]) -> None:
        record.reason = "half done"
        self._strike("after_transfer", record.id)
        record.reason = None


def installation(folder: Path, policy: object) -> Installation:
    invoices = discovery.load(discovery.installed()["invoices"], PluginSettings().table("invoices"))
    return Installation(folder, plugins=Plugins({"invoices": invoices, "policy": policy}))


@pytest.mark.parametrize("hook", ["check_eligibility", "build_requests", "render_request", "check_request"])
def test_before_it_leaves(tmp_path: Path, invoice: Make, hook: str) -> None:
    with installation(tmp_path, Faulty(hook)) as world:
        world.put("invoice", *(invoice(n, purchase_order_number=f"INV-{n}") for n in (1, 2, 3)))
        assert world.run()[-1] == 100
        assert world.statuses("invoice") == {
            "INV-1": "Transferred",
            "INV-2": "Pending/Failed",
            "INV-3": "Transferred",
        }
        (line,) = world.history("INV-2")
        assert line.reason
        assert f"failed in {hook} for this invoice: KeyError: 'rate'" in line.reason
        assert len(world.company.transactions("Invoice")) == 2


@pytest.mark.parametrize("hook", ["handle_response", "after_transfer"])
def test_after_quickbooks_has_it_the_record_fails_but_is_never_sent_again(
    tmp_path: Path, invoice: Make, hook: str
) -> None:
    policy = Faulty(hook)
    with installation(tmp_path, policy) as world:
        world.put("invoice", invoice(1), invoice(2), invoice(3))
        world.run()
        assert world.statuses("invoice")["INV-2"] == "Pending/Failed"
        assert f"failed in {hook}" in world.record("invoice", "INV-2").reason
        assert world.statuses("invoice")["INV-3"] == "Transferred"
        policy.hook = "mended"
        world.run()
        assert world.statuses("invoice")["INV-2"] == "Transferred"
        assert world.record("invoice", "INV-2").txn_id
        assert len(world.company.transactions("Invoice")) == 3


class Stubborn:
    """Leaves a record in a state that the database refuses."""

    @hookimpl
    def after_transfer(self, record: Record) -> None:
        if record.id == "INV-2":
            record.transfer_count = None  # type: ignore[assignment]


def test_a_state_the_database_refuses_fails_that_record_alone(tmp_path: Path, invoice: Make) -> None:
    with installation(tmp_path, Stubborn()) as world:
        world.put("invoice", invoice(1), invoice(2), invoice(3))
        assert world.run()[-1] == 100
        assert world.statuses("invoice") == {
            "INV-1": "Transferred",
            "INV-2": "Pending/Failed",
            "INV-3": "Transferred",
        }
        assert "database refuses" in world.record("invoice", "INV-2").reason
        assert len(world.company.transactions("Invoice")) == 3


class Herald:
    """Tells a world outside that is sometimes away."""

    def __init__(self) -> None:
        self.away = True
        self.told: list[tuple[str, str | None]] = []

    @hookimpl
    def update_source(self, record: Record, outcome: Outcome) -> None:
        if self.away:
            raise ConnectionError("the source is away")
        self.told.append((record.id, getattr(outcome.result, "ref_number", None)))


def test_the_source_is_told_until_it_has_heard(tmp_path: Path, invoice: Make) -> None:
    herald = Herald()
    with installation(tmp_path, herald) as world:
        world.put("invoice", invoice(1))
        world.run()
        assert outbox.deliver(world.database, world.plugins) == 0
        assert outbox.deliver(world.database, world.plugins) == 0, "it waits before it tries again"
        herald.away = False
        with world.database.write() as session:
            session.execute(update(OutboxRow).values(due_at=datetime.now(UTC)))
        assert outbox.deliver(world.database, world.plugins) == 1
        assert herald.told == [("INV-1", world.record("invoice", "INV-1").ref_number)]
        assert outbox.deliver(world.database, world.plugins) == 0


class Endless:
    """Finds more to send after every transfer."""

    @hookimpl
    def after_transfer(self, record: Record) -> None:
        record.transfer_status = TransferStatus.PENDING


def test_a_plugin_that_never_comes_to_an_end_is_stopped(tmp_path: Path, invoice: Make) -> None:
    with installation(tmp_path, Endless()) as world:
        world.put("invoice", invoice(1))
        assert world.run()[-1] == 100
        assert world.statuses("invoice") == {"INV-1": "Pending/Failed"}
        assert "tell its author" in world.record("invoice", "INV-1").reason
        assert len(world.company.transactions("Invoice")) <= 12
