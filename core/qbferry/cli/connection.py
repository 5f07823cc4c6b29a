"""``qbferry connector show``, ``change`` and ``test``: one connector, and what was seen of it last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from qbferry.cli.context import desk
from qbferry.cli.options import AsJson
from qbferry.output import fields, minute, say, say_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qbferry.store.connectors import FurtherUser
    from qbferry.store.rows import ConnectorRow

__all__ = ["register"]

Name = Annotated[str, typer.Argument(metavar="NAME", help="The connector's name.")]


def register(commands: typer.Typer) -> None:
    """Add these commands."""
    commands.command()(show)
    commands.command()(change)
    commands.command("test")(examine)


def show(ctx: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Show a connector, who may run it, and what QuickBooks said of itself in its last run.

    Example: qbferry connector show office
    """
    with desk(ctx).application() as app, app.database.read() as tx:
        row = tx.connectors.named(name)
        further = tx.connectors.users(row.id)
    _show(row, further, as_json)


def change(
    ctx: typer.Context,
    name: Name,
    new_name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Another name.")] = None,
    user: Annotated[
        str | None, typer.Option(help="Another user; write a new .qwc file for the Web Connector then.")
    ] = None,
    every: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=44_640,
            metavar="MINUTES",
            help="How often a new .qwc file lets it run by itself; 0: a person starts it.",
        ),
    ] = None,
    quiet: Annotated[
        str | None,
        typer.Option(
            metavar="HOURS",
            help='When it has nothing to do: "Mon-Fri 08:00-18:00 Europe/Berlin". An empty text: never.',
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Change a connector's name, user, schedule or quiet hours.

    In quiet hours no run begins, and one that goes on sends nothing new: no sync meets a bookkeeper who has
    the company file in single-user mode.

    Example: qbferry connector change office --quiet "Mon-Fri 08:00-18:00 Europe/Berlin"
    """
    from qbferry.desk import connectors

    if all(given is None for given in (new_name, user, every, quiet)):
        raise typer.BadParameter("Say what to change: --name, --user, --every or --quiet.")
    with desk(ctx).application() as app, app.database.write() as tx:
        row = connectors.change(tx, name, new_name=new_name, user=user, every_minutes=every, quiet=quiet)
        further = tx.connectors.users(row.id)
    _show(row, further, as_json)


def examine(ctx: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Say whether a connection works: what was seen of it last, and what is wrong.

    The last step of setting a connector up, after Update Selected in the Web Connector. The exit status is 1
    if something is wrong.

    Example: qbferry connector test office
    """
    from qbferry.desk.connection import Grade, connection

    with desk(ctx).application() as app, app.database.read() as tx:
        row = tx.connectors.named(name)
        runs = [run for run, _ in tx.runs.latest(row.id, 1)]
    findings = [*connection(row, runs[0] if runs else None)]
    if as_json:
        say_json(_view(row) | {"findings": [finding.as_json() for finding in findings]})
    else:
        for finding in findings:
            finding.tell(say)
    if any(finding.health is not Grade.WELL for finding in findings):
        raise typer.Exit(1)


def _show(row: ConnectorRow, further: Sequence[FurtherUser], as_json: bool) -> None:
    shown = _view(row) | {"further_users": [one.name for one in further]}
    if as_json:
        say_json(shown)
        return
    fields(
        {
            "Name": shown["name"],
            "User": shown["user"],
            "Further users": ", ".join(shown["further_users"]),
            "Default": shown["default"],
            "Paused": shown["paused"],
            "Every": row.every_minutes and f"{row.every_minutes} minutes",
            "Quiet hours": shown["quiet"],
            "Company": shown["company_name"],
            "Company file": shown["company_file"],
            "Has our mark": shown["has_mark"],
            "QuickBooks": shown["product"],
            "Country": shown["country"],
            "qbXML": shown["qbxml_version"],
            "Web Connector": shown["web_connector"],
            "Last seen": minute(shown["last_seen"]),
        }
    )


def _view(row: ConnectorRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "user": row.user_name,
        "default": row.is_default,
        "paused": row.paused,
        "every_minutes": row.every_minutes,
        "quiet": row.quiet,
        "company_name": row.company_name,
        "company_file": row.company_file,
        "has_mark": row.has_file_id,
        "product": row.product,
        "country": row.country or None,
        "qbxml_version": row.qbxml_version,
        "web_connector": row.client_version,
        "last_seen": row.last_seen_at and row.last_seen_at.isoformat(),
    }
