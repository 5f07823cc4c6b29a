"""How commands speak: JSON and tables to standard output, everything else to standard error."""

from __future__ import annotations

import json
import os
import shutil
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from qbferry.errors import InputError
from qbferry.texts import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console
    from rich.table import Table

    from qbferry.errors import QbferryError

__all__ = [
    "cell",
    "console",
    "done",
    "fields",
    "minute",
    "notice",
    "page",
    "say",
    "say_block",
    "say_json",
    "say_json_array",
    "table",
    "tell",
    "terminal",
    "width",
]

MIDWAY = "A part of the output was written."

WIDE = 160
"""Columns of a table that goes to a file or a pipe."""


def terminal() -> bool:
    """Whether a person watches standard error, where progress is shown."""
    return sys.stderr.isatty()


def say(text: str) -> None:
    """Write a line for people."""
    console().print(visible(text), soft_wrap=True)


def done(sentence: str, *, as_json: bool, **data: Any) -> None:
    """Say what a command has done, to people or, with what it is about, to a program."""
    if as_json:
        say_json({"done": sentence} | data)
    else:
        say(sentence)


def say_block(text: str) -> None:
    """Write lines for people."""
    for line in text.split("\n"):
        say(line)


def notice(text: str) -> None:
    """Write a line to standard error."""
    console(stderr=True).print(visible(text), soft_wrap=True)


def tell(error: QbferryError, *, as_json: bool = False) -> None:
    """Write an error to standard error: its sentence, and a line for each of its details.

    Args:
        error: What went wrong.
        as_json: A program reads standard output: it gets the same there, unless it has got a part of
            something else.
    """
    sentence, details = (error.sentence, error.details) if isinstance(error, InputError) else (str(error), ())
    if as_json and MIDWAY not in getattr(error, "__notes__", ()):
        say_json({"error": sentence} | ({"details": details} if details else {}))
    sys.stderr.write("\n  ".join((f"error: {visible(sentence)}", *map(visible, details))) + "\n")


def say_json(value: Any) -> None:
    """Write a value as JSON, in ASCII, which every console and every pipe takes."""
    sys.stdout.write(_ascii(value, indent=2) + "\n")


def say_json_array(values: Iterable[Any]) -> None:
    """Write an array of any length, one value at a time."""
    opening = "["
    try:
        for value in values:
            sys.stdout.write(f"{opening}\n  {_ascii(value)}")
            opening = ","
    except Exception as error:
        if opening == ",":
            error.add_note(MIDWAY)
        raise
    sys.stdout.write("[]\n" if opening == "[" else "\n]\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, nothing: str) -> None:
    """Write a table; its cells wrap rather than being cut.

    Args:
        columns: The headings.
        rows: The cells; None is shown as nothing, a boolean as yes or nothing.
        nothing: What to say when there are no rows.
    """
    shown = _table(header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*map(cell, row))
    if shown.row_count:
        console().print(shown)
    else:
        say(nothing)


def fields(values: Mapping[str, Any]) -> None:
    """Write names and values, one pair a line."""
    shown = _table(show_header=False)
    shown.add_column(style="bold")
    shown.add_column(overflow="fold")
    for name, value in values.items():
        shown.add_row(name, cell(value))
    console().print(shown)


def minute(moment: str | None) -> str:
    """A moment of JSON to the minute: ``2026-10-31 14:05+01:00`` on a terminal, else in UTC, with Z."""
    if not moment:
        return ""
    at = datetime.fromisoformat(moment).astimezone(None if sys.stdout.isatty() else UTC)
    return at.isoformat(" ", "minutes").replace("+00:00", "Z")


def width() -> int | None:
    """Columns that a line may have; None: it goes to a file or a program, and has no end."""
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return shutil.get_terminal_size().columns
    return None


def page(lines: Sequence[str]) -> None:
    """Write lines: through the person's pager, ``PAGER``, if they are more than the terminal has."""
    if not sys.stdout.isatty() or len(lines) < shutil.get_terminal_size().lines:
        sys.stdout.writelines(f"{line}\n" for line in lines)
        return
    from pydoc import pager

    os.environ.setdefault("LESS", "FRSX")  # ends by itself, and scrolls to the side
    pager("\n".join(lines) + "\n")


def cell(value: Any) -> str:
    """A value as a table shows it: on one line, nothing for None and False."""
    if value is None or value is False:
        return ""
    return "yes" if value is True else visible(str(value))


def _ascii(value: Any, indent: int | None = None) -> str:
    """JSON in ASCII; DEL is the one character of ASCII that JSON takes and a terminal should not get."""
    return json.dumps(value, indent=indent).replace("\x7f", "\\u007f")


def _table(**options: Any) -> Table:
    from rich.table import Table

    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), **options)


def console(*, stderr: bool = False) -> Console:
    """Where rich writes, for what is more than a line or a table."""
    from rich.console import Console

    # What records and plugins contain is text, never markup. Lines are wide where no terminal sets the width.
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else WIDE
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False)
