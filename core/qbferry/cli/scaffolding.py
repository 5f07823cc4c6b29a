"""``qbferry plugin``: a plugin to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qbferry.cli.group import group
from qbferry.cli.options import AsJson
from qbferry.output import done

__all__ = ["register"]

commands = group("Begin a plugin of your own.")


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.add_typer(commands, name="plugin")


@commands.callback()
def plugin() -> None:
    """Begin a plugin of your own."""


@commands.command()
def new(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="The plugin's name, such as sales_receipts; a folder is made."),
    ],
    request: Annotated[
        str,
        typer.Option("--request", metavar="REQUEST", help="What it sends; see qbferry qbxml list Add."),
    ],
    entity: Annotated[
        str, typer.Option(metavar="ENTITY", help="The kind of record; otherwise as the request says.")
    ] = "",
    into: Annotated[Path, typer.Option(metavar="FOLDER", help="Where the folder is made.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Write a plugin that works at once: a kind of record that becomes one request.

    Its document and its template are made from qbXML's own data: the elements that must be there and the
    usual ones, in their order, with their lengths. It has rules, settings, tests with the contract, sample
    records, and a company file for the simulator. Its README says how it is tried.

    Example: qbferry plugin new sales_receipts --request SalesReceiptAdd
    """
    from qbferry.scaffold import Wanted, write

    files = write(Wanted(plugin=name, request=request, entity=entity), into)
    told = f"{len(files)} files are in {into / name}. What to do next: {into / name / 'README.md'}"
    done(told, as_json=as_json, folder=str(into / name), files=[str(file) for file in files])
