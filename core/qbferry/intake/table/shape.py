"""The fields of an entity's documents, as columns of a table can fill them."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Fill", "Leaf", "leaves"]


class Fill(StrEnum):
    """What a cell is made into."""

    TEXT = "text"
    DATE = "date"
    MOMENT = "moment"
    NUMBER = "number"
    WHOLE = "whole"
    FLAG = "flag"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that one cell fills.

    Attributes:
        path: Where it is in the document, by the names of JSON: ``("lines", "amount")``.
        fill: What it takes.
        many: Whether its first part is a list, which has an entry of each row.
        required: Whether a document, or an entry of the list, must have it.
    """

    path: tuple[str, ...]
    fill: Fill
    many: bool
    required: bool

    @property
    def name(self) -> str:
        """``lines.amount``."""
        return ".".join(self.path)


@cache
def leaves(document: type[BaseModel]) -> tuple[Leaf, ...]:
    """All fields of a document that cells can fill, in its order."""
    return tuple(_leaves(document, (), many=False, required=True))


def _leaves(model: type[BaseModel], above: tuple[str, ...], *, many: bool, required: bool) -> Iterator[Leaf]:
    for name, field in model.model_fields.items():
        path, needed = (*above, field.alias or name), required and field.is_required()
        kind = _bare(field.annotation)
        entry = _entry(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _leaves(kind, path, many=many, required=needed)
        elif entry is not None and not above:
            yield from _leaves(entry, path, many=True, required=True)
        else:
            yield Leaf(path, _fill(kind), many, needed)


def _bare(kind: Any) -> Any:
    """A type without what is around it: None, and what checks it."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) in {Union, types.UnionType}:
        kinds = [one for one in get_args(kind) if one is not type(None)]
        return _bare(kinds[0]) if len(kinds) == 1 else None
    return kind


def _entry(kind: Any) -> type[BaseModel] | None:
    """The model of a list's entries; None: it is no list of those."""
    origin = get_origin(kind)
    if not (isinstance(origin, type) and issubclass(origin, Sequence)):
        return None
    entry = _bare(get_args(kind)[0])
    return entry if isinstance(entry, type) and issubclass(entry, BaseModel) else None


def _fill(kind: Any) -> Fill:
    if not isinstance(kind, type):
        return Fill.JSON
    for base, fill in (
        (bool, Fill.FLAG),
        (datetime, Fill.MOMENT),
        (date, Fill.DATE),
        (int, Fill.WHOLE),
        ((Decimal, float), Fill.NUMBER),
        (str, Fill.TEXT),
    ):
        if issubclass(kind, base):
            return fill
    return Fill.JSON if issubclass(kind, Mapping | Sequence) else Fill.TEXT
