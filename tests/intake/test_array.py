"""Reading a JSON array of records: the same as its records a line, wherever the pieces end that are read."""

from __future__ import annotations

import io
import json
from typing import IO, TYPE_CHECKING, Any

import pytest
from tests.plain import plain

from qbferry.errors import InputError, Spot
from qbferry.intake import JsonArray, array
from qbferry.intake.reading import Lines
from qbferry.plugin.manager import assemble

if TYPE_CHECKING:
    from collections.abc import Callable

RECORDS = [{"id": 'é"]}\\', "n": [1, -2.5e3, True, None]}, {"id": "😀 ,{["}, 17, "a", -0.5, [[]], {}]


def texts(stream: IO[bytes]) -> list[Any]:
    """What is given, texts or faults."""
    return [text for _, text in JsonArray(stream)]


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 65_536])
@pytest.mark.parametrize("pretty", [None, 2])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_every_record_is_given_as_it_is_written(
    monkeypatch: pytest.MonkeyPatch, piece: int, pretty: int | None, ascii_only: bool
) -> None:
    monkeypatch.setattr(array, "PIECE", piece)
    body = b"\xef\xbb\xbf " + json.dumps(RECORDS, indent=pretty, ensure_ascii=ascii_only).encode() + b"\n"
    assert [json.loads(text) for text in texts(io.BytesIO(body))] == RECORDS
    assert texts(io.BytesIO(b" [ ] ")) == []


@pytest.mark.parametrize("piece", [1, 65_536])
@pytest.mark.parametrize(
    ("body", "number", "sentence"),
    [
        ("", 1, "at the end of the body: the body is an array of records"),
        ("{}", 1, "at character 1 of the body: the body is an array of records"),
        ("[", 1, "at the end of the body: expecting value"),
        ("[{}", 2, "at the end of the body: a comma or a closing bracket belongs here"),
        ("[{},]", 2, "at character 5 of the body: expecting value"),
        ("[{} {}]", 2, "at character 5 of the body: a comma or a closing bracket belongs here"),
        ('[{}, {"id": x}]' + " " * 100, 2, "at character 13 of the body: expecting value"),
        ('[{"id": "A', 1, "at character 9 of the body: unterminated string starting at"),
        ("[{}] {}", 2, "at character 6 of the body: nothing may come behind the array"),
        ("[{}, " + "[" * 100_000, 2, "is nested too deeply"),
    ],
)
def test_where_it_breaks_off_is_told(
    monkeypatch: pytest.MonkeyPatch, piece: int, body: str, number: int, sentence: str
) -> None:
    monkeypatch.setattr(array, "PIECE", max(piece, len(body) // 10))
    given = texts(io.BytesIO(body.encode()))
    assert len(given) == number
    assert sentence in given[-1][0][1]


def test_a_body_that_is_not_utf_8_is_told() -> None:
    [[fault]] = texts(io.BytesIO(b'["\xe9"]'))
    assert "is not UTF-8" in fault[1]


def test_no_more_than_a_record_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(array, "PIECE", 100)
    monkeypatch.setattr(array, "LONGEST", 1000)
    reader = JsonArray(io.BytesIO(json.dumps([{"id": "A"}] * 5000).encode()))
    assert max(len(reader._text) for _ in reader) < 300
    *_, (number, fault) = JsonArray(io.BytesIO(b'[1, "' + b"a" * 5000 + b'"]'))
    assert (number, fault) == (2, [((), "has more than 1,000 characters", None)])


def test_faults_are_told_with_their_spots(invoice: Callable[..., dict[str, Any]]) -> None:
    wrong = invoice("B", lines=[{"id": "1", "item": "Labor", "amount": "a lot"}])
    body = json.dumps([invoice("A"), wrong, 17, invoice("A")]).encode()
    lines = Lines(assemble(plain("invoices")).entities["invoice"], JsonArray(io.BytesIO(body)))
    assert [arrival.line for arrival in lines] == [1, 4]
    with pytest.raises(InputError) as caught:
        lines.check([(4, "A", 1)])
    amount, whole, twice = caught.value.details
    assert amount.startswith("record 2, field lines[1].amount: is no number")
    assert whole.startswith("record 3: must be an object")
    assert twice == "record 4, field id: A is in record 1 already"
    assert caught.value.spots == (
        Spot(2, ("lines", 0, "amount"), "B"),
        Spot(3),
        Spot(4, ("id",), "A"),
    )
