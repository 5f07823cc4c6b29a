"""What the contract puts to a plugin: hostile records, answers of QuickBooks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from qbferry.qbxml import response, schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qbferry.qbxml.response import Response

__all__ = [
    "POISONS",
    "accepted",
    "nested",
    "optional",
    "poisoned",
    "refused",
    "takes_marker",
    "texts",
    "with_value",
]

POISONS = ('A & B <c> "\xe9" \u2603 ]]> &amp; {{ x }}', "<c/>", "\x07")
"""Text that breaks what is not escaped exactly once, an element, and a character XML cannot carry."""


def poisoned(sample: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give a record once for each of its texts and each poison, added to that text."""
    text = json.dumps(sample)
    for path in _texts(json.loads(text)):
        for poison in POISONS:
            document = json.loads(text)
            place = document
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] += poison
            yield document


def texts(sample: Mapping[str, Any]) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Give the path of each text in a record, and the text; the identity of the record is none."""
    document = json.loads(json.dumps(sample))
    for path in _texts(document):
        if path != ("id",):
            yield path, _at(document, path)


def nested(sample: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Give the path of each object inside a record."""
    for path in _paths(json.loads(json.dumps(sample))):
        if path and isinstance(_at(sample, path), dict):
            yield path


def optional(sample: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Give a record once without each of its fields, and once with nothing in it."""
    for path in _paths(json.loads(json.dumps(sample))):
        if path and isinstance(path[-1], str) and path != ("id",):
            yield with_value(sample, path, None)
            without = json.loads(json.dumps(sample))
            del _at(without, path[:-1])[path[-1]]
            yield without


def with_value(sample: Mapping[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """Give a record with another value at a path."""
    document: dict[str, Any] = json.loads(json.dumps(sample))
    _at(document, path[:-1])[path[-1]] = value
    return document


def accepted(name: str, inner: str | None = None) -> Response:
    """Answer a request as QuickBooks does when it took it.

    Args:
        name: The request without ``Rq``.
        inner: What its answer holds; None: a new object, for an add.
    """
    if inner is None and name.endswith("Add"):
        ret = f"{name.removesuffix('Add')}Ret"
        inner = f"<{ret}><TxnID>1-1</TxnID><EditSequence>1</EditSequence><RefNumber>1</RefNumber></{ret}>"
    return _answer(name, 'statusCode="0" statusSeverity="Info" statusMessage="Status OK"', inner or "")


def refused(name: str, code: int = 3140, message: str = "There is an invalid reference.") -> Response:
    """Answer a request as QuickBooks does when it refused it."""
    return _answer(name, f'statusCode="{code}" statusSeverity="Error" statusMessage="{message}"', "")


def takes_marker(name: str) -> bool:
    """Tell whether a request has room for an ExternalGUID, by which its object is recognized (facts B4)."""
    known = schema.load()
    return (
        name.endswith("Add")
        and name in known.names
        and any(
            getattr(part, "name", "") == "ExternalGUID"
            for body in known.request(name).children
            if getattr(body, "name", "") == name
            for part in body.children
        )
    )


def _texts(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all texts in a JSON value."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(inner, (*path, step))


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values in a JSON value, itself first."""
    yield path
    if isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _paths(inner, (*path, step))


def _answer(name: str, status: str, inner: str) -> Response:
    text = f"<QBXML><QBXMLMsgsRs><{name}Rs {status}>{inner}</{name}Rs></QBXMLMsgsRs></QBXML>"
    return response.parse(text).responses[0]
