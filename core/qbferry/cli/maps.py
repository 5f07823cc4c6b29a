"""``qbferry map``: what names of the source are called in QuickBooks."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qbferry.cli.context import desk
from qbferry.cli.group import group
from qbferry.cli.options import AsJson, ConnectorName
from qbferry.errors import InputError
from qbferry.output import done, say_json, table

if TYPE_CHECKING:
    from qbferry.desk.mapping import Mapping

__all__ = ["register"]

FIELDS = ("list", "name", "entry")

NAMING = "naming."
"""What stands in a file before the kind of records, as the list of a naming convention."""

List = Annotated[
    str, typer.Argument(metavar="LIST", help="QuickBooks' list: Customer, Vendor, Item, Account, …")
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The name, as the source gives it.")]

commands = group("Say what names of the source are called in QuickBooks.")


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.add_typer(commands, name="map")


@commands.command("list")
def list_(ctx: typer.Context, connector: ConnectorName = None, as_json: AsJson = False) -> None:
    """List the mappings, and who made them.

    A mapping holds the entry by its identity: it may be renamed in QuickBooks.
    """
    from qbferry.desk import mapping

    with desk(ctx).application() as app, app.database.read() as tx:
        found = mapping.mappings(tx, connector)
    shown = [_view(one) | {"origin": origin} for one, origin in found]
    if as_json:
        say_json(shown)
        return
    table(
        ["List", "Name", "In QuickBooks", "By"],
        ((one["list"], one["name"], one["entry"] or "(gone)", one["origin"]) for one in shown),
        nothing="No name is mapped. What is missing: qbferry map suggest",
    )


@commands.command("set")
def set_(
    ctx: typer.Context,
    kind: List,
    name: Name,
    entry: Annotated[str, typer.Argument(metavar="ENTRY", help="The full name of the entry in QuickBooks.")],
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """Let a name stand for an entry of a QuickBooks list.

    Example: qbferry map set Vendor "Ingram Micro Ltd" "Ingram Micro"
    """
    from qbferry.desk import mapping

    with desk(ctx).application() as app, app.database.write() as tx:
        mapping.put(tx, connector, [mapping.Mapping(kind, name, entry)])
    told = f'"{name}" stands for "{entry}" from now on.'
    done(told, as_json=as_json, list=kind, name=name, entry=entry)


@commands.command()
def unset(
    ctx: typer.Context,
    kind: List,
    name: Name,
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """Let a name stand for nothing but itself again.

    Example: qbferry map unset Vendor "Ingram Micro Ltd"
    """
    from qbferry.desk import mapping

    with desk(ctx).application() as app, app.database.write() as tx:
        mapping.forget(tx, connector, kind, name)
    done(f'"{name}" is mapped no more.', as_json=as_json, list=kind, name=name)


@commands.command()
def suggest(ctx: typer.Context, connector: ConnectorName = None, as_json: AsJson = False) -> None:
    """List the names in waiting records that QuickBooks does not have, with those that are like them.

    Setting up is one sitting with it: export what it suggests, correct it, and import it.

    Example: qbferry map suggest --json
    """
    from qbferry.desk import mapping

    with desk(ctx).application() as app, app.database.read() as tx:
        on_error = app.settings.transfer.on_error
        found = mapping.unresolved(tx, app.plugins, connector, on_error, datetime.now(UTC))
    if as_json:
        say_json(
            [
                {
                    "label": one.label,
                    "name": one.name,
                    "lists": list(one.kinds),
                    "records": one.records,
                    "suggestions": [{"list": kind, "entry": entry} for kind, entry in one.near],
                }
                for one in found
            ]
        )
        return
    table(
        ["Name", "Stands for", "Records", "Perhaps"],
        ((one.name, one.label, one.records, "; ".join(name for _, name in one.near[:3])) for one in found),
        nothing="Every name in the records that wait is known to QuickBooks, or its list was not read yet.",
    )


@commands.command()
def export(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A .csv or .json file; - is standard output, as JSON.")
    ],
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """Write the mappings that people made to a file, and the naming conventions.

    A convention is a row as well: its list is naming.invoice, its name the kind of line.

    Example: qbferry map export mappings.csv
    """
    from qbferry.desk import mapping, naming

    with desk(ctx).application() as app, app.database.read() as tx:
        found = [_view(one) for one, origin in mapping.mappings(tx, connector) if origin == "person"]
        found += [
            {"list": NAMING + one.entity, "name": one.kind, "entry": one.pattern}
            for one in naming.conventions(tx, connector)
        ]
    if file == Path("-"):
        say_json(found)
        return
    text = _csv(found) if file.suffix.lower() == ".csv" else json.dumps(found, indent=2) + "\n"
    try:
        file.write_text(text, "utf-8", newline="")
    except OSError as error:
        raise InputError(f"The file {file} cannot be written: {error.strerror}.") from error
    told = f"{len(found)} mappings are in {file}"
    done(told, as_json=as_json, file=str(file), mappings=len(found))


@commands.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A .csv or .json file; - is standard input, as JSON.")
    ],
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """Take mappings from a file, and naming conventions, all of them or none.

    A CSV file has the columns list, name, entry. What is not in it stays as it is.

    Example: qbferry map import mappings.csv
    """
    from qbferry.desk import mapping, naming

    mappings: list[mapping.Mapping] = []
    conventions: list[naming.Convention] = []
    for one in _read(file):
        if one["list"].startswith(NAMING):
            entity = one["list"].removeprefix(NAMING)
            conventions.append(naming.Convention(entity, one["name"], one["entry"]))
        else:
            mappings.append(mapping.Mapping(one["list"], one["name"], one["entry"]))
    with desk(ctx).application() as app, app.database.write() as tx:
        number = mapping.put(tx, connector, mappings) + len(conventions)
        for convention in conventions:
            naming.put(tx, app.plugins.entities, connector, convention)
    done(f"{number} mappings were taken.", as_json=as_json, mappings=number)


def _view(one: Mapping) -> dict[str, Any]:
    return {"list": one.kind, "name": one.name, "entry": one.entry}


def _csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _read(file: Path) -> list[dict[str, str]]:
    """The mappings in a file.

    Raises:
        InputError: It cannot be read, or a row of it.
    """
    try:
        text = sys.stdin.read() if file == Path("-") else file.read_text("utf-8-sig")
    except OSError as error:
        raise InputError(f"The file {file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"The file {file} is not UTF-8; save it as such.") from error
    try:
        rows = [*csv.DictReader(io.StringIO(text))] if file.suffix.lower() == ".csv" else json.loads(text)
    except (ValueError, csv.Error) as error:
        raise InputError(f"The file {file} cannot be read: {error}.") from error
    if not isinstance(rows, list):
        raise InputError(f"The file {file} is no list of mappings.")
    for number, row in enumerate(rows, 1):
        if not (isinstance(row, dict) and all(isinstance(row.get(name), str) for name in FIELDS)):
            raise InputError(
                f"The mapping {number} of {file} has no {', '.join(FIELDS)}, or one of them is no text. "
                "Nothing was changed."
            )
    return rows
