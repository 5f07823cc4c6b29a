"""Which text fits which kind of element (facts B2)."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qbferry.qbxml.schema import Element

__all__ = ["fault"]

_DIGITS = "at most 10 digits before the point and 5 after"
_PATTERNS = {
    "AMTTYPE": (
        r"[+-]?[0-9]{1,13}(\.[0-9]{2})?",
        "an amount like 12.50, with at most 13 digits before the point",
    ),
    "PRICETYPE": (r"[+-]?[0-9]{1,10}(\.[0-9]{1,5})?", f"a price, with {_DIGITS}"),
    "QUANTYPE": (r"[+-]?[0-9]{1,10}(\.[0-9]{1,5})?", f"a quantity, with {_DIGITS}"),
    "PERCENTTYPE": (r"[+-]?[0-9]{1,10}(\.[0-9]{1,5})?", f"a percentage, with {_DIGITS}"),
    "FLOATTYPE": (r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)", "a decimal number"),
    "INTTYPE": (r"[+-]?[0-9]{1,9}", "a whole number"),
    "BOOLTYPE": (r"true|false|1|0", "true or false"),
    "DATETYPE": (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date from 1901 on, written like 2026-10-31"),
    "DATETIMETYPE": (
        r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(T[0-9]{1,2}(:[0-9]{1,2}(:[0-9]{1,2}([+-][0-9]{1,2}:[0-9]{1,2})?)?)?)?",
        "a time written like 2026-10-31T14:05:00",
    ),
    "TIMEINTERVALTYPE": (
        r"[+-]?PT(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+S)?",
        "a time like PT7H30M",
    ),
    "GUIDTYPE": (r"0|\{[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}", "a GUID in braces"),
}
_COMPILED = {kind: (re.compile(pattern), words) for kind, (pattern, words) in _PATTERNS.items()}
_MUST_SAY_SOMETHING = {"ENUMTYPE", "GUIDTYPE", "INTTYPE"}
_ID_LENGTH = 36


def fault(element: Element, text: str) -> str | None:
    """Say what is wrong with an element's text, the end of a sentence; None when nothing is.

    An empty text is allowed where the element is optional: it clears the field.
    """
    kind = element.type or ""
    if not text:
        empty = (element.min > 0 and kind != "STRTYPE") or kind in _MUST_SAY_SOMETHING
        return "is empty" if empty else None
    limit = _ID_LENGTH if kind == "IDTYPE" else element.max_length
    if limit is not None and len(text) > limit:
        return f"is too long: {len(text)} characters, QuickBooks takes {limit}"
    if element.enum and text not in element.enum:
        return f'is "{text}", which is none of {", ".join(element.enum)}'
    if kind in _COMPILED:
        pattern, words = _COMPILED[kind]
        if not pattern.fullmatch(text) or (kind == "DATETYPE" and not _is_day(text)):
            return f'is "{_short(text)}", not {words}'
        if kind == "INTTYPE":
            return _range(element, int(text))
    return None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).year > 1900
    except ValueError:
        return False


def _range(element: Element, number: int) -> str | None:
    if element.lowest is not None and number < element.lowest:
        return f"is {number}, less than the {element.lowest} it must be at least"
    if element.highest is not None and number > element.highest:
        return f"is {number}, more than the {element.highest} it may be at most"
    return None


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
