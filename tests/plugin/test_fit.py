"""Plugins that do not fit stop the start, each with one sentence that says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from qbferry import (
    AnyRecord,
    Column,
    Connector,
    Document,
    Entity,
    Noted,
    PluginError,
    Record,
    Request,
    Response,
    Retry,
    Sent,
    Skip,
    State,
    Target,
    hookimpl,
)
from qbferry.plugin.manager import Plugins

from .kinds import REQUEST, Kept, Owner, kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qbferry import Lists


def fault(**plugins: object) -> str:
    with pytest.raises(PluginError) as caught:
        Plugins(plugins)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


async def later() -> list[Entity]:
    """An answer that does not come now."""
    return []


def test_a_misspelt_hook() -> None:
    class Typo:
        @hookimpl
        def check_eligibilty(self, record: AnyRecord) -> Skip | None:
            raise NotImplementedError

    assert "check_eligibilty" in fault(typo=Typo())


def test_an_argument_no_hook_has() -> None:
    class Extra:
        @hookimpl
        def check_eligibility(self, record: AnyRecord, company: str) -> Skip | None:
            raise NotImplementedError

    sentence = fault(extra=Extra())
    assert sentence.startswith("The plugin extra does not fit the hooks")
    assert "company" in sentence


def test_a_wrong_answer() -> None:
    class Answering:
        @hookimpl
        def check_eligibility(self, record: AnyRecord) -> bool:
            raise NotImplementedError

    assert fault(answering=Answering()) == (
        "The plugin answering does not fit the hook check_eligibility: it returns bool instead of "
        "qbferry.model.results.Skip | None."
    )


def test_a_wrong_argument() -> None:
    class Asking:
        @hookimpl
        def check_request(self, request: str) -> list[str]:
            raise NotImplementedError

    assert fault(asking=Asking()) == (
        "The plugin asking does not fit the hook check_request: "
        "its argument request is str instead of Request."
    )


class Pear(Document):
    ripe: bool = False


def test_the_record_of_another_plugin() -> None:
    class Stranger(Owner):
        @hookimpl
        def check_eligibility(self, record: Record[Pear, State]) -> Skip | None:
            raise NotImplementedError

    class Number:
        @hookimpl
        def check_eligibility(self, record: int) -> Skip | None:
            raise NotImplementedError

    assert "which is no record of this plugin's" in fault(stranger=Stranger("apple"))
    assert "its argument record is int, which is no record of this plugin's" in fault(number=Number())
    assert Plugins({"pears": Stranger("pear", document=Pear)})


def test_an_annotation_that_cannot_be_read() -> None:
    class Odd:
        @hookimpl
        def check_eligibility(self, record: 1 / 0) -> Skip | None:  # type: ignore[valid-type]
            raise NotImplementedError

    assert fault(odd=Odd()) == (
        "The plugin odd does not fit the hook check_eligibility: an annotation cannot be read: "
        "ZeroDivisionError: division by zero."
    )


def test_two_owners_of_one_kind() -> None:
    assert fault(apples=Owner("apple"), more=Owner("apple")) == (
        "Two plugins declare the entity apple; enable only one of them."
    )


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (later, "it is asynchronous, and hooks are not"),
        ("apple", "it answered 'apple', not a list of entities"),
    ],
)
def test_a_declaration_that_is_none(answer: Any, said: str) -> None:
    class Odd:
        @hookimpl
        def entities(self) -> Any:
            return answer() if callable(answer) else answer

    assert fault(odd=Odd()) == f"The plugin odd fails to declare its entities: {said}."


def test_a_declaration_that_raises() -> None:
    class Failing:
        @hookimpl
        def entities(self) -> list[Entity]:
            raise RuntimeError("no templates")

    assert fault(failing=Failing()) == (
        "The plugin failing fails to declare its entities: RuntimeError: no templates."
    )


class Needy(State):
    order: str


class Picky(State):
    def __init__(self, **values: Any) -> None:
        raise LookupError("no default")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"requests": ()}, "apple declares no request it can make"),
        ({"requests": "ClassAdd"}, "apple declares its requests as 'ClassAdd', not as a tuple of names"),
        ({"state": dict}, "the state of apple is no State"),
        ({"state": Needy}, "the state of apple cannot be made anew: "),
        ({"state": Picky}, "the state of apple cannot be made anew: LookupError: no default"),
        ({"document": BaseModel}, "the document of apple is no Document"),
        ({"summary": "party"}, "the summary of apple is no function"),
        ({"name": "a" * 61}, "is no name: it has 1 to 60 letters, digits and _"),
        ({"name": "big apple"}, "is no name: it has 1 to 60 letters, digits and _"),
        ({"label": None}, "apple is labelled None, which is no text of 1 to 60 characters"),
        ({"columns": (Column(name="colour"),)}, "comes from document.colour, which there is not"),
        ({"columns": (Column(name="n", paths=("state.n",)),)}, "comes from state.n, which there is not"),
        (
            {"columns": (Column(name="n", paths=("record.id",), filterable=True),)},
            "the column n of apple is filterable, and not of the document",
        ),
        ({"columns": ("colour",)}, "apple has 'colour' among its columns, which is no Column"),
        (
            {"targets": (Target(label="tree", remedy="Plant it."),)},
            "among its targets, which stands for neither a list nor a record",
        ),
        ({"never_sent": frozenset({"colour"})}, "apple never sends colour, which its document does not have"),
    ],
)
def test_an_entity_that_does_not_hold_together(changes: dict[str, Any], said: str) -> None:
    owner = Owner("apple")
    owner.entity = kind(**{"name": "apple"} | changes)
    sentence = fault(apples=owner)
    assert sentence.startswith("The plugin apples does not declare its entities rightly: ")
    assert said in sentence


def test_what_is_declared_must_be_entities() -> None:
    owner: Any = Owner("apple")
    owner.entity = "apple"
    assert fault(apples=owner) == (
        "The plugin apples does not declare its entities rightly: 'apple' is no Entity."
    )


def test_a_request_that_qbxml_does_not_have() -> None:
    assert fault(apples=Owner("apple", requests=("AppleAdd",))) == (
        "The plugin apples declares the request AppleAdd for apple, which qbXML does not have."
    )


def test_a_hook_without_its_marker_would_never_be_called_and_is_told() -> None:
    class Unmarked(Owner):
        def check_eligibility(self, record: AnyRecord) -> Skip | None:
            raise NotImplementedError

    class Inheriting(Owner):
        @staticmethod
        def startup() -> None:
            raise NotImplementedError

    assert fault(apples=Unmarked("apple")) == (
        "The plugin apples has a function check_eligibility that is not marked as a hook and would never be "
        "called; put @hookimpl above it, or give it another name."
    )
    assert "a function startup that is not marked" in fault(apples=Inheriting("apple"))


def test_what_overrides_a_hook_needs_the_marker_too() -> None:
    class Grower(Owner):
        @hookimpl
        def build_requests(self, record: AnyRecord) -> list[Request]:
            return [REQUEST]

    class Gardener(Grower):
        def build_requests(self, record: AnyRecord) -> list[Request]:
            return []

    assert "a function build_requests that is not marked" in fault(apples=Gardener("apple"))


def test_an_attribute_that_is_no_function_may_be_named_like_a_hook() -> None:
    class Holding(Owner):
        polls = ("vendors",)

    assert Plugins({"apples": Holding("apple")}).names == ("apples",)


def test_narrower_answers_wider_arguments_own_records_and_no_annotations_fit() -> None:
    class Fitting(Owner):
        @hookimpl
        def check_eligibility(self, record: Record[Document, Kept], connector: object) -> None:
            raise NotImplementedError

        @hookimpl
        def build_requests(self, record: AnyRecord, lists: Lists) -> Sequence[Request] | Skip:
            raise NotImplementedError

        @hookimpl
        def handle_response(self, record: Any, response: Response) -> Sent | Retry:
            raise NotImplementedError

        @hookimpl
        def check_change(self, record: Record[Any, Any], previous: Document) -> Noted:
            raise NotImplementedError

        @hookimpl
        def check_request(self, xml: str) -> tuple[str, ...]:
            raise NotImplementedError

        @hookimpl
        def check_retransfer(self, record):  # type: ignore[no-untyped-def]
            """Not annotated, so not judged."""

        @hookimpl
        def polls(self, connector: Connector) -> Iterable[NotImported]:  # type: ignore[name-defined] # noqa: F821
            raise NotImplementedError

    assert Plugins({"fitting": Fitting("apple", state=Kept)}).names == ("fitting",)
