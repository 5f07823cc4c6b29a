"""QuickBooks' codes in plain words (facts A4, B8)."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["codes", "explain", "explain_hresult", "is_lock"]

_REFERENCE = re.compile(r'invalid reference to QuickBooks (?P<kind>[^"]+?) "(?P<name>.*)" in the ')
_DETAIL = re.compile(r".*QuickBooks error message:\s*", re.DOTALL)
_LOCK_CODES = {3175, 3176}
_LOCK_TEXTS = ("could not be locked", "failed to acquire the lock", "list element is in use")
_SPEAKS_FOR_ITSELF = {0, 1, 3231}


def codes() -> list[int]:
    """Give the codes that are explained."""
    return sorted(int(code) for code in _data("status_codes"))


def explain(code: int, message: str) -> str:
    """Say what a status means and what to do, with QuickBooks' own words where they add something.

    Args:
        code: The statusCode.
        message: The statusMessage; may be empty.
    """
    if code == 3140 and (reference := _REFERENCE.search(message)):
        return (
            f'QuickBooks knows no {reference["kind"].lower()} named "{reference["name"]}". '
            "Create it in QuickBooks or correct the name; the record goes again in the next run."
        )
    entry = _data("status_codes").get(str(code))
    help_ = entry["help"] if entry else f"QuickBooks refused it with code {code}."
    # the first half of this one says no more than the help does
    words = " ".join((_DETAIL.sub("", message) if code == 3180 else message).split())
    if not words or code in _SPEAKS_FOR_ITSELF:
        return str(help_)
    return f"{help_} QuickBooks said: {words} ({code})"


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
