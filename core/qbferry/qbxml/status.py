"""QuickBooks' codes in plain words (facts A4, B8)."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["codes", "explain", "explain_hresult", "is_lock", "referred", "referred_in_line"]

_REFERENCE = re.compile(
    r'invalid reference to QuickBooks (?P<kind>[^"]+?) "(?P<name>.*)" in the (?P<where>[^.]*)'
)
_DETAIL = re.compile(r".*QuickBooks error message:\s*", re.DOTALL)
_LOCK_CODES = {3175, 3176}
_LOCK_TEXTS = ("could not be locked", "failed to acquire the lock", "list element is in use")
_SPEAKS_FOR_ITSELF = {0, 1, 3231}


def codes() -> list[int]:
    """Give the codes that are explained."""
    return sorted(int(code) for code in _data("status_codes"))


def explain(code: int, message: str, lines: Sequence[int] = ()) -> str:
    """Say what a status means and what to do, with QuickBooks' own words where they add something.

    Args:
        code: The statusCode.
        message: The statusMessage; may be empty.
        lines: Which lines of the request a reference that it speaks of is in, from 1; empty: unknown.
    """
    if code == 3140 and (reference := _REFERENCE.search(message)):
        _, _, detail = message.partition("QuickBooks error message:")
        return _reference(reference, " ".join(detail.split()), lines)
    entry = _data("status_codes").get(str(code))
    help_ = entry["help"] if entry else f"QuickBooks refused it with code {code}."
    # the first half of this one says no more than the help does
    words = " ".join((_DETAIL.sub("", message) if code == 3180 else message).split())
    if not words or code in _SPEAKS_FOR_ITSELF:
        return str(help_)
    return f"{help_} QuickBooks said: {words} ({code})"


def _reference(found: re.Match[str], detail: str, lines: Sequence[int]) -> str:
    """Say what is wrong with a name: QuickBooks' second sentence tells, and not always that it is missing."""
    kind, name = found["kind"].lower(), found["name"]
    where = _in_lines(lines) if _is_line(found) else ""
    again = "the record goes again in the next run."
    said = detail.lower()
    if "wrong type" in said:
        return (
            f'QuickBooks does not take "{name}" as a {kind}{where}: another of its lists has that name, or '
            f"the entry is of a type that cannot stand there. Use another name, or map it; {again} "
            f"QuickBooks said: {detail} (3140)"
        )
    if "currency" in said or "currencies" in said:
        return (
            f'The {kind} "{name}"{where} is in another currency than the rest of the record. Use one of the '
            f"same currency, or correct the record; {again} QuickBooks said: {detail} (3140)"
        )
    if not said or "does not exist" in said or "invalid argument" in said:
        return (
            f'QuickBooks knows no {kind} named "{name}"{where}. '
            f"Create it in QuickBooks or correct the name; {again}"
        )
    return f'QuickBooks does not take the {kind} "{name}"{where}; {again} QuickBooks said: {detail} (3140)'


def _is_line(found: re.Match[str]) -> bool:
    return found["where"].casefold().endswith(" line")


def _in_lines(numbers: Sequence[int]) -> str:
    if not numbers:
        return " in a line"
    *others, last = map(str, numbers)
    return f" in lines {', '.join(others)} and {last}" if others else f" in line {last}"


def referred_in_line(code: int, message: str) -> str:
    """The name of a refused reference in a line; empty: it is in none."""
    found = _REFERENCE.search(message) if code == 3140 else None
    return found["name"] if found and _is_line(found) else ""


def referred(code: int, message: str) -> str:
    """What a refused reference was to be, in QuickBooks' word: ``AR Account``; empty: it does not say."""
    found = _REFERENCE.search(message) if code == 3140 else None
    return found["kind"] if found else ""


def is_lock(code: int, message: str) -> bool:
    """Tell whether it was refused only because someone works on it, so that it may go again by itself."""
    if code in _LOCK_CODES or any(text in message for text in _LOCK_TEXTS):
        return True
    return code in {3170, 3180} and "modified by another user" in message


def explain_hresult(hresult: str, message: str) -> str:
    """Say what an error the Web Connector reports means and what to do.

    Args:
        hresult: Such as ``0x80040400``, in any case.
        message: The text that came with it; may be empty.
    """
    code = hresult.strip().lower().removeprefix("0x").upper()
    help_ = _data("hresults").get(f"0x{code}")
    words = " ".join(message.split())
    if help_ is None:
        return (
            f"The Web Connector reported an error of QuickBooks it has no name for: {hresult} {words}".strip()
        )
    return f"{help_} QuickBooks said: {words} (0x{code})" if words else f"{help_} (0x{code})"


@cache
def _data(name: str) -> dict[str, Any]:
    text = files(__package__).joinpath("data", f"{name}.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table
