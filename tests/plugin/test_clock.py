"""How long hooks take: measured for each, logged when it is long, summed up for a call."""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from qbferry import Occasion, Poll, Skip, Summary, hookimpl
from qbferry.plugin.manager import Plugins

from .kinds import NORTH, Owner, record

if TYPE_CHECKING:
    from collections.abc import Generator

    from qbferry import Document

PAUSE = 0.05


def slow_summary(document: Document) -> Summary:
    time.sleep(PAUSE)
    return Summary()


class Slow(Owner):
    """Takes its time in one hook."""

    @hookimpl
    def check_eligibility(self) -> Skip | None:
        time.sleep(PAUSE)
        return None


class Around:
    """Takes its time around a hook."""

    @hookimpl(wrapper=True)
    def check_retransfer(self) -> Generator[None, Any, Any]:
        time.sleep(PAUSE)
        return (yield)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qbferry.plugin.clock.SLOW", PAUSE / 2)


def test_a_long_hook_is_logged_with_its_plugin(caplog: pytest.LogCaptureFixture) -> None:
    owner = Slow("apple")
    Plugins({"apples": owner}).check_eligibility(owner.entity, record(owner.entity), NORTH)
    [message] = caplog.messages
    assert re.fullmatch(
        r"The plugin apples took \d\.\d s in check_eligibility; the Web Connector waits for it\.", message
    )


def test_the_longest_hook_of_a_call_is_known() -> None:
    owner = Slow("apple")
    plugins = Plugins({"apples": owner, "around": Around()})
    known = record(owner.entity)
    with plugins.clock.call() as times:
        plugins.check_retransfer(owner.entity, known)
        assert times.slowest == "check_retransfer of around"
        time.sleep(PAUSE)
        assert times.longest < times.spent()
    with plugins.clock.call() as times:
        plugins.check_eligibility(owner.entity, known, NORTH)
        plugins.clear_number(owner.entity, known)
        assert times.slowest == "check_eligibility of apples"
        assert times.longest >= PAUSE


def test_what_a_wrapper_encloses_is_not_its_own_time(caplog: pytest.LogCaptureFixture) -> None:
    class Enclosing:
        @hookimpl(wrapper=True)
        def check_eligibility(self) -> Generator[None, Any, Any]:
            return (yield)

    owner = Slow("apple")
    plugins = Plugins({"apples": owner, "enclosing": Enclosing()})
    plugins.check_eligibility(owner.entity, record(owner.entity), NORTH)
    assert [message.partition(" took ")[0] for message in caplog.messages] == ["The plugin apples"]


def test_summing_up_is_measured_too(caplog: pytest.LogCaptureFixture) -> None:
    owner = Owner("apple", summary=slow_summary)
    Plugins({"apples": owner}).summary(owner.entity, record(owner.entity).document)
    assert re.search(r"The plugin apples took \d\.\d s in summary", caplog.text)


def test_a_poll_is_measured_under_its_name(caplog: pytest.LogCaptureFixture) -> None:
    def slow_query(answered: object) -> tuple[str, str]:
        time.sleep(PAUSE)
        return "VendorQuery", ""

    poll = Poll(name="paid", interval=timedelta(0), query=slow_query, handle=lambda response, records: None)

    class Polling:
        @hookimpl
        def polls(self) -> list[Poll]:
            return [poll]

    plugins = Plugins({"autumn": Polling()})
    plugins.polls(NORTH, ())
    assert plugins.ask(poll, Occasion(), NORTH) == ("VendorQuery", "")
    assert re.search(r"The plugin autumn took \d\.\d s in the poll paid", caplog.text)
