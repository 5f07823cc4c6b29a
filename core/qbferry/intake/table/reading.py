"""A table as documents: rows of one id are one record, and what does not fit is told by row and column."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from qbferry.errors import InputError
from qbferry.intake.table.cells import convert, plain
from qbferry.intake.table.shape import leaves
from qbferry.sentences import place, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import BaseModel

    from qbferry.intake.table.mapping import ColumnMap
    from qbferry.intake.table.shape import Leaf
    from qbferry.sentences import Fault, Place

__all__ = ["TableReading"]

HOLDS_NONE = "Give its column in the map, or name it so in the table."


class TableReading:
    """The documents of a table.

    Args:
        document: The model of the records.
        rows: Their numbers and cells; the first has the headings.
        how: The map, or only how dates and numbers are written.
        mapped: Whether it names columns; otherwise the headings are the names of fields.

    Raises:
        InputError: There are no headings, or the map names what is not among them.
    """

    def __init__(
        self,
        document: type[BaseModel],
        rows: Iterable[tuple[int, list[Any]]],
        how: ColumnMap,
        *,
        mapped: bool,
    ) -> None:
        self._rows = iter(rows)
        _, first = next(self._rows, (0, []))
        headings = [plain(cell) for cell in first]
        if not any(headings):
            raise InputError("The table is empty: its first row must have the headings of its columns.")
        self._map = how if mapped else how.of_headings(headings)
        known = {leaf.name: leaf for leaf in leaves(document)}
        if not mapped and (unknown := [name for name in self._map.columns if name not in known]):
            raise InputError(
                f'The column "{unknown[0]}" is no field. Write a map with --suggest-map, and give it with '
                "--map; or call the columns as qbferry schema does, such as lines.amount."
            )
        self._map.check(document)
        places = {heading: number for number, heading in reversed([*enumerate(headings)])}
        for name, heading in self._map.columns.items():
            if heading not in places:
                raise InputError(
                    f'The table has no column "{heading}" for {name}; '
                    f"it has {', '.join(filter(None, headings))}."
                )
        self._leaves = [(known[name], places[heading]) for name, heading in self._map.columns.items()]
        self._fixed = [(known[name], value) for name, value in self._map.fixed.items()]
        self._id = places.get(self._map.columns.get("id", ""))
        if self._id is None:
            raise InputError(f"No column of the table is the id of the records. {HOLDS_NONE}")
        self._entries: dict[str, list[int]] = {}
        """List -> the rows of its entries, of the record at hand."""

    def __iter__(self) -> Iterator[tuple[int, str | list[Fault]]]:
        """The row a record begins in, and its document as JSON or what is wrong with its cells."""
        group: list[tuple[int, list[Any]]] = []
        name = ""
        for number, row in self._rows:
            here = plain(_cell(row, self._id or 0))
            if group and here and here != name:
                yield self._made(group)
                group = []
            if not group:
                name = here
            group.append((number, row))
        if group:
            yield self._made(group)

    twice = "; rows of one record follow one another"
    """What is said more when a record comes again."""

    def named(self, number: int) -> str:
        """How the beginning of a record is called."""
        return f"row {number}"

    def told(self, number: int, fault: Fault) -> str:
        """Say what is wrong with the record that was given last."""
        where, what, value = fault
        path = tuple(str(part) for part in where if not isinstance(part, int))
        entry = next((part for part in where if isinstance(part, int)), None)
        rows = self._entries.get(path[0], []) if path else []
        row = rows[entry] if entry is not None and entry < len(rows) else number
        heading = self._map.columns.get(".".join(path))
        if heading:
            column = f'column "{heading}"'
        elif ".".join(path) in self._map.fixed:
            column = f"{'.'.join(path)} in the map"
        else:
            column = f"field {place(where)}, which no column fills" if path else "the record"
        return f"row {row}, {column}: {what}{shown(value)}"

    def _made(self, group: list[tuple[int, list[Any]]]) -> tuple[int, str | list[Fault]]:
        """A document of its rows."""
        begin, self._entries = group[0][0], {}
        faults: list[Fault] = []
        document: dict[str, Any] = {}
        for number, row in group:
            entries: dict[str, dict[str, Any]] = {}
            for leaf, at in self._leaves:
                cell = _cell(row, at)
                if plain(cell) == "":
                    continue
                self._put(document, entries, leaf, cell, number, faults)
            if entries:
                for leaf, value in self._fixed:
                    if leaf.many:
                        self._put(document, entries, leaf, value, number, faults)
            for name, entry in entries.items():
                document.setdefault(name, []).append(entry)
        for leaf, value in self._fixed:
            if not leaf.many:
                self._put(document, {}, leaf, value, begin, faults)
        return begin, faults or json.dumps(document)

    def _put(
        self,
        document: dict[str, Any],
        entries: dict[str, dict[str, Any]],
        leaf: Leaf,
        cell: object,
        number: int,
        faults: list[Fault],
    ) -> None:
        where: Place
        if leaf.many:
            name, *rest = leaf.path
            there, entry = entries.setdefault(name, {}), len(document.get(name, []))
            where = (name, entry, *rest)
            rows = self._entries.setdefault(name, [])
            if len(rows) == entry:
                rows.append(number)
        else:
            rest, there, where = list(leaf.path), document, leaf.path
        try:
            value = convert(cell, leaf.fill, self._map.dates, self._map.numbers)
        except ValueError as error:
            faults.append((where, str(error), plain(cell)))
            return
        for part in rest[:-1]:
            there = there.setdefault(part, {})
        if there.setdefault(rest[-1], value) != value:
            faults.append((where, f"differs in row {number} of the same record", plain(cell)))


def _cell(row: list[Any], at: int) -> Any:
    return row[at] if at < len(row) else None
