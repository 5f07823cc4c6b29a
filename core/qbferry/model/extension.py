"""Fields that one plugin adds to another one's kind of record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qbferry.model.entity import Column

__all__ = ["EXTENSION", "Extension"]

EXTENSION = "x_"
"""What the names of such fields begin with: an owner's own never do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """Fields that a plugin adds to a kind of record that another plugin owns.

    They come with the record's document, hooks see them as ``record.document.x_region``, templates as
    ``x_region``. A record that has none keeps fitting, so each has a default; and what is stored of an
    extension whose plugin does not run any more is passed over.

    Attributes:
        entity: The kind's name; where its plugin does not run, nothing is added.
        fields: Name, which begins with ``x_``, -> type and default, as pydantic's ``create_model`` takes
            them: ``{"x_region": (str | None, None)}``.
        columns: What lists show of them.
        never_sent: Those that no template writes; a change in them is none for QuickBooks.
    """

    entity: str
    fields: Mapping[str, tuple[Any, Any]]
    columns: tuple[Column, ...] = ()
    never_sent: frozenset[str] = field(default_factory=frozenset)
