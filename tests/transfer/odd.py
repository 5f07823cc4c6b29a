"""Plugins that do as a test wants, in one hook and for one record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.plain import INVOICES

from qbferry import AnyRecord, Entity, Request, Response, State, hookimpl
from qbferry.plugin.manager import Plugins
from qbferry.testing.installation import Installation
from qbferry_invoices.plugin import Invoices

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from qbferry import Connector, Document, Lists, Names, Outcome
    from qbferry.config import TransferSettings

    Act = Callable[..., Any]
    Make = Callable[..., dict[str, Any]]

ODD = "INV-2"
"""The record that things happen to."""


def installation(
    folder: Path,
    plugins: Mapping[str, object],
    *,
    url: str | None = None,
    settings: TransferSettings | None = None,
) -> Installation:
    """An installation with these plugins, and the invoices plugin unless one of them is called so."""
    found = {"invoices": Invoices(INVOICES), **plugins}
    return Installation(folder, plugins=Plugins(found), settings=settings, url=url)


def reason(world: Installation) -> str:
    """Why the record that things happen to failed."""
    return world.record("invoice", ODD).reason or ""


class Kept(State):
    """What an invoice's plugin may remember."""

    count: int = 0
    names: Mapping[str, int] = {}


class Acting:
    """Acts in one hook, for one record; ``act`` gets what the hook has and gives its answer.

    Attributes:
        hook: Where; to be emptied when the plugin is mended.
        calls: How often it has acted.
    """

    def __init__(self, hook: str, act: Act, record_id: str = ODD) -> None:
        self.hook, self.act, self.id, self.calls = hook, act, record_id, 0

    def _act(self, hook: str, record_id: str | None, *arguments: Any) -> Any:
        if hook != self.hook or record_id != self.id:
            return None
        self.calls += 1
        return self.act(*arguments)


class Policy(Acting):
    """A policy whose answers come first."""

    @hookimpl
    def check_eligibility(self, record: AnyRecord) -> Any:
        return self._act("check_eligibility", record.id, record)

    @hookimpl(tryfirst=True)
    def build_requests(self, record: AnyRecord) -> Any:
        return self._act("build_requests", record.id, record)

    @hookimpl(tryfirst=True)
    def render_request(self, request: Request) -> Any:
        return self._act("render_request", request.fields.get("purchase_order_number"), request)

    @hookimpl
    def check_request(self, xml: str) -> Any:
        return self._act("check_request", self.id if f"<PONumber>{self.id}<" in xml else "", xml)

    @hookimpl(tryfirst=True)
    def handle_response(self, record: AnyRecord, response: Response) -> Any:
        return self._act("handle_response", record.id, record, response)

    @hookimpl
    def after_transfer(self, record: AnyRecord) -> Any:
        return self._act("after_transfer", record.id, record)


class Owner(Acting, Invoices):
    """The invoices plugin with a state, itself gone wrong."""

    def __init__(self, hook: str = "", act: Act = print, record_id: str = ODD) -> None:
        Acting.__init__(self, hook, act, record_id)
        Invoices.__init__(self, INVOICES)

    @hookimpl
    def entities(self) -> Iterable[Entity]:
        [entity] = super().entities()
        return [replace(entity, state=Kept, requests=("InvoiceAdd", "InvoiceQuery"))]

    @hookimpl
    def build_requests(self, record: Any, connector: Connector, lists: Lists, names: Names) -> Any:
        if self.hook == "build_requests" and record.id == self.id:
            self.calls += 1
            built: Any = super().build_requests(record, connector, lists, names)
            return self.act([*built])
        return super().build_requests(record, connector, lists, names)

    @hookimpl
    def handle_response(self, record: Any, request: Any, response: Response) -> Any:
        return self._act("handle_response", record.id, record, response)

    @hookimpl
    def after_transfer(self, record: Any, outcomes: Iterable[Outcome]) -> Any:
        return self._act("after_transfer", record.id, record)

    @hookimpl
    def check_change(self, record: Any, previous: Document) -> Any:
        return self._act("check_change", record.id, record)


def fails(*_: Any) -> Any:
    raise KeyError("rate")


def leaves(*_: Any) -> Any:
    raise SystemExit(1)


def first(answer: Any) -> Any:
    """Answer the same whatever is asked."""
    return lambda *_: answer


def put_three(world: Installation, invoice: Make, **odd: Any) -> None:
    for number in (1, 2, 3):
        changes = odd if f"INV-{number}" == ODD else {}
        world.put("invoice", invoice(number, purchase_order_number=f"INV-{number}", **changes))


def assert_it_failed_alone(world: Installation, said: str, *, there: int) -> None:
    assert world.statuses("invoice") == {
        "INV-1": "Transferred",
        "INV-2": "Pending/Failed",
        "INV-3": "Transferred",
    }
    assert said in reason(world)
    assert world.history(ODD)[-1].reason == reason(world)
    assert len(world.company.transactions("Invoice")) == there
