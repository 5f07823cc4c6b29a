"""What becomes of a plugin's exceptions: a sentence that names plugin and hook, never a stopped run."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
import typer

from qbferry import (
    AnyRecord,
    Connector,
    Entity,
    Event,
    News,
    PluginError,
    RenderError,
    Request,
    Summary,
    hookimpl,
)
from qbferry.errors import HookError
from qbferry.plugin.manager import Plugins

from .kinds import NORTH, NOWHERE, REQUEST, TOLD, Owner, record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from qbferry import Document, Lists


class Broken(Owner):
    """Raises wherever it is asked."""

    @hookimpl
    def check_eligibility(self, record: AnyRecord, connector: Connector) -> None:
        raise KeyError("total")

    @hookimpl
    def build_requests(self, record: AnyRecord) -> Iterator[Request]:
        yield REQUEST
        raise ZeroDivisionError("no rate")

    @hookimpl
    def check_request(self, xml: str) -> Iterator[str]:
        yield "one problem"
        raise ValueError("and a fault")

    @hookimpl
    def render_request(self, request: Request) -> str:
        raise RenderError(f"{request.name}: the field amount is not a number")

    @hookimpl
    def handle_response(self, record: AnyRecord) -> None:
        raise RenderError("not here")

    @hookimpl
    def after_transfer(self, record: AnyRecord) -> None:
        raise SystemExit(3)

    @hookimpl
    def update_source(self, record: AnyRecord, news: News) -> None:
        raise ConnectionError("the source is away")


@pytest.fixture
def plugins() -> Plugins:
    return Plugins({"apples": Broken("apple")})


@pytest.fixture
def apple(plugins: Plugins) -> Entity:
    return plugins.entities["apple"]


def test_a_fault_names_the_plugin_the_hook_and_the_kind_of_record(plugins: Plugins, apple: Entity) -> None:
    with pytest.raises(HookError) as caught:
        plugins.check_eligibility(apple, record(apple), NORTH)
    assert str(caught.value) == (
        "The plugin apples failed in check_eligibility for this apple: KeyError: 'total'. "
        "This is a fault of the plugin; tell its author."
    )


def test_a_fault_in_a_lazy_answer_is_caught_too(plugins: Plugins, apple: Entity, lists: Lists) -> None:
    with pytest.raises(HookError, match=r"failed in build_requests .* ZeroDivisionError: no rate"):
        plugins.build_requests(apple, record(apple), NORTH, lists)
    with pytest.raises(HookError, match=r"failed in check_request .* ValueError: and a fault"):
        plugins.check_request(apple, REQUEST, "", NORTH)


def test_what_a_plugin_says_of_a_request_on_purpose_is_passed_on_as_it_is(
    plugins: Plugins, apple: Entity
) -> None:
    with pytest.raises(RenderError, match=r"^ClassAdd: the field amount is not a number$"):
        plugins.render_request(apple, REQUEST)


def test_where_nothing_is_rendered_it_is_a_fault_like_any_other(plugins: Plugins, apple: Entity) -> None:
    response: Any = None
    with pytest.raises(HookError, match=r"failed in handle_response .* RenderError: not here"):
        plugins.handle_response(apple, record(apple), REQUEST, response)


def test_a_plugin_cannot_end_the_program(plugins: Plugins, apple: Entity) -> None:
    with pytest.raises(HookError, match=r"apples failed in after_transfer .* SystemExit: 3"):
        plugins.after_transfer(apple, record(apple), ())


def test_the_traceback_goes_to_the_log(
    plugins: Plugins, apple: Entity, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "qbferry.plugins"), pytest.raises(HookError):
        plugins.check_eligibility(apple, record(apple), NORTH)
    assert caplog.records[0].exc_info


class UnreadableError(Exception):
    """Not even its text can be had."""

    def __str__(self) -> str:
        raise self


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (ValueError("first line\nsecond \x00\ud800line"), "ValueError: first line second line."),
        (ValueError("x" * 5000), "xxxx..."),
        (UnreadableError(), "UnreadableError: its text cannot be read."),
    ],
)
def test_whatever_an_error_says_is_told_on_one_line_that_can_be_stored(raised: Exception, said: str) -> None:
    class Raising(Owner):
        @hookimpl
        def check_eligibility(self) -> None:
            raise raised

    owner = Raising("apple")
    with pytest.raises(HookError) as caught:
        Plugins({"apples": owner}).check_eligibility(owner.entity, record(owner.entity), NORTH)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1200


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
        def update_source(self, entity: Entity, record: AnyRecord, news: News) -> None:
            told.append(f"{entity.name} {record.id} {news.kind}")

    owner = Broken("apple")
    plugins = Plugins({"apples": owner, "telling": Telling(), "silent": object()})
    assert sorted(plugins.source_updaters("apple")) == ["apples", "telling"]
    with pytest.raises(HookError, match="ConnectionError: the source is away"):
        plugins.update_source("apples", owner.entity, record(owner.entity), TOLD, NOWHERE)
    assert told == []
    plugins.update_source("telling", owner.entity, record(owner.entity), TOLD, NOWHERE)
    assert told == ["apple A-1 sent"]


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
    assert "The plugin deaf failed to observe run.ended: OSError: no space left." in caplog.text


class Failing:
    """Fails in one application hook."""

    def __init__(self, hook: str) -> None:
        self.hook = hook

    def _strike(self, hook: str) -> None:
        if hook == self.hook:
            raise OSError("no licence")

    @hookimpl
    def prepare_environment(self, env: Any) -> None:
        self._strike("prepare_environment")

    @hookimpl
    def register_commands(self, cli: typer.Typer) -> None:
        self._strike("register_commands")

    @hookimpl
    def startup(self) -> None:
        self._strike("startup")

    @hookimpl
    def shutdown(self) -> None:
        self._strike("shutdown")


@pytest.mark.parametrize("hook", ["prepare_environment", "register_commands", "startup"])
def test_what_fails_at_start_is_one_sentence_that_names_the_plugin(hook: str) -> None:
    def start() -> None:
        plugins = Plugins({"failing": Failing(hook)})
        plugins.register_commands(typer.Typer())
        plugins.startup(NOWHERE)

    with pytest.raises(PluginError) as caught:
        start()
    assert str(caught.value) == f"The plugin failing failed in {hook}: OSError: no licence."


def test_what_fails_at_the_end_is_only_noted(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "qbferry.plugins"):
        Plugins({"failing": Failing("shutdown")}).shutdown()
    assert "The plugin failing failed in shutdown: OSError: no licence." in caplog.text


def _raises(document: Document) -> Summary:
    raise KeyError("lines")


def _words(document: Document) -> Any:
    return "all of it"


@pytest.mark.parametrize(
    ("summary", "said"), [(_raises, "KeyError: 'lines'"), (_words, "answered 'all of it', not Summary")]
)
def test_a_summary_that_is_none_names_its_plugin(summary: Any, said: str) -> None:
    owner = Owner("apple", summary=summary)
    plugins = Plugins({"apples": owner})
    with pytest.raises(HookError) as caught:
        plugins.summary(owner.entity, record(owner.entity).document)
    assert str(caught.value).startswith(f"The plugin apples failed in summary for this apple: {said}.")
