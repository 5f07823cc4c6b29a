"""``qbferry connector``: one connector is one company file, one user, one .qwc file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qbferry.cli import connection, furthers, routes
from qbferry.cli.context import desk
from qbferry.cli.group import group
from qbferry.cli.options import AsJson
from qbferry.errors import InputError
from qbferry.files import write_private
from qbferry.output import done, minute, notice, say, say_json, table

if TYPE_CHECKING:
    from qbferry.store.rows import ConnectorRow

__all__ = ["register"]

Name = Annotated[str, typer.Argument(metavar="NAME", help="The connector's name.")]
FromInput = Annotated[
    bool,
    typer.Option(
        "--password-stdin", help="Read the password from standard input; otherwise one is made up and shown."
    ),
]

commands = group("Set up connectors: each is one QuickBooks company file.")


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.add_typer(commands, name="connector")


@commands.command()
def add(
    ctx: typer.Context,
    name: Name,
    user: Annotated[
        str | None, typer.Option(help="What its Web Connector signs in with; otherwise qbferry-NAME.")
    ] = None,
    password_stdin: FromInput = False,
    company_file: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="The company file as the Windows machine knows it; otherwise the one open at the first run.",
        ),
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=44_640,
            metavar="MINUTES",
            help="How often it runs by itself; otherwise a person starts it.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a connector; the first is the default and stays.

    Without --password-stdin a strong password is made up and shown once; only its hash is kept.

    Example: qbferry connector add office --every 60
    """
    from qbferry.desk import connectors

    password = _read_password() if password_stdin else connectors.make_password()
    with desk(ctx).application(make=True) as app, app.database.write() as tx:
        row = connectors.add(
            tx, name, user=user, password=password, company_file=company_file, every_minutes=every
        )
        shown = _view(row)
    if as_json:
        say_json(shown if password_stdin else shown | {"password": password})
        return
    say(
        f"Made the connector {name}{', the default one' if row.is_default else ''}. Its user: {row.user_name}"
    )
    _show_password(password, given=password_stdin)
    say(f"Next: qbferry connector qwc {_quoted(name)}")


@commands.command("list")
def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the connectors."""
    with desk(ctx).application() as app, app.database.read() as tx:
        shown = [_view(row) for row in tx.connectors.everyone()]
        place = app.database.shown
    if as_json:
        say_json(shown)
        return
    table(
        ["Name", "User", "Default", "Paused", "Every", "Company file", "Last seen"],
        (
            (
                one["name"],
                one["user"],
                one["default"],
                one["paused"],
                one["every_minutes"] and f"{one['every_minutes']} min",
                one["company_file"],
                minute(one["last_seen"]),
            )
            for one in shown
        ),
        nothing=f"There is no connector yet in {place}; make one with: qbferry connector add NAME",
    )


@commands.command()
def password(
    ctx: typer.Context, name: Name, password_stdin: FromInput = False, as_json: AsJson = False
) -> None:
    """Give a connector another password; type it into the Web Connector too.

    Example: qbferry connector password office
    """
    from qbferry.desk import connectors

    text = _read_password() if password_stdin else connectors.make_password()
    with desk(ctx).application() as app, app.database.write() as tx:
        connectors.set_password(tx, name, text)
    shown = {} if password_stdin else {"password": text}
    done(f"The connector {name} has a new password.", as_json=as_json, connector=name, **shown)
    if not as_json:
        _show_password(text, given=password_stdin)


@commands.command()
def qwc(
    ctx: typer.Context,
    name: Name,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Where to; otherwise NAME.qwc here. - is standard output."
        ),
    ] = None,
    user: Annotated[
        str | None, typer.Option(help="Of a further user, see qbferry connector user add.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the .qwc file that introduces a connector to the Web Connector.

    Copy it to the Windows machine with QuickBooks and open it there, with the company file open. The
    addresses in it come from the setting public_url.

    Example: qbferry connector qwc office
    """
    from qbferry.desk import connectors

    with desk(ctx).application() as app, app.database.read() as tx:
        text = connectors.qwc_file(tx, name, app.settings.public_url, user)
    if output == Path("-"):
        if as_json:
            say_json({"connector": name, "content": text})
        else:
            sys.stdout.write(text)
        return
    file = output or Path(f"{name}-{user}.qwc" if user else f"{name}.qwc")
    try:
        write_private(file, text, encoding="ascii", newline="\r\n")
    except OSError as error:
        raise InputError(f"The file {file} cannot be written: {error.strerror}.") from error
    if as_json:
        say_json({"connector": name, "qwc": str(file)})
    else:
        say(str(file))


@commands.command()
def pause(ctx: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Let a connector's Web Connector find nothing to do, until it is resumed."""
    _pause(ctx, name, paused=True)
    done(f"The connector {name} is paused.", as_json=as_json, connector=name, paused=True)


@commands.command()
def resume(ctx: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Let a paused connector work again."""
    _pause(ctx, name, paused=False)
    done(f"The connector {name} works.", as_json=as_json, connector=name, paused=False)


@commands.command("clear-location")
def clear_location(
    ctx: typer.Context,
    name: Name,
    sure: Annotated[
        bool,
        typer.Option("--sure", help="The file that is open next is the right one, whatever it shows."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Forget where a connector's company file is, after it was moved or renamed.

    The next run takes the file that is open then, unless it carries another connector's mark, and records
    its place. The risk: with a wrong file open, records would go into the books of another company. So a
    file that has neither the connector's mark nor anything of what was sent before gets nothing, and the
    run says so. With --sure it gets all that is due, and nobody looks any more: compare its company name
    and its last transactions before.

    A message whose answer was lost goes again only into the file it was meant for.

    Example: qbferry connector clear-location office
    """
    from qbferry.desk import connectors

    with desk(ctx).application() as app, app.database.write() as tx:
        before = tx.connectors.named(name).company_file
        unanswered = tx.messages.unsettled(connectors.clear_location(tx, name, sure=sure).id)
    told = f"The connector {name} takes its company file's place from the next run" + (
        ", and what is due goes into that file, whatever it is."
        if sure
        else "; what is due goes into it if it shows the connector's mark, or something that was sent before."
    )
    done(told, as_json=as_json, connector=name, unanswered=unanswered is not None)
    if unanswered is not None:
        notice(
            f"Its last message is not answered. It was meant for {unanswered.company_file or before}, and "
            "goes again only into that file, which is known by its mark or by something that was sent before."
        )


def _pause(ctx: typer.Context, name: str, *, paused: bool) -> None:
    from qbferry.desk import connectors

    with desk(ctx).application() as app, app.database.write() as tx:
        connectors.pause(tx, name, paused=paused)


def _read_password() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _show_password(text: str, *, given: bool) -> None:
    if not given:
        say(f"Its password: {text}")
        notice("It is not shown again.")


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name


def _view(row: ConnectorRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "user": row.user_name,
        "default": row.is_default,
        "paused": row.paused,
        "every_minutes": row.every_minutes,
        "company_file": row.company_file,
        "company_name": row.company_name,
        "last_seen": row.last_seen_at and row.last_seen_at.isoformat(),
    }


for more in (connection, routes, furthers):
    more.register(commands)
