"""What plugins raise, write and poll that nobody would think of; each time one record fails at most."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import field_validator
from tests.plain import INVOICES

from qbferry import Entity, RenderError, Request, hookimpl
from qbferry.testing.audit import audit
from qbferry_invoices.plugin import Invoices

from .odd import ODD, Owner, Policy, assert_it_failed_alone, installation, put_three
from .test_border_polls import Polling, poll

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    Make = Callable[..., dict[str, Any]]


def raises(error: BaseException) -> Callable[..., Any]:
    def act(*_: Any) -> Any:
        raise error

    return act


@pytest.mark.parametrize("error", [asyncio.CancelledError("now"), GeneratorExit("now")])
@pytest.mark.parametrize("hook", ["check_eligibility", "build_requests", "handle_response"])
def test_what_is_raised_past_every_exception_fails_one_record(
    tmp_path: Path, invoice: Make, hook: str, error: BaseException
) -> None:
    with installation(tmp_path, {"odd": Policy(hook, raises(error))}) as world:
        put_three(world, invoice)
        assert world.run()[-1] == 100
        assert_it_failed_alone(world, "now", there=3 if hook == "handle_response" else 2)
        audit(world)


def test_labels_and_sentences_that_no_database_takes(
    tmp_path: Path, database_url: str, invoice: Make
) -> None:
    def labelled(requests: list[Request]) -> list[Request]:
        return [replace(each, label="\0\ud800entry 7") for each in requests]

    odd = Policy("render_request", raises(RenderError("It is \0\ud800void.")))
    plugins = {"invoices": Owner("build_requests", labelled), "odd": odd}
    with installation(tmp_path, plugins, url=database_url) as world:
        put_three(world, invoice)
        assert world.run()[-1] == 100
        assert_it_failed_alone(world, "It is void.", there=2)
        odd.hook = ""
        assert world.run()[-1] == 100
        assert "entry 7" in [line.label for line in world.history(ODD)]


@pytest.mark.parametrize("error", [KeyError("rate"), SystemExit("rate")])
def test_a_document_whose_validator_raises_what_it_likes(
    tmp_path: Path, invoice: Make, error: BaseException
) -> None:
    mended = [True]

    class Later(Invoices):
        @hookimpl
        def entities(self) -> Iterable[Entity]:
            [entity] = super().entities()

            class Picky(entity.document):  # type: ignore[name-defined,misc]
                @field_validator("id")
                @classmethod
                def fits(cls, value: str) -> str:
                    if value == ODD and not mended[0]:
                        raise error
                    return value

            return [replace(entity, document=Picky)]

    with installation(tmp_path, {"invoices": Later(INVOICES)}) as world:
        put_three(world, invoice)
        mended[0] = False
        assert world.run()[-1] == 100
        assert_it_failed_alone(world, "The stored document of Invoice INV-2 cannot be read", there=2)


def test_a_poll_whose_answer_stays_fresh_for_ever(tmp_path: Path, invoice: Make) -> None:
    heard: list[Any] = []
    once = poll(interval=timedelta.max, handle=lambda response, records: heard.append(response))
    with installation(tmp_path, {"odd": Polling(once)}) as world:
        for number in (1, 2):
            world.put("invoice", invoice(number))
            assert world.run()[-1] == 100
    assert len(heard) == 1
