"""Which text fits which kind of element (facts B2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qbferry.qbxml.schema import Element

__all__ = ["expression", "fault", "limit"]

_DIGITS = "at most 10 digits before the point and 5 after"
_LEAP_YEAR = "[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00"
_DATE = (
    "(?:19(?!00)|[2-9][0-9])[0-9]{2}-(?:"
    "(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|"
    f"02-(?:0[1-9]|1[0-9]|2[0-8]|(?<=(?:{_LEAP_YEAR})-02-)29))"
)
_DATETIME = (
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    r"(?:T[0-9]{1,2}(?::[0-9]{1,2}(?::[0-9]{1,2}(?:[+-][0-9]{1,2}:[0-9]{1,2})?)?)?)?"
)
_PATTERNS = {
    "AMTTYPE": (
        r"[+-]?[0-9]{1,13}(?:\.[0-9]{2})?",
        "an amount like 12.50, with at most 13 digits before the point",
    ),
    "PRICETYPE": (r"[+-]?[0-9]{1,10}(?:\.[0-9]{1,5})?", f"a price, with {_DIGITS}"),
    "QUANTYPE": (r"[+-]?[0-9]{1,10}(?:\.[0-9]{1,5})?", f"a quantity, with {_DIGITS}"),
    "PERCENTTYPE": (r"[+-]?[0-9]{1,10}(?:\.[0-9]{1,5})?", f"a percentage, with {_DIGITS}"),
    "FLOATTYPE": (r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", "a decimal number"),
    "INTTYPE": (r"[+-]?[0-9]{1,9}", "a whole number"),
    "BOOLTYPE": (r"true|false|1|0", "true or false"),
    "DATETYPE": (_DATE, "a date from 1901 on, written like 2026-10-31"),
    "DATETIMETYPE": (_DATETIME, "a time written like 2026-10-31T14:05:00"),
    "TIMEINTERVALTYPE": (
        r"[+-]?PT(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+S)?",
        "a time like PT7H30M",
    ),
    "GUIDTYPE": (r"0|\{[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}", "a GUID in braces"),
}
_COMPILED = {kind: (re.compile(pattern), words) for kind, (pattern, words) in _PATTERNS.items()}
_MUST_SAY_SOMETHING = {"ENUMTYPE", "GUIDTYPE", "INTTYPE"}
_BLANKS = " \t\r\n"
_BLANKS_AROUND = {"BOOLTYPE", "DATETYPE", "FLOATTYPE", "INTTYPE", "TIMEINTERVALTYPE"}
"""Intuit's schema makes them of XML Schema's own types, which may have blanks around; others are strings."""

_ID_LENGTH = 36

_CHARACTER = r"[ !-%'-;=?-~\t\n\r]"
_REFERENCE = "&(?:amp|lt|gt|quot|apos|#(?:3[2-9]|[4-9][0-9]|[1-9][0-9]{2,3}|[1-4][0-9]{4}|1[0-9]{5}));"
_TEXT = f"{_CHARACTER}*(?:{_REFERENCE}{_CHARACTER}*)*"
"""Text of characters that XML can carry, written in ASCII."""


def fault(element: Element, text: str) -> str | None:
    """Say what is wrong with an element's text, the end of a sentence; None when nothing is.

    An empty text is allowed where the element is optional: it clears the field.
    """
    kind = element.type or ""
    if kind in _BLANKS_AROUND:
        text = text.strip(_BLANKS)
    if not text:
        empty = (element.min > 0 and kind != "STRTYPE") or kind in _MUST_SAY_SOMETHING
        return "is empty" if empty else None
    longest = limit(element)
    if longest is not None and len(text) > longest:
        return f"is too long: {len(text)} characters, QuickBooks takes {longest}"
    if element.enum and text not in element.enum:
        return f'is "{text}", which is none of {", ".join(element.enum)}'
    if kind in _COMPILED:
        pattern, words = _COMPILED[kind]
        if not pattern.fullmatch(text):
            return f'is "{_short(text)}", not {words}'
        if kind == "INTTYPE":
            return _range(element, int(text))
    return None


def expression(element: Element) -> str:
    """Give a regular expression of texts that fit, as XML writes them in front of a ``<``.

    It matches no text that ``fault`` finds fault with, and nearly all others: no empty one, none of a number
    with bounds, and none whose characters are too many unless each reference counts as one.
    """
    if element.lowest is not None or element.highest is not None:
        return "(?!)"
    text = "|".join(map(re.escape, element.enum)) or _PATTERNS.get(element.type or "", (_TEXT,))[0]
    longest = limit(element)
    length = "(?!<)" if longest is None else f"(?=[^<]{{1,{longest}}}<)"
    return f"{length}(?:{text})"


def limit(element: Element) -> int | None:
    """Give the most characters an element holds; None for no limit."""
    return _ID_LENGTH if element.type == "IDTYPE" else element.max_length


def _range(element: Element, number: int) -> str | None:
    if element.lowest is not None and number < element.lowest:
        return f"is {number}, less than the {element.lowest} it must be at least"
    if element.highest is not None and number > element.highest:
        return f"is {number}, more than the {element.highest} it may be at most"
    return None


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."
