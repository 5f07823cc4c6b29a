"""``qbferry alerts``: what a person must hear of."""

from __future__ import annotations

from typing import Annotated

import typer

from qbferry.cli.context import desk
from qbferry.cli.group import group
from qbferry.cli.options import AsJson, ConnectorName
from qbferry.output import done, minute, say_json, table

__all__ = ["register"]

commands = group("Show what needs a person, until it is dismissed.", invoke_without_command=True)


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.add_typer(commands, name="alerts")


@commands.callback()
def list_(ctx: typer.Context, connector: ConnectorName = None, as_json: AsJson = False) -> None:
    """Show what needs a person, the oldest first; what comes right by itself goes away by itself.

    Example: qbferry alerts
    """
    if ctx.invoked_subcommand is not None:
        return
    from qbferry.desk import alerts

    with desk(ctx).application() as app, app.database.read() as tx:
        found = alerts.standing(tx, connector)
    if as_json:
        say_json(found)
        return
    table(
        ["Alert", "At", "Kind", "Record", "What"],
        (
            (
                one["alert"],
                minute(one["at"]),
                one["kind"],
                f"{one['entity']} {one['id'] or ''}".strip(),
                one["text"],
            )
            for one in found
        ),
        nothing="Nothing needs a person.",
    )


@commands.command("test")
def examine(ctx: typer.Context, connector: ConnectorName = None, as_json: AsJson = False) -> None:
    """Send an alert that says that it is a test, to wherever the alerts of a connector go.

    Example: qbferry alerts test --connector office
    """
    from datetime import UTC, datetime

    from qbferry.errors import ConfigError
    from qbferry.herald import Post, Sending

    place = desk(ctx)
    with place.application() as app, app.database.read() as tx:
        name = tx.connectors.named(connector).name
    post, now = Post(place.settings.alerts), datetime.now(UTC)
    places = post.places(name)
    if not places:
        raise ConfigError("Alerts go nowhere yet; set mail_to or webhook_url in [alerts].")
    link = f"{place.settings.public_url}/connectors/{name}"
    told = {"kind": "test", "at": now.isoformat(), "text": "This is a test; alerts arrive.", "link": link}
    said = post.send(Sending(f"test-{now:%Y%m%d%H%M%S}", now, name, [told]), set())
    done(" ".join(said), as_json=as_json, places=places, said=said)


@commands.command()
def dismiss(
    ctx: typer.Context,
    alert: Annotated[int, typer.Argument(metavar="ALERT", help="Its number in the list.")],
    as_json: AsJson = False,
) -> None:
    """Say that an alert was seen to.

    Example: qbferry alerts dismiss 7
    """
    from qbferry.desk import alerts

    with desk(ctx).application() as app, app.database.write() as tx:
        alerts.dismiss(tx, alert)
    done(f"Alert {alert} is dismissed.", as_json=as_json, alert=alert)
