"""Maps: which column of a table is which field, and how the table writes dates and numbers."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import tomlkit

from qbferry.errors import InputError
from qbferry.intake.table.shape import leaves

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import BaseModel

__all__ = ["DATES", "NUMBERS", "ColumnMap"]

DATES = ("iso", "us", "eu")
NUMBERS = ("1,234.56", "1.234,56")
RESULTS = "quickbooks."
"""What the columns begin with that an export adds, and an import leaves alone."""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """A map of a table for one kind of records.

    Attributes:
        columns: Field -> the heading of its column; ``lines.amount`` is of a list, and has a row an entry.
        fixed: Field -> what all records have in it.
        dates: ``iso`` (2026-10-31), ``us`` (10/31/2026), ``eu`` (31.10.2026, 31/10/2026), or a pattern such
            as ``%d %b %Y``.
        numbers: ``1,234.56`` or ``1.234,56``.
        encoding: Of a CSV file.
        delimiter: Of a CSV file; empty: what its first line has most of.
        sheet: Of a workbook; empty: its first.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    dates: str = "iso"
    numbers: str = NUMBERS[0]
    encoding: str = "utf-8"
    delimiter: str = ""
    sheet: str = ""

    @classmethod
    def read(cls, text: str, document: type[BaseModel]) -> Self:
        """Read a map that is written in TOML.

        Args:
            text: What it says.
            document: The model of the records.

        Raises:
            InputError: It is no TOML, or names what there is not.
        """
        try:
            found = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"The map is not valid TOML: {error}. --suggest-map writes one.") from error
        columns, fixed = (dict(_flat(found.pop(name, {}))) for name in ("columns", "fixed"))
        known = {"dates", "numbers", "encoding", "delimiter", "sheet"}
        if wrong := [name for name in found if name not in known]:
            raise InputError(
                f"The map has {wrong[0]}, which is nothing; there are columns, fixed, "
                f"{', '.join(sorted(known))}."
            )
        if odd := next((name for name, value in found.items() if not isinstance(value, str)), None):
            raise InputError(f"In the map {odd} must be a text in quotation marks.")
        made = cls(columns, fixed, **found)
        made.check(document)
        return made

    def of_headings(self, headings: Sequence[str]) -> Self:
        """The same for a table whose headings are the names of fields."""
        return replace(
            self, columns={name: name for name in headings if name and not name.startswith(RESULTS)}
        )

    def check(self, document: type[BaseModel]) -> None:
        """Make sure that it says only what can be.

        Raises:
            InputError: It names a field there is not, or a way to write dates or numbers there is not.
        """
        names = [leaf.name for leaf in leaves(document)]
        for name, value in (*self.columns.items(), *self.fixed.items()):
            if name not in names:
                near = difflib.get_close_matches(name, names, 1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}."
                raise InputError(f"There is no field {name} to fill; {hint}")
            if not isinstance(value, str):
                raise InputError(f"In the map {name} must be a text in quotation marks.")
        if self.dates not in DATES and "%" not in self.dates:
            raise InputError(f"Dates are written {', '.join(DATES)}, or like %d.%m.%Y, not {self.dates}.")
        if self.numbers not in NUMBERS:
            raise InputError(f"Numbers are written {' or '.join(NUMBERS)}, not {self.numbers}.")

    def dated(self, dates: str | None) -> Self:
        """The same with another way to write dates, if one is given."""
        return replace(self, dates=dates) if dates else self

    def written(self, unused: Sequence[str] = (), missing: Sequence[str] = ()) -> str:
        """It in TOML.

        Args:
            unused: Headings that stand for nothing; named in comments.
            missing: Fields that records need and no column fills; named in comments.
        """
        text = tomlkit.document()
        text.add("dates", tomlkit.item(self.dates))
        text.add("numbers", tomlkit.item(self.numbers))
        for name in ("encoding", "delimiter", "sheet"):
            if (value := getattr(self, name)) != getattr(ColumnMap(), name):
                text.add(name, tomlkit.item(value))
        lines = [tomlkit.dumps(text), "[columns]"]
        lines += _lines(self.columns)
        lines += [f'# {_key(name)} = ""  # needed' for name in missing]
        lines += [f"# not used: {tomlkit.item(heading).as_string()}" for heading in unused]
        if self.fixed:
            lines += ["", "[fixed]", *_lines(self.fixed)]
        return "\n".join(lines) + "\n"


def _lines(values: Mapping[str, str]) -> list[str]:
    return [f"{_key(name)} = {tomlkit.item(value).as_string()}" for name, value in values.items()]


def _key(name: str) -> str:
    return ".".join(tomlkit.key(part).as_string() for part in name.split("."))


def _flat(table: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    if not isinstance(table, Mapping):
        raise InputError('In the map [columns] and [fixed] are tables: a line each, field = "heading".')
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value
