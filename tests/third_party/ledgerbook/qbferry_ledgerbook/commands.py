"""``qbferry ledgerbook``: looking into the book, and writing a note into it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy import insert, select

from qbferry import desk_of
from qbferry_ledgerbook import tables

__all__ = ["book"]

book = typer.Typer(help="A book of what went to QuickBooks.", no_args_is_help=True)


@book.command()
def note(ctx: typer.Context, text: Annotated[str, typer.Argument(help="What is to be remembered.")]) -> None:
    """Write a note into the book."""
    with desk_of(ctx).storage.writing() as connection:
        connection.execute(insert(tables.note), {"at": datetime.now(UTC).isoformat(), "text": text})


@book.command()
def show(
    ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """Show the notes and the lines, oldest first."""
    with desk_of(ctx).storage.reading() as connection:
        notes = [row.text for row in connection.execute(select(tables.note).order_by(tables.note.c.id))]
        found = connection.execute(select(tables.line).order_by(tables.line.c.at, tables.line.c.id))
        lines = [dict(row._mapping) for row in found]
    if as_json:
        typer.echo(json.dumps({"notes": notes, "lines": lines}, indent=2))
        return
    for line in lines:
        name, number = f"{line['entity']} {line['record_id']}", line["number"] or ""
        typer.echo(f"{line['at']} {name}: {line['kind']} {number}")
    for text in notes:
        typer.echo(text)
