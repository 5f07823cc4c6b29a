"""What becomes of a plugin's exceptions: a sentence that names hook and place, never a stopped run."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from qbferry import Connector, Entity, Event, Outcome, Record, RenderError, Request, Sent, hookimpl
from qbferry.errors import HookError
from qbferry.plugin.manager import Plugins

from .kinds import NORTH, Owner, Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qbferry import Lists

TOLD = Outcome(
    entity="apple", record_id="A-1", request=Request(key="a", name="ClassAdd", fields={}), result=Sent()
)


class Broken(Owner):
    """Raises wherever it is asked."""

    @hookimpl
    def check_eligibility(self, record: Record, connector: Connector) -> None:
        raise KeyError("total")

    @hookimpl
    def build_requests(self, record: Record) -> Iterator[Request]:
        yield Request(key="a", name="ClassAdd", fields={})
        raise ZeroDivisionError("no rate")

    @hookimpl
    def check_request(self, xml: str) -> Iterator[str]:
        yield "one problem"
        raise ValueError("and a fault")

    @hookimpl
    def render_request(self, request: Request) -> str:
        raise RenderError(f"{request.name}: the field amount is not a number")

    @hookimpl
    def update_source(self, record: Record, outcome: Outcome) -> None:
        raise ConnectionError("the source is away")


@pytest.fixture
def plugins() -> Plugins:
    return Plugins({"apples": Broken("apple")})


@pytest.fixture
def apple(plugins: Plugins) -> Entity:
    return plugins.entities["apple"]


def test_a_fault_names_the_module_the_hook_and_the_kind_of_record(plugins: Plugins, apple: Entity) -> None:
    with pytest.raises(HookError) as caught:
        plugins.check_eligibility(apple, Row(), NORTH)
    sentence = str(caught.value)
    assert __name__ in sentence
    assert "failed in check_eligibility for this apple: KeyError: 'total'" in sentence
    assert "tell its author" in sentence


def test_a_fault_in_a_lazy_answer_is_caught_too(plugins: Plugins, apple: Entity, lists: Lists) -> None:
    with pytest.raises(HookError, match=r"failed in build_requests .* ZeroDivisionError: no rate"):
        plugins.build_requests(apple, Row(), NORTH, lists)
    with pytest.raises(HookError, match=r"failed in check_request .* ValueError: and a fault"):
        plugins.check_request(apple, TOLD.request, "", NORTH)


def test_what_a_plugin_says_on_purpose_is_passed_on_as_it_is(plugins: Plugins, apple: Entity) -> None:
    with pytest.raises(RenderError, match=r"^ClassAdd: the field amount is not a number$"):
        plugins.render_request(apple, TOLD.request)


def test_the_traceback_goes_to_the_log(
    plugins: Plugins, apple: Entity, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "qbferry.plugins"), pytest.raises(HookError):
        plugins.check_eligibility(apple, Row(), NORTH)
    assert caplog.records[0].exc_info


def test_a_template_that_fails_is_a_fault_of_the_request(tmp_path: Path) -> None:
    (tmp_path / "ClassAdd.xml.j2").write_text('<ClassAdd>{{ el("Name", nme) }}</ClassAdd>', "utf-8")
    owner = Owner("apple", templates=tmp_path)
    plugins = Plugins({"apples": owner})
    with pytest.raises(RenderError, match="ClassAdd, Name: 'nme' is undefined"):
        plugins.render_request(owner.entity, Request(key="a", name="ClassAdd", fields={"name": "x"}))


def test_the_outside_world_is_told_by_one_plugin_at_a_time() -> None:
    told: list[str] = []

    class Telling:
        @hookimpl
        def update_source(self, entity: Entity, outcome: Outcome) -> None:
            told.append(f"{entity.name} {outcome.record_id}")

    owner = Broken("apple")
    plugins = Plugins({"apples": owner, "telling": Telling(), "silent": object()})
    assert sorted(plugins.source_updaters("apple")) == ["apples", "telling"]
    with pytest.raises(HookError, match="ConnectionError: the source is away"):
        plugins.update_source("apples", owner.entity, Row(), TOLD)
    assert told == []
    plugins.update_source("telling", owner.entity, Row(), TOLD)
    assert told == ["apple A-1"]


def test_an_observer_that_raises_keeps_nobody_from_hearing(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[str] = []

    class Deaf:
        @hookimpl
        def observe(self, event: Event) -> None:
            raise OSError("no space left")

    class Listening:
        @hookimpl
        def observe(self, event: Event) -> None:
            heard.append(event.name)

    plugins = Plugins({"first": Listening(), "deaf": Deaf(), "last": Listening()})
    with caplog.at_level(logging.ERROR, "qbferry.plugins"):
        plugins.observe(Event(name="run.ended", connector="north"))
    assert heard == ["run.ended", "run.ended"]
    assert "The plugin deaf failed to observe run.ended." in caplog.text
