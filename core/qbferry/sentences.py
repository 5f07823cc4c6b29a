"""What is wrong with a value, in a person's words: one for each kind of fault that pydantic knows by a code.

Places are written as ``lines[3].description``: the third line, counted from 1, as people count.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

__all__ = [
    "WORDS",
    "Fault",
    "Place",
    "faults_of",
    "faults_of_all",
    "is_null",
    "place",
    "sentence",
    "shown",
    "summary",
]

Place: TypeAlias = tuple[str | int, ...]
"""The keys and positions, from 0, that lead to a value in a JSON object."""

Fault: TypeAlias = tuple[Place, str, Any]
"""Where, what is wrong in words, and the value."""

LONGEST_VALUE = 60

NUMBER = "is no number; write digits with a point, such as 1234.50"
WHOLE = "is no whole number; write digits alone"
DAY = 'is no date; write it as text, such as "2026-10-31"'
MOMENT = 'is no moment; write it as text, such as "2026-10-31T14:05:00Z"'
TIME = 'is no time of day; write it as text, such as "14:05:00"'
SPAN = 'is no length of time; write it as text, such as "PT7H30M"'
TRUTH = "must be true or false"
TEXT = "must be text, in quotes"
OBJECT = "must be an object, in braces: {{…}}"
LIST = "must be a list, in brackets: […]"
ADDRESS = "is no web address"
UUID = "is no UUID"

WORDS: Mapping[str, str] = {
    "assertion_error": "{error}",
    "bool_parsing": TRUTH,
    "bool_type": TRUTH,
    "bytes_type": TEXT,
    "date_from_datetime_inexact": DAY,
    "date_from_datetime_parsing": DAY,
    "date_future": "must lie in the future",
    "date_parsing": DAY,
    "date_past": "must lie in the past",
    "date_type": DAY,
    "datetime_from_date_parsing": MOMENT,
    "datetime_future": "must lie in the future",
    "datetime_object_invalid": MOMENT,
    "datetime_parsing": MOMENT,
    "datetime_past": "must lie in the past",
    "datetime_type": MOMENT,
    "decimal_max_digits": "has more than {max_digits} digits",
    "decimal_max_places": "has more than {decimal_places} digits behind the point",
    "decimal_parsing": NUMBER,
    "decimal_type": NUMBER,
    "decimal_whole_digits": "has more than {whole_digits} digits before the point",
    "dict_type": OBJECT,
    "enum": "must be one of: {expected}",
    "extra_forbidden": "is not known here; check its spelling, or leave it out",
    "finite_number": NUMBER,
    "float_parsing": NUMBER,
    "float_type": NUMBER,
    "frozen_set_type": LIST,
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "int_from_float": WHOLE,
    "int_parsing": WHOLE,
    "int_parsing_size": WHOLE,
    "int_type": WHOLE,
    "invalid_key": "has a name that is no text",
    "iterable_type": LIST,
    "json_invalid": "is no JSON that can be read: {error}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "list_type": LIST,
    "literal_error": "must be one of: {expected}",
    "mapping_type": OBJECT,
    "missing": "is missing",
    "model_attributes_type": OBJECT,
    "model_type": OBJECT,
    "multiple_of": "must be a multiple of {multiple_of}",
    "none_required": "must be null, or left out",
    "recursion_loop": "is nested in itself",
    "set_type": LIST,
    "string_not_ascii": "has letters or signs in it that are not of ASCII",
    "string_pattern_mismatch": "does not fit the pattern {pattern}",
    "string_too_long": "has more than {max_length} characters",
    "string_too_short": "has less than {min_length} characters",
    "string_type": TEXT,
    "string_unicode": "is no text of whole characters",
    "time_delta_parsing": SPAN,
    "time_delta_type": SPAN,
    "time_parsing": TIME,
    "time_type": TIME,
    "timezone_aware": "must name its time zone, such as Z",
    "timezone_naive": "must name no time zone",
    "too_long": "has more than {max_length} entries",
    "too_short": "has less than {min_length} entries",
    "tuple_type": LIST,
    "union_tag_invalid": "must be one of: {expected_tags}",
    "union_tag_not_found": "lacks the field {discriminator}, which says what it is",
    "url_parsing": ADDRESS,
    "url_scheme": "must begin with one of: {expected_schemes}",
    "url_syntax_violation": ADDRESS,
    "url_too_long": "has more than {max_length} characters",
    "url_type": ADDRESS,
    "uuid_parsing": UUID,
    "uuid_type": UUID,
    "uuid_version": UUID,
    "value_error": "{error}",
}
"""By pydantic's code; ``{…}`` is what it brings along. A code that is not here keeps pydantic's words."""

_QUOTED = re.compile(r"'([^']*)'")


def place(loc: Place) -> str:
    """Where a value is: ``("lines", 2, "description")`` -> ``lines[3].description``."""
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in loc)
    return text.removeprefix(".")


def sentence(fault: Fault) -> str:
    """``field lines[3].amount: is no number; write … (it is "much")``."""
    where, what, value = fault
    head = f"field {place(where)}" if where else "the record"
    return f"{head}: {what}{shown(value)}"


def summary(error: ValidationError, whole: str) -> str:
    """All of it in one line, without the values, which may be secret: ``server.port: must be 65535 or less``.

    Args:
        error: What a model raised.
        whole: What to call the value itself, where no field of it is wrong.
    """
    return "; ".join(f"{place(where) or whole}: {what}" for where, what, _ in faults_of(error))


def faults_of(error: ValidationError, nulls: Iterable[Place] = ()) -> Iterator[Fault]:
    """The faults that a model finds.

    Args:
        error: What it raised.
        nulls: Where null was taken for absent.
    """
    return faults_of_all(error.errors(include_url=False), nulls)


def faults_of_all(errors: Iterable[ErrorDetails], nulls: Iterable[Place] = ()) -> Iterator[Fault]:
    """The same of faults that were taken out of what was raised."""
    absent = set(nulls)
    for one in errors:
        missing = one["type"] == "missing"
        if is_null(one) or (missing and one["loc"] in absent):
            yield one["loc"], "is null; give it a value", None
        else:
            yield one["loc"], _words(one), None if missing else one["input"]


def is_null(fault: ErrorDetails) -> bool:
    """Whether what does not fit is a null where a value belongs; a name that is unknown is another matter."""
    return fault["input"] is None and fault["type"] != "extra_forbidden"


def _words(fault: ErrorDetails) -> str:
    context = fault.get("ctx", {})
    if fault["type"] == "string_too_short" and context["min_length"] == 1:
        return "must not be empty"
    words = WORDS.get(fault["type"])
    if words is None:
        return fault["msg"][:1].lower() + fault["msg"][1:]
    listed = {
        name: ", ".join(_QUOTED.findall(text)) if isinstance(text, str) and "'" in text else text
        for name, text in context.items()
        if name.startswith("expected")
    }
    return words.format(**context | listed)


def shown(value: Any) -> str:
    """A value as JSON writes it, shortened; nothing for what a person finds by its place alone."""
    if not isinstance(value, str | int | float):
        return ""
    text = json.dumps(value, ensure_ascii=False)
    return f" (it is {text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + '…'})"
