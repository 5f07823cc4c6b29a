"""``qbferry webhook``: who is sent what happens."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qbferry.cli.context import desk
from qbferry.cli.group import group
from qbferry.cli.options import AsJson
from qbferry.output import done, minute, notice, say, say_json, table

if TYPE_CHECKING:
    from qbferry.store.webhooks import WebhookRow

__all__ = ["register"]

Name = Annotated[str, typer.Argument(metavar="NAME", help="Its name; see qbferry webhook list.")]
AllKept = Annotated[bool, typer.Option("--all", help="Begin with the oldest event that is kept.")]

commands = group("Let other programs be sent what happens: outcomes, payments, alerts.")


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.add_typer(commands, name="webhook")


@commands.command()
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called here.")],
    url: Annotated[str, typer.Argument(metavar="URL", help="Where events are posted.")],
    all_kept: AllKept = False,
    as_json: AsJson = False,
) -> None:
    """Send a program every event from now on. The secret that signs them is made up and shown once.

    Example: qbferry webhook add billing https://billing.example.com/qbferry
    """
    from qbferry.desk import webhooks

    with desk(ctx).application(make=True) as app, app.database.write() as tx:
        row = webhooks.add(tx, name, url, all_kept=all_kept)
    done(f"{row.name} is sent what happens.", as_json=as_json, webhook=row.name, secret=row.secret)
    if not as_json:
        say(f"The secret: {row.secret}")
        notice("It is not shown again.")


@commands.command("list")
def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the webhooks, how far each has come, and what is wrong with it.

    Example: qbferry webhook list
    """
    with desk(ctx).looking() as tx:
        found = [_view(row) for row in tx.webhooks.everyone()]
    if as_json:
        say_json(found)
        return
    table(
        ["Webhook", "Address", "State", "Delivered", "Next", "What is wrong"],
        (
            (
                one["webhook"],
                one["url"],
                one["state"],
                minute(one["delivered_at"]),
                minute(one["due_at"]),
                one["error"],
            )
            for one in found
        ),
        nothing="There is no webhook; add one with: qbferry webhook add NAME URL",
    )


@commands.command("test")
def examine(ctx: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Send a webhook an event of the type webhook.test now, and say what it answers.

    Example: qbferry webhook test billing
    """
    from datetime import UTC

    from qbferry.desk import webhooks
    from qbferry.herald import delivery

    with desk(ctx).looking() as tx:
        row = webhooks.named(tx, name)
    status = delivery.examine(row, datetime.now(UTC))
    done(f"{row.name} answered with HTTP {status}.", as_json=as_json, webhook=row.name, status=status)


@commands.command()
def replay(
    ctx: typer.Context,
    name: Name,
    after: Annotated[
        str | None, typer.Option(metavar="EVENT", help="Begin behind this event; its id.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(help="Begin with what was booked at this time, or later; in UTC.")
    ] = None,
    all_kept: AllKept = False,
    as_json: AsJson = False,
) -> None:
    """Send a webhook events again, under the identities they had; or let one that was given up go on.

    Example: qbferry webhook replay billing --since 2026-10-31
    """
    from datetime import UTC

    from qbferry.desk import webhooks

    if (after is not None) + (since is not None) + all_kept > 1:
        raise typer.BadParameter("Give one of --after, --since and --all.")
    moment = since.replace(tzinfo=since.tzinfo or UTC) if since else None
    with desk(ctx).application() as app, app.database.write() as tx:
        row = webhooks.replay(tx, name, after=after, since=moment, all_kept=all_kept)
    done(f"{row.name} goes on with the next look.", as_json=as_json, webhook=row.name)


@commands.command()
def remove(ctx: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Send a webhook nothing any more, and forget its secret.

    Example: qbferry webhook remove billing
    """
    from qbferry.desk import webhooks

    with desk(ctx).application() as app, app.database.write() as tx:
        webhooks.remove(tx, name)
    done(f"{name} is sent nothing any more.", as_json=as_json, webhook=name)


def _view(row: WebhookRow) -> dict[str, Any]:
    return {
        "webhook": row.name,
        "url": row.url,
        "state": "disabled" if row.disabled_at else "failing" if row.tries else "on",
        "delivered_at": row.delivered_at.isoformat() if row.delivered_at else None,
        "due_at": row.due_at.isoformat() if row.tries and not row.disabled_at else None,
        "after": row.place or None,
        "tries": row.tries,
        "error": row.error,
    }
