"""How values are written: stricter than the models, which take more than a person means.

pydantic reads ``3_0_0`` and the digits of other scripts as numbers, and numbers as dates, counting seconds.
Whatever entity a document is of, a number is written in plain digits here, and a date as ``2026-10-31``. What
qbXML has no place for in any field is refused as well: QuickBooks would never get it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from qbferry.qbxml.characters import illegal_in_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from qbferry.model import Document
    from qbferry.sentences import Fault, Place

__all__ = ["misprints", "misspellings"]

_Check: TypeAlias = "Callable[[Any], Sequence[Fault]]"

MOST_DIGITS = 13
"""Before the point of any number in qbXML (facts B2: AMTTYPE)."""

FIRST_DAY = "1901-01-01"
"""QuickBooks' calendar begins with it (facts B2)."""

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(_DAY.pattern + "[T ].*")
_OWN_WAY = {"function-before", "function-wrap", "function-plain", "union", "tagged-union", "custom-error"}
"""Where a plugin reads the raw value itself, or may take it as more than one thing."""


def misspellings(model: type[Document], document: Any) -> Sequence[Fault]:
    """Find numbers and dates that are oddly written.

    Args:
        model: The shape that the document fits.
        document: As JSON gives it, ``-0`` as a float.
    """
    check = _check_of(model)
    return check(document) if check else ()


def misprints(document: Any, place: Place = ()) -> Iterator[Fault]:
    """Find texts with characters that XML cannot carry, and so no request; names of fields are no matter."""
    match document:
        case str():
            if character := illegal_in_text(document):
                yield (
                    place,
                    f"has the character {character} in it, which QuickBooks never takes; remove it",
                    document,
                )
        case dict():
            for name, value in document.items():
                yield from misprints(value, (*place, name))
        case list():
            for position, value in enumerate(document):
                yield from misprints(value, (*place, position))


def _number(value: Any) -> Sequence[Fault]:
    if isinstance(value, str):
        digits = value.strip()
        if not _NUMBER.fullmatch(digits):
            return _fault("is not plainly written; write digits with a point, such as 1234.50", value)
    elif value is None:
        return ()
    else:
        digits = str(value)
    if digits[0] == "-" and not digits.strip("-0."):
        return _fault("is a minus zero; write 0", value)
    if len(digits) > MOST_DIGITS and _whole_digits(digits) > MOST_DIGITS:
        return _fault(
            f"has more than {MOST_DIGITS} digits before the point, more than QuickBooks takes", value
        )
    return ()


def _whole_digits(number: str) -> int:
    return len(f"{abs(Decimal(number)):f}".partition(".")[0])


def _day(value: Any) -> Sequence[Fault]:
    if value is None:
        return ()
    if not (isinstance(value, str) and _DAY.fullmatch(value)):
        return _fault('is no date as text, such as "2026-10-31"', value)
    if value < FIRST_DAY:
        return _fault(f"is before {FIRST_DAY}, where QuickBooks' calendar begins", value)
    return ()


def _moment(value: Any) -> Sequence[Fault]:
    if value is None or (isinstance(value, str) and _MOMENT.fullmatch(value)):
        return ()
    return _fault('is no moment as text, such as "2026-10-31T14:05:00Z"', value)


def _fault(what: str, value: Any) -> Sequence[Fault]:
    return [((), what, value)]


_LEAVES: Mapping[str, _Check] = {
    "decimal": _number,
    "float": _number,
    "int": _number,
    "date": _day,
    "datetime": _moment,
}


_USUAL: Mapping[_Check, Callable[[str], object]] = {
    _number: re.compile(f"[0-9]{{1,{MOST_DIGITS}}}(?:\\.[0-9]+)?").fullmatch,
    _day: re.compile(r"(?:19(?!00)|[2-9][0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}").fullmatch,
}
"""What matches texts that nearly all are, and that are as they should be."""


@cache
def _check_of(model: type[Document]) -> _Check | None:
    return _build(model.__pydantic_core_schema__, {})


def _build(schema: Any, known: dict[str, Any]) -> _Check | None:
    """The check of one node of pydantic's own schema; None: there is nothing to check below it."""
    kind = schema["type"]
    if kind in _LEAVES:
        return _LEAVES[kind]
    if kind in _OWN_WAY:
        return None
    if kind == "definitions":
        known |= {each["ref"]: each for each in schema["definitions"]}
        return _build(schema["schema"], known)
    if kind == "definition-ref":
        return _build(known.pop(schema["schema_ref"], {"type": "any"}), known)  # once: shapes may nest
    if kind == "model-fields":
        return _fields(schema["fields"], known)
    if kind in ("list", "tuple", "set", "frozenset"):
        items = schema.get("items_schema")
        items = items[0] if isinstance(items, list) and len(items) == 1 else items
        return _each(_build(items, known), enumerate) if isinstance(items, dict) else None
    if kind == "dict":
        return _each(_build(schema.get("values_schema", {"type": "any"}), known), dict.items)
    return _build(schema["schema"], known) if isinstance(schema.get("schema"), dict) else None


def _fields(fields: Mapping[str, Any], known: dict[str, Any]) -> _Check | None:
    found = [
        ({name, field.get("validation_alias", name)}, check)
        for name, field in fields.items()
        if (check := _build(field["schema"], known))
    ]
    checks = [
        (name, check, _USUAL.get(check)) for names, check in found for name in names if isinstance(name, str)
    ]

    def each(value: Any) -> Sequence[Fault]:
        if not isinstance(value, dict):
            return ()
        faults: Sequence[Fault] = ()
        for name, check, usual in checks:
            one = value.get(name)
            if one is None or (usual and one.__class__ is str and usual(one)):
                continue
            if found := check(one):
                faults = [*faults, *_below(name, found)]
        return faults

    return each if checks else None


def _each(check: _Check | None, items: Callable[[Any], Any]) -> _Check | None:
    if check is None:
        return None

    def each(value: Any) -> Sequence[Fault]:
        faults: list[Fault] = []
        for key, one in items(value) if isinstance(value, dict | list) else ():
            if found := check(one):
                faults += _below(key, found)
        return faults

    return each


def _below(key: str | int, faults: Sequence[Fault]) -> Iterator[Fault]:
    return (((key, *place), what, value) for place, what, value in faults)
