"""``qbferry token``: which programs may use the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from qbferry.cli.context import desk
from qbferry.cli.group import group
from qbferry.cli.options import AsJson
from qbferry.output import done, minute, notice, say, say_json, table

if TYPE_CHECKING:
    from qbferry.desk.tokens import Scope

__all__ = ["register"]

Name = Annotated[str, typer.Argument(metavar="NAME", help="What the program is called.")]
SCOPES = (
    "records:read: looks at records; records:write: brings records in; records:act: sets them ready and does "
    "what else is done with them; events:read: hears what happens. May be given several times."
)

commands = group("Say which programs may use the API, and what each may do there.")


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.add_typer(commands, name="token")


@commands.command()
def add(
    ctx: typer.Context,
    name: Name,
    scope: Annotated[list[str], typer.Option(metavar="SCOPE", help=SCOPES)],
    days: Annotated[
        int | None, typer.Option(min=1, max=36_500, help="Days until it expires; otherwise it never does.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let a program use the API. Its token is shown once.

    Example: qbferry token add board --scope records:read
    """
    from qbferry.desk import tokens

    scopes = [_scope(one) for one in scope]  # before a database is made for nothing
    with desk(ctx).application(make=True) as app, app.database.write() as tx:
        row, token = tokens.add(tx, name, scopes, days=days)
    until = f" until {minute(row.expires_at.isoformat())}" if row.expires_at else ""
    done(
        f"{row.name} may use the API for {row.scopes.replace(' ', ', ')}{until}.",
        as_json=as_json,
        name=row.name,
        scopes=row.scopes.split(),
        expires_at=row.expires_at.isoformat() if row.expires_at else None,
        token=token,
    )
    if not as_json:
        say(f"The token: {token}")
        notice("It is not shown again.")


@commands.command("list")
def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the programs that may use the API."""
    with desk(ctx).looking() as tx:
        found: list[dict[str, Any]] = [
            {
                "name": row.name,
                "scopes": row.scopes.split(),
                "created_at": row.created_at.isoformat(),
                "expires_at": row.expires_at.isoformat() if row.expires_at else None,
                "seen_at": row.seen_at.isoformat() if row.seen_at else None,
            }
            for row in tx.tokens.all()
        ]
    if as_json:
        say_json(found)
        return
    table(
        ["Name", "May", "Expires", "Last seen"],
        (
            (one["name"], ", ".join(one["scopes"]), minute(one["expires_at"]), minute(one["seen_at"]))
            for one in found
        ),
        nothing="No program may use the API yet; let one with: qbferry token add NAME --scope records:read",
    )


@commands.command()
def revoke(ctx: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Let a program use the API no more, from its next request on.

    Example: qbferry token revoke erp
    """
    from qbferry.desk import tokens

    with desk(ctx).application() as app, app.database.write() as tx:
        row = tokens.revoke(tx, name)
    done(f"{row.name} may no longer use the API.", as_json=as_json, name=row.name)


def _scope(text: str) -> Scope:
    from qbferry.desk.tokens import Scope

    try:
        return Scope(text.strip().lower())
    except ValueError:
        raise typer.BadParameter(f"There is no scope {text}; there are: {', '.join(Scope)}.") from None
