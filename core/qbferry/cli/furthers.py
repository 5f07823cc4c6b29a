"""``qbferry connector user``: several people, each with a Web Connector, on one company file."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from qbferry.cli.context import desk
from qbferry.cli.group import group
from qbferry.cli.options import AsJson
from qbferry.output import done, notice, say, say_json, table

__all__ = ["register"]

Name = Annotated[str, typer.Argument(metavar="NAME", help="The connector's name.")]
User = Annotated[str, typer.Argument(metavar="USER", help="What their Web Connector signs in with.")]


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    commands = group("Let several people run the updates of one company file.")
    commands.command()(add)
    commands.command("list")(list_)
    commands.command()(remove)
    cli.add_typer(commands, name="user")


def add(
    ctx: typer.Context,
    name: Name,
    user: User,
    same_file_id: Annotated[
        bool,
        typer.Option(
            "--same-file-id",
            help="The connector's own FileID in their .qwc file, where a new one gives QBWC1039.",
        ),
    ] = False,
    password_stdin: Annotated[
        bool,
        typer.Option(
            "--password-stdin",
            help="Read the password from standard input; otherwise one is made up and shown.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Give a further person a sign-in and a .qwc file of their own for a connector's company file.

    Everything else stays the connector's: its records, its schedule, its place of the company file, which
    must have the same path on each computer. One run at a time: whoever comes second is told to wait. Runs
    and history say whose they were.

    Example: qbferry connector user add office ann
    """
    from qbferry.desk import connectors

    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else connectors.make_password()
    with desk(ctx).application() as app, app.database.write() as tx:
        connectors.add_user(tx, name, user, password, same_file_id=same_file_id)
    shown = {} if password_stdin else {"password": password}
    done(f"{user} may run the updates of {name}.", as_json=as_json, connector=name, user=user, **shown)
    if as_json:
        return
    if not password_stdin:
        say(f"Password: {password}")
        notice("It is not shown again.")
    say(f'Next: qbferry connector qwc "{name}" --user "{user}"')


def list_(ctx: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """List who may run a connector's updates."""
    with desk(ctx).looking() as tx:
        row = tx.connectors.named(name)
        further = tx.connectors.users(row.id)
    found = [{"user": row.user_name, "own_file_id": True, "further": False}] + [
        {"user": one.name, "own_file_id": one.file_id != row.file_id, "further": True} for one in further
    ]
    if as_json:
        say_json(found)
        return
    table(
        ["User", "FileID"],
        ((one["user"], "of its own" if one["own_file_id"] else "the connector's") for one in found),
        nothing="Nobody.",
    )


def remove(ctx: typer.Context, name: Name, user: User, as_json: AsJson = False) -> None:
    """Let a further person run a connector's updates no more; what they did stays in the history.

    Example: qbferry connector user remove office ann
    """
    from qbferry.desk import connectors

    with desk(ctx).application() as app, app.database.write() as tx:
        connectors.remove_user(tx, name, user)
    done(f"{user} may not run the updates of {name} any more.", as_json=as_json, connector=name, user=user)
