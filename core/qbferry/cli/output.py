"""How commands speak: JSON and tables to standard output, everything else to standard error."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console
    from rich.table import Table

__all__ = ["fields", "minute", "notice", "say", "say_json", "say_json_array", "table", "terminal"]

WIDE = 160
"""Columns of a table that goes to a file or a pipe."""


def terminal() -> bool:
    """Whether a person watches standard error, where progress is shown."""
    return sys.stderr.isatty()


def say(text: str) -> None:
    """Write a line for people."""
    _console().print(text, soft_wrap=True)


def notice(text: str) -> None:
    """Write a line to standard error."""
    _console(stderr=True).print(text, soft_wrap=True)


def say_json(value: Any) -> None:
    """Write a value as JSON, in ASCII, which every console and every pipe takes."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def say_json_array(values: Iterable[Any]) -> None:
    """Write an array of any length, one value at a time."""
    opening = "["
    for value in values:
        sys.stdout.write(f"{opening}\n  {json.dumps(value)}")
        opening = ","
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
        shown.add_row(*map(_cell, row))
    if shown.row_count:
        _console().print(shown)
    else:
        say(nothing)


def fields(values: Mapping[str, Any]) -> None:
    """Write names and values, one pair a line."""
    shown = _table(show_header=False)
    shown.add_column(style="bold")
    shown.add_column(overflow="fold")
    for name, value in values.items():
        shown.add_row(name, _cell(value))
    _console().print(shown)


def minute(moment: str | None) -> str:
    """A moment as JSON has it, to the minute."""
    return (moment or "")[:16].replace("T", " ")


def _cell(value: Any) -> str:
    if value is None or value is False:
        return ""
    return "yes" if value is True else str(value)


def _table(**options: Any) -> Table:
    from rich.table import Table

    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), **options)


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console

    # What records and plugins contain is text, never markup. Lines are wide where no terminal sets the width.
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else WIDE
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False)
