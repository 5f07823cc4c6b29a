"""Texts where people read them: what would steer a terminal, or the reader's eye, is written out.

Texts come from records, from QuickBooks and from whoever calls the server. They are stored as they came, and
go through here at the edge: when a command writes them, or the log does.
"""

from __future__ import annotations

import re

__all__ = ["visible", "visible_json"]

_STEERING = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0 with ESC and line feeds, DEL, C1: U+009B begins a sequence as ESC [ does
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # turn the direction of writing, and so the order of words
    "\u2028\u2029"  # separate lines and paragraphs
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"  # are not seen: byte order mark, annotations, tags
    "\ud800-\udfff"  # are halves of characters, which no output takes
    "]"
)


def visible(text: str) -> str:
    r"""One line of text: ``\x1b``, ``\n`` and ``\u202e`` stand where such characters were."""
    return text if text.isascii() and text.isprintable() else _STEERING.sub(_escaped, text)


def visible_json(text: str) -> str:
    """The same for JSON on one line, where such characters stand in strings; its value stays as it is."""
    return _STEERING.sub(_escaped_in_json, text)


def _escaped(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode("ascii")


def _escaped_in_json(found: re.Match[str]) -> str:
    units = found.group().encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
