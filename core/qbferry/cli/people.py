"""``qbferry user``: who may log in to the pages."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from qbferry.cli.context import desk
from qbferry.cli.group import group
from qbferry.cli.options import AsJson
from qbferry.output import done, minute, notice, say, say_json, table

if TYPE_CHECKING:
    from qbferry.desk.people import Role

__all__ = ["register"]

Name = Annotated[str, typer.Argument(metavar="NAME", help="What the person logs in with.")]
FromInput = Annotated[
    bool,
    typer.Option(
        "--password-stdin", help="Read the password from standard input; otherwise one is made up and shown."
    ),
]
ROLES = "viewer: looks; operator: also sets records ready, imports, maps; administrator: also sets up."

commands = group("Say who may log in to the web pages, and what each may do there.")


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.add_typer(commands, name="user")


@commands.command()
def add(
    ctx: typer.Context,
    name: Name,
    role: Annotated[str | None, typer.Option(help=ROLES + " The first is an administrator.")] = None,
    password_stdin: FromInput = False,
    as_json: AsJson = False,
) -> None:
    """Let a person log in. Without --password-stdin a password is made up and shown once.

    Example: qbferry user add ann --role operator
    """
    from qbferry.desk import connectors, people

    password = _read() if password_stdin else connectors.make_password()
    with desk(ctx).application(make=True) as app, app.database.write() as tx:
        chosen = role or ("viewer" if tx.people.any() else "administrator")
        row = people.add(tx, name, _role(chosen), password)
    shown = {} if password_stdin else {"password": password}
    done(f"{row.name} may log in as {row.role}.", as_json=as_json, user=row.name, role=row.role, **shown)
    _show(password, as_json=as_json, given=password_stdin)


@commands.command("list")
def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List who may log in."""
    with desk(ctx).looking() as tx:
        found = [
            {"user": row.name, "role": row.role, "seen_at": row.seen_at.isoformat() if row.seen_at else None}
            for row in tx.people.everyone()
        ]
    if as_json:
        say_json(found)
        return
    table(
        ["Name", "Role", "Last seen"],
        ((one["user"], one["role"], minute(one["seen_at"])) for one in found),
        nothing="Nobody may log in yet; let somebody with: qbferry user add NAME",
    )


@commands.command()
def password(
    ctx: typer.Context, name: Name, password_stdin: FromInput = False, as_json: AsJson = False
) -> None:
    """Give a person another password; wherever they are logged in, they are no longer.

    Example: qbferry user password ann
    """
    from qbferry.desk import connectors, people

    text = _read() if password_stdin else connectors.make_password()
    with desk(ctx).application() as app, app.database.write() as tx:
        row = people.set_password(tx, name, text)
    shown = {} if password_stdin else {"password": text}
    done(f"{row.name} has a new password.", as_json=as_json, user=row.name, **shown)
    _show(text, as_json=as_json, given=password_stdin)


@commands.command()
def role(
    ctx: typer.Context,
    name: Name,
    new_role: Annotated[str, typer.Argument(metavar="ROLE", help=ROLES)],
    as_json: AsJson = False,
) -> None:
    """Let a person do more or less.

    Example: qbferry user role ann operator
    """
    from qbferry.desk import people

    with desk(ctx).application() as app, app.database.write() as tx:
        row = people.set_role(tx, name, _role(new_role))
    done(f"{row.name} is now {row.role}.", as_json=as_json, user=row.name, role=row.role)


@commands.command()
def remove(ctx: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Let a person log in no more. What they did stays in the history.

    Example: qbferry user remove ann
    """
    from qbferry.desk import people

    with desk(ctx).application() as app, app.database.write() as tx:
        row = people.remove(tx, name)
    done(f"{row.name} may no longer log in.", as_json=as_json, user=row.name)


def _role(text: str) -> Role:
    from qbferry.desk.people import Role

    try:
        return Role(text.strip().lower())
    except ValueError:
        raise typer.BadParameter(f"There is no role {text}; there are: {', '.join(Role)}.") from None


def _read() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _show(text: str, *, as_json: bool, given: bool) -> None:
    if not given and not as_json:
        say(f"The password: {text}")
        notice("It is not shown again.")
