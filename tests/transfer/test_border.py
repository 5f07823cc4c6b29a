"""Whatever a plugin does in a hook, its record fails alone, with a reason that names plugin and hook.

All others go, nothing is Transferred that QuickBooks does not have, and nothing is sent twice.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import (
    Already,
    Connector,
    Lists,
    More,
    Names,
    Rejected,
    RenderError,
    Retry,
    Sent,
    hookimpl,
)
from qbferry.testing.audit import audit

from .odd import (
    ODD,
    Kept,
    Owner,
    Policy,
    assert_it_failed_alone,
    fails,
    first,
    installation,
    leaves,
    put_three,
    reason,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Make = Callable[..., dict[str, Any]]

NOBODY = "Nobody Inc"
"""A customer QuickBooks does not have."""


async def later() -> None:
    """An answer that does not come now."""


def renders_nothing(*_: Any) -> Any:
    raise RenderError("There is nothing to write.")


BUILT = "failed in build_requests for this invoice: "
HANDLED = "failed in handle_response for this invoice: "


@pytest.mark.parametrize(
    ("plugin", "hook", "act", "said"),
    [
        ("odd", "check_eligibility", fails, "check_eligibility for this invoice: KeyError: 'rate'"),
        ("odd", "check_eligibility", first(True), "for this invoice: answered True, not Skip or None"),
        ("odd", "check_eligibility", first("void"), "for this invoice: answered 'void', not Skip"),
        ("odd", "check_eligibility", lambda *_: later(), "for this invoice: is asynchronous"),
        ("odd", "check_eligibility", leaves, "for this invoice: SystemExit: 1"),
        ("odd", "check_eligibility", renders_nothing, "for this invoice: RenderError: There is nothing"),
        ("odd", "build_requests", fails, BUILT + "KeyError: 'rate'"),
        ("odd", "build_requests", first("InvoiceAdd"), BUILT + "answered 'InvoiceAdd', not a list of"),
        ("invoices", "build_requests", lambda built: built[0].fields, BUILT + "answered {"),
        ("invoices", "build_requests", lambda built: [{"key": "invoice"}], BUILT + "answered a list with"),
        ("invoices", "build_requests", lambda built: built[0], BUILT + "answered Request(key="),
        ("invoices", "build_requests", first([]), BUILT + "built no request, though QuickBooks has nothing"),
        (
            "invoices",
            "build_requests",
            lambda built: [replace(built[0], name="BillAdd")],
            BUILT + "built the request BillAdd, which is not among those it declares (InvoiceAdd, InvoiceQ",
        ),
        ("invoices", "build_requests", lambda built: built * 2, BUILT + "built two requests with one key"),
        (
            "invoices",
            "build_requests",
            lambda built: [replace(built[0], key="k" * 101)],
            BUILT + "built a request whose key has more than 100 characters",
        ),
        ("odd", "render_request", fails, "render_request for this invoice: KeyError: 'rate'"),
        ("odd", "render_request", first(b"<x/>"), "render_request for this invoice: answered b'<x/>', not"),
        ("odd", "check_request", fails, "check_request for this invoice: KeyError: 'rate'"),
        ("odd", "check_request", first("wrong"), "check_request for this invoice: answered 'wrong', not a"),
        ("odd", "check_request", first([""]), "an empty sentence"),
    ],
)
def test_before_it_leaves(tmp_path: Path, invoice: Make, plugin: str, hook: str, act: Any, said: str) -> None:
    acting = Policy(hook, act) if plugin == "odd" else Owner(hook, act)
    with installation(tmp_path, {plugin: acting}) as world:
        put_three(world, invoice)
        assert world.run()[-1] == 100
        assert_it_failed_alone(world, said, there=2)
        assert f"The plugin {plugin} failed in {hook}" in reason(world)
        assert world.record("invoice", ODD).reason_code == "plugin"
        audit(world)
        acting.hook = "mended"
        world.run()
        assert set(world.statuses("invoice").values()) == {"Transferred"}
        assert len(world.company.transactions("Invoice")) == 3
        audit(world)


@pytest.mark.parametrize(
    ("hook", "act", "said"),
    [
        ("handle_response", fails, HANDLED + "KeyError: 'rate'"),
        ("handle_response", renders_nothing, HANDLED + "RenderError: There is nothing to write."),
        ("handle_response", first("Sent"), HANDLED + "answered 'Sent', not Sent or Rejected"),
        ("handle_response", first(True), HANDLED + "answered True, not Sent or Rejected"),
        ("handle_response", lambda *_: later(), HANDLED + "is asynchronous"),
        ("handle_response", lambda *_: Sent(txn_id=12345), HANDLED + "answered Sent with txn_id=12345"),  # type: ignore[arg-type]
        ("handle_response", first(Sent(txn_id="1-1")), HANDLED + "answered Sent with the TxnID 1-1, which"),
        ("handle_response", first(Already()), HANDLED + "answered Already, which is for a name that is in"),
        ("handle_response", first(Retry("later")), HANDLED + "answered Retry, though QuickBooks said Info 0"),
        (
            "handle_response",
            first(Rejected("no", executed=False)),
            HANDLED + "answered that nothing was executed, though QuickBooks said Info 0",
        ),
        ("after_transfer", fails, "after_transfer for this invoice: KeyError: 'rate'"),
        ("after_transfer", leaves, "after_transfer for this invoice: SystemExit: 1"),
        ("after_transfer", first(True), "after_transfer for this invoice: answered True, not More or Gone"),
    ],
)
@pytest.mark.parametrize("plugin", ["odd", "invoices"])
def test_after_quickbooks_has_it(
    tmp_path: Path, invoice: Make, plugin: str, hook: str, act: Any, said: str
) -> None:
    acting = Policy(hook, act) if plugin == "odd" else Owner(hook, act)
    with installation(tmp_path, {plugin: acting}) as world:
        put_three(world, invoice)
        assert world.run()[-1] == 100
        assert_it_failed_alone(world, said, there=3)
        assert f"The plugin {plugin} failed in {hook}" in reason(world)
        audit(world)
        if hook == "after_transfer":
            world.run()
            assert_it_failed_alone(world, said, there=3)
        acting.hook = "mended"
        world.run()
        assert set(world.statuses("invoice").values()) == {"Transferred"}
        assert world.record("invoice", ODD).txn_id
        assert len(world.company.transactions("Invoice")) == 3, "it was never sent again"
        audit(world)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (first(Sent()), HANDLED + "answered Sent, though QuickBooks said Error 3140"),
        (first(Sent(txn_id="1-1")), HANDLED + "answered Sent, though QuickBooks said Error 3140"),
        (first("Sent"), HANDLED + "answered 'Sent', not Sent or Rejected"),
        (first(Already("80-1")), HANDLED + "answered Already, which is for a name that is in use (3100)"),
        (first(Rejected("no", executed=True)), HANDLED + "answered that it was executed, though"),
    ],
)
def test_what_quickbooks_refused_is_never_transferred(
    tmp_path: Path, invoice: Make, act: Any, said: str
) -> None:
    odd = Policy("handle_response", act)
    with installation(tmp_path, {"odd": odd}) as world:
        put_three(world, invoice, organization=NOBODY)
        for _ in range(2):
            assert world.run()[-1] == 100
            assert_it_failed_alone(world, said, there=2)
            audit(world)
        assert "Nobody Inc" in (world.history(ODD)[-1].quickbooks_message or ""), "what it said is kept"


# -- The state of a record, and what is the framework's


def _set(**values: Any) -> Any:
    """Keep values whatever their type."""

    def act(record: Any, *_: Any) -> None:
        record.state = record.state.model_copy(update=values)

    return act


def _replace(**values: Any) -> Any:
    def act(record: Any, *_: Any) -> None:
        record.state = record.state.replace(**values)

    return act


def _other_class(record: Any, *_: Any) -> None:
    record.state = Connector(id=1, name="x")


def _by_reason(record: Any, *_: Any) -> None:
    record.reason = "half done"


def _by_status(record: Any, *_: Any) -> None:
    record.transfer_status = "whatever"


def _emptied(record: Any, *_: Any) -> None:
    record.done.clear()


@pytest.mark.parametrize("hook", ["handle_response", "after_transfer"])
@pytest.mark.parametrize(
    ("plugin", "act", "said"),
    [
        ("invoices", _set(count=date(2026, 10, 31)), "ValueError: the state does not fit its model"),
        ("invoices", _set(count=Decimal("1.5")), "ValueError: the state does not fit its model"),
        ("invoices", _set(names={"a": object()}), "ValueError: the state does not fit its model"),
        ("invoices", _replace(count=date(2026, 10, 31)), "ValidationError"),
        ("invoices", _replace(colour="red"), "ValidationError"),
        ("invoices", _other_class, "TypeError: the state is Connector, not Kept"),
        ("invoices", _by_reason, "AttributeError: reason is the framework's"),
        ("invoices", _by_status, "AttributeError: transfer_status is the framework's"),
        ("invoices", _emptied, "AttributeError"),
        ("odd", _set(count=9), "AttributeError: the state of a record is changed by its owner alone"),
        ("odd", _by_reason, "AttributeError: reason is the framework's"),
        ("odd", _emptied, "AttributeError"),
    ],
)
def test_what_cannot_be_kept(
    tmp_path: Path, invoice: Make, hook: str, plugin: str, act: Any, said: str
) -> None:
    acting = Policy(hook, act) if plugin == "odd" else Owner(hook, act)
    owner = {} if plugin == "invoices" else {"invoices": Owner()}
    with installation(tmp_path, {plugin: acting, **owner}) as world:
        put_three(world, invoice)
        assert world.run()[-1] == 100
        assert_it_failed_alone(world, said, there=3)
        assert f"The plugin {plugin} failed in {hook}" in reason(world)
        assert world.record("invoice", ODD).state_text == "", "nothing of it was kept"
        audit(world)
        acting.hook = "mended"
        world.run()
        assert set(world.statuses("invoice").values()) == {"Transferred"}
        assert len(world.company.transactions("Invoice")) == 3


@pytest.mark.parametrize("hook", ["handle_response", "after_transfer"])
def test_what_was_kept_before_a_hook_failed_is_as_it_was(tmp_path: Path, invoice: Make, hook: str) -> None:
    def half(record: Any, *_: Any) -> None:
        record.state = record.state.replace(count=record.state.count + 1)
        raise KeyError("rate")

    with installation(tmp_path, {"invoices": Owner(hook, half)}) as world:
        put_three(world, invoice)
        world.run()
        assert_it_failed_alone(world, f"failed in {hook}", there=3)
        assert world.record("invoice", ODD).state_text == ""


def test_what_the_owner_keeps_stays_for_the_next_time(tmp_path: Path, invoice: Make) -> None:
    owner = Owner("handle_response", _replace(count=7))
    with installation(tmp_path, {"invoices": owner}) as world:
        put_three(world, invoice)
        world.run()
        assert world.record("invoice", ODD).state == Kept(count=7).model_dump()
        assert set(world.statuses("invoice").values()) == {"Transferred"}


# -- More without end


def test_more_for_ever_is_one_add(tmp_path: Path, database_url: str, invoice: Make) -> None:
    with installation(tmp_path, {"odd": Policy("after_transfer", first(More()))}, url=database_url) as world:
        put_three(world, invoice)
        for _ in range(3):
            assert world.run()[-1] == 100
            assert_it_failed_alone(world, "once more, though QuickBooks has just done it", there=3)
            assert reason(world).startswith("The plugin invoices failed in build_requests for this invoice: ")


def test_a_key_that_was_done_in_this_chain_is_not_done_again(tmp_path: Path, invoice: Make) -> None:
    class Chain(Owner):
        """Has three things to send, and then the first one once more."""

        @hookimpl
        def build_requests(self, record: Any, connector: Connector, lists: Lists, names: Names) -> Any:
            [request] = super().build_requests(record, connector, lists, names)
            key = ["a", "b", "c", "a"][record.transfer_count]
            return [replace(request, key=key)]

    with installation(tmp_path, {"invoices": Chain("after_transfer", first(More()))}) as world:
        world.put("invoice", invoice(2))
        assert world.run()[-1] == 100
        record = world.record("invoice", ODD)
        assert "built the request a once more" in reason(world)
        assert [line.request_key for line in world.history(ODD) if line.kind == "Sent"] == ["a", "b", "c"]
        assert len(world.company.transactions("Invoice")) == 3
        assert record.chained == ["a", "b", "c"]
