"""Plugins that are declared, named or put together oddly: a sentence at the start, or an answer that fits."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import Field, computed_field, field_validator

from qbferry import Already, AnyRecord, Column, Document, Event, Occasion, Request, State, hookimpl, mirror
from qbferry.desk.kinds import entity_of
from qbferry.errors import HookError, InputError, MisfitError, PluginError
from qbferry.model import Record
from qbferry.model.record import write_document
from qbferry.plugin.answers import contradiction
from qbferry.plugin.manager import Plugins
from qbferry.store.catalog import KnownKind
from qbferry.testing.probes import refused
from qbferry.testing.records import row_of

from .kinds import NORTH, REQUEST, Owner, kind, record
from .test_polls import Polling, poll

if TYPE_CHECKING:
    from pathlib import Path

    from qbferry import Lists


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"order": "1"}, "apple takes its turn in the order '1', which is no whole number"),
        ({"never_sent": None}, "apple declares its never_sent as None, not as a frozenset of names"),
        ({"never_sent": ("batch",)}, "apple declares its never_sent as ('batch',), not as a frozenset"),
        ({"columns": None}, "apple declares its columns as None, not as a tuple"),
        ({"columns": (Column(name=5),)}, "apple has a column whose name is 5"),  # type: ignore[arg-type]
        ({"columns": (Column(name="a" * 61),)}, "apple has a column whose name is 'aaa"),
        (
            {"columns": (Column(name="id", kind="colour"),)},  # type: ignore[arg-type]
            "the column id of apple is of the kind 'colour', which there is not",
        ),
        (
            {"columns": (Column(name="id", paths="document.id"),)},  # type: ignore[arg-type]
            "the column id of apple has 'document.id' for its paths, not a tuple of texts",
        ),
        ({"requests": 5}, "apple declares its requests as 5, not as a tuple of names"),
        ({"requests": "ClassAdd"}, "apple declares its requests as 'ClassAdd', not as a tuple of names"),
        ({"requests": (["ClassAdd"],)}, "apple declares its requests as (['ClassAdd'],), not as a tuple"),
        ({"templates": "folder"}, "the templates of apple are 'folder', which is no folder"),
    ],
)
def test_an_entity_with_a_field_of_another_type(changes: dict[str, Any], said: str) -> None:
    owner = Owner("apple")
    owner.entity = replace(kind("apple"), **changes)
    with pytest.raises(PluginError) as caught:
        Plugins({"apples": owner})
    assert str(caught.value).startswith("The plugin apples does not declare its entities rightly: ")
    assert said in str(caught.value)


@pytest.mark.parametrize("name", ["qbferry", "", " ", "a\n", "a" * 61])
def test_a_plugin_whose_name_would_be_mistaken(name: str) -> None:
    with pytest.raises(PluginError, match=r"A plugin is called .*; give its entry point another name"):
        Plugins({name: Owner("apple")})


def test_an_annotation_that_leaves() -> None:
    class Leaving:
        @hookimpl
        def check_eligibility(self, record: exit(3)) -> None:  # type: ignore[valid-type]
            raise NotImplementedError

    with pytest.raises(PluginError, match="an annotation cannot be read: SystemExit: 3"):
        Plugins({"leaving": Leaving()})


@pytest.mark.parametrize("error", [asyncio.CancelledError, GeneratorExit, SystemExit])
def test_what_is_raised_past_every_exception_is_the_plugins_failure(
    error: type[BaseException], lists: Lists, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> Any:
        raise error

    odd = poll(query=fail, handle=fail)

    class Raising(Owner):
        @hookimpl
        def build_requests(self, record: AnyRecord) -> list[Request]:
            raise error

        @hookimpl
        def observe(self) -> None:
            raise error

        @hookimpl
        def polls(self) -> Any:
            yield odd
            if caplog.records:
                raise error

    plugins = Plugins({"apples": Raising("apple")})
    apple = plugins.entities["apple"]
    with pytest.raises(HookError, match=f"The plugin apples failed in build_requests .*{error.__name__}"):
        plugins.build_requests(apple, record(apple), NORTH, lists)
    caplog.clear()
    assert odd in plugins.polls(NORTH, ["apple"])
    assert plugins.ask(odd, Occasion(), NORTH) is None
    with pytest.raises(HookError, match="failed in the poll paid"):
        plugins.take(odd, Any, Any)  # type: ignore[arg-type]
    assert odd not in plugins.polls(NORTH, ["apple"])
    plugins.observe(Event(name="run.ended", connector="north"))
    assert "The plugin apples failed to say what it polls" in caplog.text
    assert "The plugin apples failed to observe" in caplog.text


def test_who_stops_the_program_by_hand_stops_it(lists: Lists) -> None:
    class Stopping(Owner):
        @hookimpl
        def build_requests(self, record: AnyRecord) -> list[Request]:
            raise KeyboardInterrupt

    plugins = Plugins({"apples": Stopping("apple")})
    apple = plugins.entities["apple"]
    with pytest.raises(KeyboardInterrupt):
        plugins.build_requests(apple, record(apple), NORTH, lists)


@pytest.mark.parametrize("error", [KeyError("ra\0te"), SystemExit("ra\0te"), ValueError("ra\0te")])
def test_models_that_raise_whatever_they_like_make_a_record_a_misfit(error: BaseException) -> None:
    class Strict(Document):
        @field_validator("id")
        @classmethod
        def fits(cls, value: str) -> str:
            if value == "A-2":
                raise error
            return value

    class Picky(State):
        count: int = 0

        @field_validator("count")
        @classmethod
        def fits(cls, value: int) -> int:
            if value == 2:
                raise error
            return value

    apple = kind("apple", state=Picky, document=Strict)
    row = row_of(record(apple))
    for wrong, what in (
        (replace(row, document_text='{"id":"A-2"}'), "document"),
        (replace(row, state_text='{"version":1,"state":{"count":2}}'), "state"),
    ):
        with pytest.raises(
            MisfitError, match=f"The stored {what} of Apple A-1 cannot be read|no longer fits .*ra.*te"
        ) as caught:
            Record.read(apple, wrong)
        assert "\0" not in str(caught.value)


def test_a_document_that_fitted_is_read_again_only_for_who_looks_at_it() -> None:
    read: list[str] = []

    class Counting(Document):
        @field_validator("id")
        @classmethod
        def fits(cls, value: str) -> str:
            read.append(value)
            return value

    apple = kind("apple", document=Counting)
    first = record(apple)
    row = row_of(first)
    read.clear()
    again = Record.read(apple, row)
    assert not read
    assert again.document == first.document
    assert again.document is again.document
    assert read == ["A-1"]
    with pytest.raises(MisfitError, match="The stored document of Apple A-1 no longer fits"):
        Record.read(apple, replace(row, document_text='{"id":""}'))


def test_what_is_computed_of_a_document_is_not_stored_with_it() -> None:
    class Twice(Document):
        @computed_field  # type: ignore[prop-decorator]
        @property
        def double(self) -> str:
            return self.id * 2

    document = Twice(id="A-1")
    assert Twice.model_validate_json(write_document(document)) == document
    assert document.double == "A-1A-1"


def test_what_is_never_sent_is_known_by_its_name_in_json() -> None:
    class Named(Document):
        memo: str = Field(default="", alias="memoText")

    apple = kind("apple", document=Named, never_sent=frozenset({"memo", "batch"}))
    assert apple.unsent == {"memoText", "batch"}


def test_polls_of_one_name_are_shared_only_when_they_are_the_same(caplog: pytest.LogCaptureFixture) -> None:
    one, other = poll(), poll()
    plugins = Plugins({"one": Polling([one]), "same": Polling([one]), "other": Polling([other])})
    found = plugins.polls(NORTH, ())
    assert one in found
    assert other not in found
    assert "The plugin other declares another poll paid than the plugin one does" in caplog.text


def test_lists_are_shared_and_nothing_else_may_pass_for_one(caplog: pytest.LogCaptureFixture) -> None:
    bad = poll(name="lists.Vendor")
    for plugins in (
        {"bad": Polling([bad]), "one": Polling([mirror("Vendor")]), "two": Polling([mirror("Vendor")])},
        {"one": Polling([mirror("Vendor")]), "two": Polling([mirror("Vendor")]), "bad": Polling([bad])},
    ):
        caplog.clear()
        assert set(Plugins(plugins).polls(NORTH, ())) == {mirror("Vendor")}
        [line] = caplog.messages
        assert "The plugin bad answered a poll called lists.Vendor, which is a name for mirrors" in line


def test_a_failure_of_the_frameworks_own_rendering_blames_no_plugin_called_qbferry(tmp_path: Path) -> None:
    class Breaking:
        @hookimpl
        def prepare_environment(self, env: Any) -> None:
            def fail(*_: Any) -> str:
                raise RuntimeError("boom")

            env.globals["el"] = fail

    (tmp_path / "ClassAdd.xml.j2").write_text("{{ el('Name', 'a') }}")
    plugins = Plugins({"breaking": Breaking(), "apples": Owner("apple", templates=tmp_path)})
    with pytest.raises(HookError) as caught:
        plugins.render_request(plugins.entities["apple"], REQUEST)
    assert str(caught.value) == (
        "The framework failed in render_request for this apple: RuntimeError: boom. What a plugin built, or "
        "added to the templates, may be the cause."
    )


def test_a_transaction_is_never_there_already() -> None:
    assert contradiction("InvoiceAdd", refused("InvoiceAdd", 3100), Already()) == (
        "answered Already to InvoiceAdd, and only an entry of a list can be there already"
    )
    assert contradiction("CustomerAdd", refused("CustomerAdd", 3100), Already()) is None


def _request(lists: Lists, **changes: Any) -> Request:
    class Building(Owner):
        @hookimpl
        def build_requests(self, record: AnyRecord) -> list[Request]:
            return [replace(REQUEST, **changes)]

    plugins = Plugins({"apples": Building("apple")})
    apple = plugins.entities["apple"]
    built = plugins.build_requests(apple, record(apple), NORTH, lists)
    assert isinstance(built, list)
    return built[0]


def test_a_label_goes_without_what_no_database_takes(lists: Lists) -> None:
    assert _request(lists, label="\0\ud800entry 7").label == "entry 7"


@pytest.mark.parametrize("changes", [{"name": "\0\ud800"}, {"name": ["ClassAdd"]}, {"key": "\0"}])
def test_a_fault_is_told_without_what_no_database_takes(lists: Lists, changes: dict[str, Any]) -> None:
    with pytest.raises(HookError) as caught:
        _request(lists, **changes)
    assert not {"\0", "\ud800"} & {*str(caught.value)}


def test_a_kind_that_its_plugin_knows_no_more_waits_for_no_plugin_that_is_not_enabled() -> None:
    pear = KnownKind("pear", "apples", "Pear", "Pears", ("ClassAdd",))
    with pytest.raises(InputError, match="Pears are of the kind pear, which the plugin apples does not decl"):
        entity_of(Plugins({"apples": Owner("apple")}), pear)
    with pytest.raises(InputError, match="Pears wait for the plugin apples, which is not enabled"):
        entity_of(Plugins({}), pear)
