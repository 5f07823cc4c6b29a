"""``qbferry naming``: what names in records are made of, for each company file in its own way."""

from __future__ import annotations

from typing import Annotated

import typer

from qbferry.cli.context import desk
from qbferry.cli.group import group
from qbferry.cli.options import AsJson, ConnectorName, EntityName
from qbferry.output import done, say_json, table

__all__ = ["register"]

Kind = Annotated[
    str,
    typer.Argument(metavar="KIND", help="What is named, such as labor; any: all without one of their own."),
]

commands = group("Say what the names of items are made of.")


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.add_typer(commands, name="naming")


@commands.command("list")
def list_(ctx: typer.Context, connector: ConnectorName = None, as_json: AsJson = False) -> None:
    """List the conventions, and what there may be."""
    from qbferry.desk import naming

    with desk(ctx).application() as app, app.database.read() as tx:
        found = {(one.entity, one.kind): one.pattern for one in naming.conventions(tx, connector)}
        possible = [(name, one.naming) for name, one in app.plugins.entities.items() if one.naming]
    rows = [
        (name, kind, found.get((name, kind)), each.words)
        for name, each in possible
        for kind in naming.kinds(each)
    ]
    if as_json:
        fields = ("entity", "kind", "convention", "words")
        say_json([dict(zip(fields, row, strict=True)) for row in rows])
        return
    table(
        ["Records", "Kind", "Convention", "May be made of"],
        ((name, kind, pattern, naming.shown(words)) for name, kind, pattern, words in rows),
        nothing="No plugin that is enabled makes names.",
    )


@commands.command("set")
def set_(
    ctx: typer.Context,
    entity: EntityName,
    kind: Kind,
    pattern: Annotated[
        str, typer.Argument(metavar="CONVENTION", help="Words in braces, with ~ before each level below.")
    ],
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """Let names be made of words from now on. One that lacks a word stays as the source gives it.

    Example: qbferry naming set invoice labor "{role}~{billing_code}"
    """
    from qbferry.desk import naming

    with desk(ctx).application() as app, app.database.write() as tx:
        wanted = naming.Convention(entity, kind, pattern)
        kept = naming.put(tx, app.plugins.entities, connector, wanted)
    told = f"Names of {kept.entity}, {kept.kind}, are {kept.pattern} from now on."
    done(told, as_json=as_json, entity=kept.entity, kind=kept.kind, convention=kept.pattern)


@commands.command()
def unset(
    ctx: typer.Context,
    entity: EntityName,
    kind: Kind,
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """Let names be those of the source again.

    Example: qbferry naming unset invoice labor
    """
    from qbferry.desk import naming

    with desk(ctx).application() as app, app.database.write() as tx:
        naming.forget(tx, connector, entity, kind)
    done(f"Names of {entity}, {kind}, are the source's again.", as_json=as_json, entity=entity, kind=kind)
