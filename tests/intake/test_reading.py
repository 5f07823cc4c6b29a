"""Reading JSON Lines: what is taken, and how faults are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import computed_field, field_validator

from qbferry import Document, Entity
from qbferry.errors import InputError
from qbferry.intake import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from qbferry.testing.installation import Installation


def lines(*documents: dict[str, Any]) -> list[bytes]:
    return [json.dumps(document).encode() + b"\n" for document in documents]


def fault(world: Installation, *given: bytes | str) -> str:
    with pytest.raises(InputError) as caught:
        read(world.plugins.entities["invoice"], given)
    return str(caught.value)


def test_one_object_a_line_is_a_record_an_empty_line_is_nothing(
    world: Installation, invoice: Callable[..., dict[str, Any]]
) -> None:
    given = [b"\n", *lines(invoice("A", batch="2026-10")), b"  \r\n", *lines(invoice("B"))]
    arrivals = read(world.plugins.entities["invoice"], given)
    assert [(arrival.id, arrival.batch) for arrival in arrivals] == [("A", "2026-10"), ("B", None)]


def test_a_document_is_kept_whole_under_the_names_it_came_with(
    world: Installation, invoice: Callable[..., dict[str, Any]]
) -> None:
    line = {"id": "1", "item": "Labor~Remote", "amount": "300.00", "class": "Managed Services"}
    [arrival] = read(world.plugins.entities["invoice"], lines(invoice("A", lines=[line])))
    assert arrival.document["lines"][0]["class"] == "Managed Services"
    assert arrival.document["total"] == "300.00"
    assert world.plugins.entities["invoice"].document.model_validate(arrival.document).id == "A"


def test_a_byte_order_mark_at_the_beginning_is_skipped(
    world: Installation, invoice: Callable[..., dict[str, Any]]
) -> None:
    [line] = lines(invoice("A"))
    assert read(world.plugins.entities["invoice"], [b"\xef\xbb\xbf" + line])[0].id == "A"


def test_a_fault_names_line_and_field_and_shows_what_was_there(
    world: Installation, invoice: Callable[..., dict[str, Any]]
) -> None:
    wrong = [{"id": "1", "item": "Labor", "amount": "a lot"}]
    text = fault(world, b"\n", *lines(invoice("A"), invoice("B", lines=wrong)))
    assert "line 3, field lines[1].amount: is no number; write digits with a point, such as 1234.50 " in text
    assert '(it is "a lot")' in text
    assert text.startswith("Nothing was imported, because of 1 fault:")


def test_an_unknown_field_is_a_fault(world: Installation, invoice: Callable[..., dict[str, Any]]) -> None:
    assert "line 1, field colour: is not known here; " in fault(world, *lines(invoice("A", colour="red")))


def test_all_faults_are_told_at_once_twenty_in_words(
    world: Installation, invoice: Callable[..., dict[str, Any]]
) -> None:
    text = fault(world, *lines(*(invoice(f"{number}", total="x") for number in range(25))))
    assert "because of 25 faults:" in text
    assert "line 20, field total" in text
    assert "line 21" not in text
    assert text.endswith("and 5 more faults")


def test_an_id_twice_in_one_file_is_a_fault_of_the_second(
    world: Installation, invoice: Callable[..., dict[str, Any]]
) -> None:
    text = fault(world, *lines(invoice("A"), invoice("B"), invoice("A")))
    assert "line 3, field id: A is in line 1 already" in text


def test_an_id_nobody_could_type_is_a_fault(
    world: Installation, invoice: Callable[..., dict[str, Any]]
) -> None:
    assert "line 1, field id: has the character U+0000 in it, which" in fault(world, *lines(invoice("A\x00")))
    assert "line 1, field batch: has a character" in fault(world, *lines(invoice("A", batch="10\x7f")))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b'{"id": "A", "id": "B"}', "the key id is there twice in one object"),
        (b'{"id": "A", "lines": [{"amount": 1, "amount": 2}]}', "the key amount is there twice"),
        (b'{"id": ', "is not JSON at column"),
        (b'{"id": ' + b"[" * 100_000, "is nested too deeply"),
        (b'"INV-1"', "the record: must be an object, in braces: {…}"),
        (b"17", "the record: must be an object"),
        (b'{"id": "\xe9"}', "is not UTF-8 at byte 9; save the file as UTF-8"),
    ],
)
def test_a_line_that_is_no_record_is_told_in_a_sentence(
    world: Installation, line: bytes, sentence: str
) -> None:
    text = fault(world, line)
    assert "line 1" in text
    assert sentence in text


def _apple(document: type[Document]) -> Entity:
    return Entity(
        name="apple",
        label="Apple",
        plural="Apples",
        document=document,
        requests=("ClassAdd",),
        templates=Path(__file__).parent,
    )


@pytest.mark.parametrize("error", [KeyError("rate"), SystemExit("rate")])
def test_whatever_a_validator_raises_is_a_fault_of_its_line(error: BaseException) -> None:
    class Strict(Document):
        @field_validator("id")
        @classmethod
        def fits(cls, value: str) -> str:
            if value == "B":
                raise error
            return value

    with pytest.raises(InputError, match=f"line 2: its plugin fails to read it: {type(error).__name__}: "):
        read(_apple(Strict), lines({"id": "A"}, {"id": "B"}))


def test_what_is_computed_of_a_document_is_not_kept() -> None:
    class Twice(Document):
        @computed_field  # type: ignore[prop-decorator]
        @property
        def double(self) -> str:
            return self.id * 2

    [arrival] = read(_apple(Twice), lines({"id": "A"}))
    assert arrival.document == {"id": "A", "batch": None}
    assert Twice.model_validate(arrival.document).double == "AA"
