"""Tables that ``qbferry import`` takes in, and maps that it writes for them."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from qbferry.errors import InputError
from qbferry.output import notice, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qbferry.cli.context import CommandDesk
    from qbferry.intake.reading import Reading
    from qbferry.model import Entity

__all__ = ["opened", "suggest"]


@contextmanager
def opened(file: Path, columns: Path | None, dates: str | None) -> Iterator[Callable[[Entity], Reading]]:
    """A table, to be read for a kind of records.

    Args:
        file: The table; ``-`` is CSV on standard input.
        columns: Its map; None: its headings are names of fields.
        dates: How it writes dates, if not as the map says.

    Raises:
        InputError: One of the files cannot be read.
    """
    from qbferry.intake.table import read_table

    text = None if columns is None else _text(columns)
    with _stream(file) as stream:
        yield lambda entity: read_table(entity.document, stream, file.name, text, dates)


def suggest(place: CommandDesk, entity: str, file: Path, target: Path) -> None:
    """Write a map of a table; ``-`` shows it.

    Raises:
        InputError: The table cannot be read, or there is a file with the map's name already.
    """
    from qbferry.desk.kinds import entity_named
    from qbferry.intake.table import suggested
    from qbferry.plugin.manager import assemble

    kind = entity_named(assemble(place.settings.plugins), entity)
    with _stream(file) as stream:
        found = suggested(kind, stream, file.name)
    if target == Path("-"):
        sys.stdout.write(found.text)
    else:
        try:
            with target.open("x", encoding="utf-8") as written:
                written.write(found.text)
        except FileExistsError as error:
            raise InputError(f"There is a file {target} already; name another, or remove it.") from error
        except OSError as error:
            raise InputError(f"The file {target} cannot be written: {error.strerror}.") from error
        say(f"{target} says which column is which field. Look through it, then: ")
        say(f"  qbferry import {entity} {file} --map {target} --dry-run")
    if found.missing:
        notice(f"No column was found for {', '.join(found.missing)}; records need that.")


@contextmanager
def _stream(file: Path) -> Iterator[IO[bytes]]:
    if file == Path("-"):
        yield io.BytesIO(sys.stdin.buffer.read())
        return
    try:
        stream = file.open("rb")
    except OSError as error:
        raise InputError(
            f"The file {file} cannot be read: {error.strerror}. Correct its name, or its rights."
        ) from error
    with stream:
        yield stream


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(
            f"The map {file} cannot be read: {error.strerror}. --suggest-map writes one."
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"The map {file} is not UTF-8; save it so.") from error
