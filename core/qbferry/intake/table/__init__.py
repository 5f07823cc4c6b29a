"""Tables, such as CSV or a sheet of Excel: rows become documents, by a map of columns to fields."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, NamedTuple

from qbferry.intake.reading import JsonLines
from qbferry.intake.table.mapping import ColumnMap
from qbferry.intake.table.reading import TableReading
from qbferry.intake.table.rows import is_table, read_rows
from qbferry.intake.table.suggestion import suggest

if TYPE_CHECKING:
    from pydantic import BaseModel

    from qbferry.intake.reading import Reading
    from qbferry.model import Entity

__all__ = ["ColumnMap", "Suggested", "TableReading", "is_table", "read_file", "read_table", "suggested"]


class Suggested(NamedTuple):
    """A map that was made for a table.

    Attributes:
        text: The map, in TOML.
        missing: Fields that records need and no column fills.
    """

    text: str
    missing: list[str]


def read_table(
    document: type[BaseModel], stream: IO[bytes], name: str, text: str | None, dates: str | None = None
) -> TableReading:
    """Begin to read a table.

    Args:
        document: The model of its records.
        stream: The file, open at its beginning.
        name: Its name; what ends in ``.xlsx`` is a workbook, all else is CSV.
        text: Its map, in TOML; None: its headings are the names of fields.
        dates: How it writes dates, if not as the map says.

    Raises:
        ConfigError: Workbooks need the extra ``excel``.
        InputError: Map or table do not fit.
    """
    columns = None if text is None else ColumnMap.read(text, document)
    how = (columns or ColumnMap()).dated(dates)
    return TableReading(document, read_rows(stream, name, how), how, mapped=columns is not None)


def read_file(document: type[BaseModel], stream: IO[bytes], name: str, text: str | None) -> Reading:
    """Begin to read a file: a table by its map, or a JSON object a line.

    Args:
        document: The model of its records.
        stream: The file, open at its beginning.
        name: Its name, which says what it is.
        text: The map of a table, in TOML; None: its headings are the names of fields.

    Raises:
        ConfigError: Workbooks need the extra ``excel``.
        InputError: Map or table do not fit.
    """
    return read_table(document, stream, name, text) if is_table(name) else JsonLines(stream)


def suggested(entity: Entity, stream: IO[bytes], name: str) -> Suggested:
    """Write a map for a table.

    Raises:
        ConfigError: Workbooks need the extra ``excel``.
        InputError: The table cannot be read.
    """
    found, unused, missing = suggest(entity.document, entity.label, read_rows(stream, name, ColumnMap()))
    return Suggested(found.written(unused, missing), missing)
