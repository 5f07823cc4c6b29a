"""The elements of a request: what ``el``, ``ref`` and ``group`` of a template write.

Each comes twice: as the text alone, for a template that only writes it, and marked as escaped already,
for one that does more with it.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Protocol

from markupsafe import Markup, escape

from qbferry.errors import RenderError
from qbferry.qbxml import values
from qbferry.qbxml.characters import illegal_in_text

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FUNCTIONS", "element", "element_text", "group", "group_text", "ref", "ref_text"]


class Named(Protocol):
    """What a name in a record became: ``model.Name``."""

    @property
    def full_name(self) -> str: ...
    @property
    def list_id(self) -> str | None: ...
    @property
    def linked(self) -> bool: ...


_PLAIN = re.compile(r"[ \t\n\r]*[!#-%(-;=?-~][ !#-%(-;=?-~\t\n\r]*").fullmatch
"""Matches what is not blank and goes as it stands: ASCII without a character to escape."""


def element_text(tag: str, value: object) -> str:
    """Write ``<tag>value</tag>``; nothing for None or blank text.

    Numbers other than whole ones need a filter, since QuickBooks is strict about their decimals.

    Raises:
        RenderError: The value is of another kind, or holds a character XML cannot carry.
    """
    if value is None:
        return ""
    if type(value) is date:
        return f"<{tag}>{values.date(value)}</{tag}>"
    text = value if type(value) is str else _text(value)
    if _PLAIN(text):
        return f"<{tag}>{text}</{tag}>"
    if not text.strip():
        return ""
    if character := illegal_in_text(text):
        raise RenderError(f"the text holds the character {character}, which cannot be sent; remove it.")
    return f"<{tag}>{escape(value if isinstance(value, Markup) else text)}</{tag}>"


def ref_text(tag: str, name: str | Named | None) -> str:
    """Write a reference, ``<tag><FullName>…</FullName></tag>``; nothing for None or blank text.

    What a person or a transfer has linked is referred to by its ListID instead.
    """
    if name is None:
        return ""
    if isinstance(name, str) or not hasattr(name, "linked"):
        return group_text(tag, element_text("FullName", name))
    inner = element_text("ListID", name.list_id) if name.linked else element_text("FullName", name.full_name)
    return f"<{tag}>{inner}</{tag}>" if inner else ""


def group_text(tag: str, body: str) -> str:
    """Write the body, which is qbXML already, inside the tag; nothing when it is blank."""
    return f"<{tag}>{body}</{tag}>" if body.strip() else ""


def element(tag: str, value: object) -> Markup:
    """Write like ``element_text``. Templates call it ``el``."""
    return Markup(element_text(tag, value))  # noqa: S704 - escaped already


def ref(tag: str, name: str | Named | None) -> Markup:
    """Write like ``ref_text``."""
    return Markup(ref_text(tag, name))  # noqa: S704 - escaped already


def group(tag: str, caller: Callable[[], Markup]) -> Markup:
    """Write the block of ``{% call %}`` like ``group_text``."""
    return Markup(group_text(tag, caller()))  # noqa: S704 - escaped already


FUNCTIONS = {"el": element, "ref": ref, "group": group}
"""Name in templates -> function."""


def _text(value: object) -> str:
    if isinstance(value, bool):
        return values.boolean(value)
    if isinstance(value, date):
        return values.date(value)
    if isinstance(value, int | str):
        return str(value)
    raise RenderError(f"{value} must go through a filter, such as amount or quantity.")
