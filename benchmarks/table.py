"""A table of figures: shown on a terminal, in Markdown, or as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Cell", "Table"]

Cell: TypeAlias = str | float | None


@dataclass(slots=True)
class Table:
    """Figures with a name for each column.

    Attributes:
        title: What was measured, a sentence without its full stop.
        columns: The heading of each column.
        rows: The figures.
    """

    title: str
    columns: Sequence[str]
    rows: list[tuple[Cell, ...]] = field(default_factory=list)

    def add(self, *cells: Cell) -> None:
        """Add a row."""
        self.rows.append(cells)

    def text(self) -> str:
        """For a terminal."""
        lines = [tuple(self.columns), *(tuple(map(_shown, row)) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        body = [
            "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
        ]
        return "\n".join([self.title, *body])

    def markdown(self) -> str:
        """For a page."""
        words = [any(isinstance(row[place], str) for row in self.rows) for place in range(len(self.columns))]
        lines = ["---" if word else "---:" for word in words]
        rows = [self.columns, lines, *(map(_shown, row) for row in self.rows)]
        return "\n".join([f"{self.title}:", "", *(f"| {' | '.join(row)} |" for row in rows)])

    def data(self) -> list[dict[str, Cell]]:
        """For programs: a mapping by heading a row."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def _shown(cell: Cell) -> str:
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.2f}"
    if isinstance(cell, int):
        return f"{cell:,}"
    return cell or "-"
