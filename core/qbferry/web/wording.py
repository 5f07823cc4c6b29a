"""The pages' texts pass through here, so that all of them are in one catalogue (``locale/pages.pot``)."""

from __future__ import annotations

from typing import Any

from starlette_admin.i18n import gettext

__all__ = ["_", "noted"]


def _(text: str, **values: Any) -> str:
    """A text in the language of whoever looks, with ``%(name)s`` filled in."""
    said = str(gettext(text))
    return said % values if values else said


def noted(text: str) -> str:
    """Note a text for the catalogue where it is written; where it is shown, ``_`` is asked for it."""
    return text
