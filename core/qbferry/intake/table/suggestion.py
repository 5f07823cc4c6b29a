"""A map that is written for a person: which heading is most likely which field."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import islice
from typing import TYPE_CHECKING, Any

from qbferry.intake.table.cells import convert, plain
from qbferry.intake.table.mapping import DATES, NUMBERS, RESULTS, ColumnMap
from qbferry.intake.table.shape import Fill, leaves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pydantic import BaseModel

    from qbferry.intake.table.shape import Leaf

__all__ = ["suggest"]

LOOKED_AT = 200
"""Rows by which it is seen how dates and numbers are written."""

LIKE = 0.8
"""How alike a heading and a name must be."""

_WORDS = re.compile(r"[a-z0-9]+")

SYNONYMS = {
    "id": ("no", "num", "nr", "number", "ref", "reference", "key", "document"),
    "organization": ("customer", "client", "company", "account", "bill to"),
    "vendor": ("supplier", "payee"),
    "resource": ("employee", "worker", "name", "person", "technician"),
    "item": ("product", "service", "product service", "sku", "part"),
    "description": ("text", "details", "memo", "activity"),
    "quantity": ("qty", "hours", "units", "count"),
    "rate": ("price", "unit price", "sales price", "cost", "unit cost"),
    "amount": ("total", "line total", "line amount", "sum"),
    "category": ("type", "expense type", "account"),
    "class": ("department", "line of business"),
    "notes": ("comment", "comments", "remarks"),
}
"""What else the last word of a field's name is called."""


def suggest(
    document: type[BaseModel], label: str, rows: Iterable[tuple[int, list[Any]]]
) -> tuple[ColumnMap, list[str], list[str]]:
    """A map for a table, what it leaves unused, and what records need and no column fills.

    Args:
        document: The model of the records.
        label: What one of them is called; ``Invoice No`` is the id of an invoice.
        rows: The table.
    """
    found = [row for _, row in islice(rows, LOOKED_AT + 1)]
    headings = [plain(cell) for cell in (found or [[]])[0]]
    known = leaves(document)
    marks = sorted(
        (-_likeness(leaf, heading, label), number, place)
        for number, leaf in enumerate(known)
        for place, heading in enumerate(headings)
        if heading and not heading.startswith(RESULTS)
    )
    places: dict[int, int] = {}
    for mark, number, place in marks:
        if -mark >= LIKE and number not in places and place not in places.values():
            places[number] = place
    samples = [(known[number].fill, _samples(found[1:], place)) for number, place in places.items()]
    made = ColumnMap(
        {known[number].name: headings[places[number]] for number in sorted(places)},
        dates=_way(DATES, lambda way: _fit(samples, Fill.DATE, way, NUMBERS[0])),
        numbers=_way(NUMBERS, lambda way: _fit(samples, Fill.NUMBER, DATES[0], way)),
    )
    unused = [name for place, name in enumerate(headings) if name and place not in places.values()]
    missing = [leaf.name for number, leaf in enumerate(known) if leaf.required and number not in places]
    return made, unused, missing


def _likeness(leaf: Leaf, heading: str, label: str) -> float:
    """From 0 to 1: a name counts more than what else it is called, and that more than what is like it."""
    if heading == leaf.name:
        return 1.0
    words, own, last = _plain(heading), _plain(label), _plain(leaf.path[-1])
    names = [last, _plain(leaf.name)]
    others = [*SYNONYMS.get(leaf.path[-1], ())]
    if leaf.path == ("id",):
        names = [f"{own} {name}" for name in ("id", *SYNONYMS["id"])]
        others += ["id"]
    elif leaf.path[-1].endswith("_date") and not leaf.many:
        others += [last.removesuffix(" date"), *(["date"] if last.startswith(own) else [])]
    if words in names:
        return 0.99 if leaf.many != (last in {"id", "number"}) else 0.97
    if words in others:
        return 0.96 if leaf.many or leaf.path == ("id",) else 0.95
    return max(SequenceMatcher(None, words, name).ratio() for name in names) - 0.05


def _plain(text: str) -> str:
    return " ".join(_WORDS.findall(text.casefold().replace("_", " ").replace("#", " no ")))


def _samples(rows: list[list[Any]], place: int) -> list[str]:
    """The texts of a column; what a workbook gives as a date or a number needs no way to be read."""
    cells = [row[place] for row in rows if place < len(row)]
    return [plain(cell) for cell in cells if isinstance(cell, str) and cell.strip()]


def _way(ways: Sequence[str], fits: Callable[[str], bool]) -> str:
    """The first in which all can be read."""
    return next((way for way in ways if fits(way)), ways[0])


def _fit(samples: Iterable[tuple[Fill, list[str]]], fill: Fill, dates: str, numbers: str) -> bool:
    try:
        for text in (text for kind, texts in samples if kind is fill for text in texts):
            convert(text, fill, dates, numbers)
    except ValueError:
        return False
    return True
