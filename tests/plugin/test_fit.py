"""Plugins that do not fit stop the start, each with one sentence that says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qbferry import Connector, Entity, PluginError, Record, Request, Response, Retry, Sent, Skip, hookimpl
from qbferry.plugin.manager import Plugins

from .kinds import Owner, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from qbferry import Lists


def fault(**plugins: object) -> str:
    with pytest.raises(PluginError) as caught:
        Plugins(plugins)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def test_a_misspelt_hook() -> None:
    class Typo:
        @hookimpl
        def check_eligibilty(self, record: Record) -> Skip | None:
            raise NotImplementedError

    assert "check_eligibilty" in fault(typo=Typo())


def test_an_argument_no_hook_has() -> None:
    class Extra:
        @hookimpl
        def check_eligibility(self, record: Record, company: str) -> Skip | None:
            raise NotImplementedError

    sentence = fault(extra=Extra())
    assert sentence.startswith("The plugin extra does not fit the hooks")
    assert "company" in sentence


def test_a_wrong_answer() -> None:
    class Answering:
        @hookimpl
        def check_eligibility(self, record: Record) -> bool:
            raise NotImplementedError

    assert fault(answering=Answering()) == (
        "The plugin answering does not fit the hook check_eligibility: it returns bool instead of "
        "qbferry.model.Skip | None."
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


def test_a_record_class_of_another_plugin() -> None:
    class Stranger:
        @hookimpl
        def check_eligibility(self, record: int) -> Skip | None:
            raise NotImplementedError

    assert "record is int, which is no record class of this plugin" in fault(stranger=Stranger())


def test_two_owners_of_one_kind() -> None:
    assert fault(apples=Owner("apple"), more=Owner("apple")) == (
        "Two plugins declare the entity apple; enable only one of them."
    )


def test_a_declaration_that_raises() -> None:
    class Failing:
        @hookimpl
        def entities(self) -> list[Entity]:
            raise RuntimeError("no templates")

    assert fault(failing=Failing()) == (
        "The plugin failing fails to declare its entities: RuntimeError: no templates."
    )


def test_narrower_answers_wider_arguments_own_records_and_no_annotations_fit() -> None:
    class Fitting(Owner):
        @hookimpl
        def check_eligibility(self, record: Row, connector: object) -> None:
            raise NotImplementedError

        @hookimpl
        def build_requests(self, record: Row, lists: Lists) -> Sequence[Request] | Skip:
            raise NotImplementedError

        @hookimpl
        def handle_response(self, record: Any, response: Response) -> Sent | Retry:
            raise NotImplementedError

        @hookimpl
        def check_change(self, previous: Mapping[str, object]) -> bool:
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

    assert Plugins({"fitting": Fitting("apple")}).names == ("fitting",)
