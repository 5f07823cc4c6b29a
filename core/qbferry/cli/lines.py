"""Lists with one line a record: what fits the width of the terminal, and a word on what does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len, set_cell_size

from qbferry.output import cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Fitted", "Listed", "fit"]

GAP = 2
"""Columns between two."""

NAME, TEXT = 18, 30
"""Columns that a name, and the text a list is read for, keep before others are left out for their sake."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One column of a list.

    Attributes:
        name: Its key in JSON.
        heading: What stands above it.
        elastic: It is cut where there is no room: names and texts, never ids, dates, amounts.
        number: It stands at the right.
        spare: How soon it is left out where there is no room: the highest first; 0: never.
    """

    name: str
    heading: str
    elastic: bool = False
    number: bool = False
    spare: int = 0


@dataclass(frozen=True, slots=True)
class Fitted:
    """A list as it is written.

    Attributes:
        lines: The heading and a line a row.
        cut: Whether a cell was cut.
        left_out: The headings of columns that had no room.
    """

    lines: Sequence[str]
    cut: bool
    left_out: Sequence[str]


def fit(columns: Sequence[Listed], rows: Iterable[Sequence[Any]], width: int | None) -> Fitted:
    """Lay a list out. Columns that are empty in every row are not shown.

    Args:
        columns: What there is; the last is the text that the list is read for.
        rows: A cell a column.
        width: Columns of the terminal; None: nothing is cut or left out.
    """
    table = [[cell(value) for value in row] for row in rows]
    wide = [max(map(cell_len, cells)) for cells in zip(*table, strict=True)]
    there = [at for at, most in enumerate(wide) if most]
    natural = {at: max(wide[at], cell_len(columns[at].heading)) for at in there}
    shown = there if width is None else _chosen(columns, natural, width)
    room = natural if width is None else _shared(columns, {at: natural[at] for at in shown}, width)
    cut = any(wide[at] > room[at] for at in shown)
    lines = [
        _line([column.heading for column in columns], columns, shown, room),
        *(_line(cells, columns, shown, room) for cells in table),
    ]
    return Fitted(lines, cut, [columns[at].heading for at in there if at not in shown])


def _least(columns: Sequence[Listed], at: int, natural: int) -> int:
    if not columns[at].elastic:
        return natural
    return min(natural, TEXT if at == len(columns) - 1 else NAME)


def _taken(widths: Iterable[int]) -> int:
    found = [*widths]
    return sum(found) + GAP * (len(found) - 1)


def _chosen(columns: Sequence[Listed], natural: dict[int, int], width: int) -> list[int]:
    """The columns that have room at their least; the sparest go first."""
    shown = [*natural]
    while _taken(_least(columns, at, natural[at]) for at in shown) > width:
        sparest = max(shown, key=lambda at: (columns[at].spare, at))
        if not columns[sparest].spare:
            break
        shown.remove(sparest)
    return shown


def _shared(columns: Sequence[Listed], natural: dict[int, int], width: int) -> dict[int, int]:
    """The width of each: its least, and what is left over from the left to the right."""
    room = {at: _least(columns, at, most) for at, most in natural.items()}
    for at, most in natural.items():
        room[at] += max(0, min(most - room[at], width - _taken(room.values())))
    return room


def _line(cells: Sequence[str], columns: Sequence[Listed], shown: Sequence[int], room: dict[int, int]) -> str:
    parts = []
    for at in shown:
        text, most = cells[at], room[at]
        if cell_len(text) > most:
            text = set_cell_size(text, most - 1).rstrip() + "…"
        blank = " " * (most - cell_len(text))
        parts.append(blank + text if columns[at].number else text + blank)
    return (" " * GAP).join(parts).rstrip()
