"""The rows of a CSV file or a workbook, one after the other."""

from __future__ import annotations

import csv
import io
import zipfile
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

from qbferry.errors import ConfigError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qbferry.intake.table.mapping import ColumnMap

__all__ = ["is_table", "read_rows"]

CSV, WORKBOOK = (".csv", ".tsv"), (".xlsx", ".xlsm")
SEPARATORS = (",", ";", "\t", "|")

UNPACKED = 1_000_000_000
"""Bytes that a workbook may hold unpacked: a small file can be made to hold more than any machine does."""

LONGEST_CELL = 1_000_000
"""Characters; where a quotation mark is never closed the rest of the file is one cell."""


def is_table(name: str) -> bool:
    """Whether a file of this name holds a table."""
    return name.lower().endswith((*CSV, *WORKBOOK))


def read_rows(stream: IO[bytes], name: str, how: ColumnMap) -> Iterator[tuple[int, list[Any]]]:
    """Each row with anything in it, and its number, as a person counts it.

    Args:
        stream: The file.
        name: Its name, whose ending says what it is.
        how: How it is written.

    Raises:
        ConfigError: Workbooks need the extra ``excel``.
        InputError: It cannot be read.
    """
    reading = _sheet(stream, how) if name.lower().endswith(WORKBOOK) else _csv(stream, how)
    return ((number, row) for number, row in reading if any(cell not in (None, "") for cell in row))


def _csv(stream: IO[bytes], how: ColumnMap) -> Iterator[tuple[int, list[Any]]]:
    encoding = "utf-8-sig" if how.encoding.lower().replace("_", "-") in {"utf-8", "utf8"} else how.encoding
    try:
        text = io.TextIOWrapper(stream, encoding, newline="")
    except LookupError as error:
        raise InputError(f"There is no encoding {how.encoding}; utf-8 and cp1252 are common.") from error
    csv.field_size_limit(LONGEST_CELL)
    try:
        first = text.readline()
        delimiter = how.delimiter or max(SEPARATORS, key=first.count)
        reader = csv.reader(_again(first, text), delimiter=delimiter, strict=True)
        before = 0
        for row in reader:
            yield before + 1, row
            before = reader.line_num
    except UnicodeDecodeError as error:
        raise InputError(
            f"The table is not {how.encoding}. Save it as CSV in UTF-8, or say in its map how it is written, "
            'such as encoding = "cp1252".'
        ) from error
    except (csv.Error, TypeError) as error:
        raise InputError(f"The table cannot be read after line {reader.line_num}: {error}.") from error
    finally:
        with suppress(ValueError):  # the file is closed already
            text.detach()


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _sheet(stream: IO[bytes], how: ColumnMap) -> Iterator[tuple[int, list[Any]]]:
    try:
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException
    except ModuleNotFoundError as error:
        raise ConfigError('Workbooks need a package: pip install "qbferry[excel]".') from error
    try:
        with zipfile.ZipFile(stream) as packed:
            if sum(part.file_size for part in packed.infolist()) > UNPACKED:
                raise InputError("The workbook is too large; save the sheet as CSV.")
        stream.seek(0)
        book = load_workbook(stream, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise InputError(f"The workbook cannot be read: {error}. Save the sheet as CSV in UTF-8.") from error
    try:
        if how.sheet and how.sheet not in book.sheetnames:
            raise InputError(f"There is no sheet {how.sheet}; there are {', '.join(book.sheetnames)}.")
        sheet = book[how.sheet] if how.sheet else book.worksheets[0]
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            yield number, list(row)
    finally:
        book.close()
