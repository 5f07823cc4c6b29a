"""Documents as rows of a table that can be taken in again: a column a field, a row an entry of a list."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from qbferry.intake.table.cells import protect
from qbferry.intake.table.mapping import RESULTS
from qbferry.intake.table.shape import leaves

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic import BaseModel

__all__ = ["TableWriting"]


class TableWriting:
    """Rows of documents and their results.

    Args:
        document: The model of the records.
        results: The names of what is told of each record.
    """

    def __init__(self, document: type[BaseModel], results: Sequence[str]) -> None:
        self._leaves, self._results = leaves(document), results
        self.headings = [leaf.name for leaf in self._leaves] + [RESULTS + name for name in results]

    def rows(self, document: Mapping[str, Any], results: Mapping[str, Any]) -> Iterator[list[Any]]:
        """The rows of one record: its own fields and results are in the first, its id in all."""
        columns = [
            _entries(document, leaf.path) if leaf.many else [_value(document, leaf.path)]
            for leaf in self._leaves
        ]
        told: list[Any] = [results.get(name) for name in self._results]
        for values in zip_longest(*columns):
            row = [protect(value) for value in (*values, *told)]
            row[0] = protect(document["id"])
            yield row
            told = [None] * len(told)


def _value(there: Any, path: Sequence[str]) -> Any:
    for part in path:
        there = there.get(part) if isinstance(there, dict) else None
    return there


def _entries(document: Mapping[str, Any], path: Sequence[str]) -> list[Any]:
    return [_value(entry, path[1:]) for entry in document.get(path[0]) or [None]]
