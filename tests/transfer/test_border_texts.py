"""Texts and values that no database takes, and questions no list understands, fail one record at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry import Rejected, Request, Sent, Skip, hookimpl
from qbferry.testing.audit import audit

from .odd import ODD, Policy, assert_it_failed_alone, first, installation, put_three

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Make = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("hook", "act", "said"),
    [
        ("check_eligibility", first(Skip("It is \x00\ud800void.")), "It is void."),
        ("check_request", first(["It is \x00\ud800void."]), "It is void."),
        ("check_eligibility", lambda *_: int("\x00\ud800"), "invalid literal for int()"),
        ("render_request", first("\ud800"), "U+D800"),
        ("render_request", first("\x00"), "U+0000"),
        ("render_request", first("<InvoiceAdd>"), "it is not well-formed XML"),
        ("handle_response", first(Rejected("It is \x00\ud800void.")), "It is void."),
        ("handle_response", first(Sent(note="\x00\ud800", ref_number="\x00\ud8007")), None),
    ],
)
def test_texts_that_no_database_takes(
    tmp_path: Path, database_url: str, invoice: Make, hook: str, act: Any, said: str | None
) -> None:
    with installation(tmp_path, {"odd": Policy(hook, act)}, url=database_url) as world:
        put_three(world, invoice)
        assert world.run()[-1] == 100
        there = 3 if hook == "handle_response" else 2
        if said is None:
            assert set(world.statuses("invoice").values()) == {"Transferred"}
            assert world.record("invoice", ODD).ref_number == "7"
        else:
            assert_it_failed_alone(world, said, there=there)
        audit(world)


@pytest.mark.parametrize("act", ["find", "known"])
@pytest.mark.parametrize(
    "asked", [("Customer", "Acme\x00"), ("Cust\x00", "Acme"), (5, "Acme"), ("Customer", 5)]
)
def test_lists_asked_amiss_fail_no_other_record(
    tmp_path: Path, database_url: str, invoice: Make, act: str, asked: tuple[Any, Any]
) -> None:
    class Asking:
        @hookimpl(tryfirst=True)
        def build_requests(self, record: Any, lists: Any) -> Any:
            if record.id == ODD:
                kind, name = asked
                return lists.find(kind, name) if act == "find" else lists.known(kind) and None
            return None

    with installation(tmp_path, {"asking": Asking()}, url=database_url) as world:
        put_three(world, invoice)
        assert world.run()[-1] == 100
        statuses = world.statuses("invoice")
        assert (statuses["INV-1"], statuses["INV-3"]) == ("Transferred", "Transferred")
        audit(world)


def test_a_request_with_fields_nobody_can_write(tmp_path: Path, invoice: Make) -> None:
    strange = Request(key="invoice", name="InvoiceAdd", fields={7: object()})  # type: ignore[dict-item]
    with installation(tmp_path, {"odd": Policy("build_requests", first([strange]))}) as world:
        put_three(world, invoice)
        assert world.run()[-1] == 100
        assert_it_failed_alone(world, "InvoiceAdd", there=2)
