"""``qbferry found``: what QuickBooks has of ours and this database has forgotten."""

from __future__ import annotations

from typing import Annotated

import typer

from qbferry.cli.context import desk
from qbferry.cli.group import group
from qbferry.cli.options import AsJson, ConnectorName
from qbferry.output import done, say_json, table

__all__ = ["register"]

commands = group("See what QuickBooks has of this installation's that no record here has booked.")


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.add_typer(commands, name="found")


@commands.command("list")
def list_(ctx: typer.Context, connector: ConnectorName = None, as_json: AsJson = False) -> None:
    """List it. A record that is imported again claims its own when it is ready."""
    from qbferry.desk.found import standing

    with desk(ctx).application() as app, app.database.read() as tx:
        found = [
            {
                "kind": row.kind,
                "number": row.number,
                "txn_id": row.txn_id,
                "created": row.created,
                "found_at": row.at.isoformat(),
            }
            for row in standing(tx, connector)
        ]
    if as_json:
        say_json(found)
        return
    table(
        ["Kind", "Number or name", "TxnID", "Created"],
        ((one["kind"], one["number"], one["txn_id"], one["created"]) for one in found),
        nothing="QuickBooks has nothing of this installation's that is not booked, as far as it was asked.",
    )


@commands.command()
def dismiss(
    ctx: typer.Context,
    txn_ids: Annotated[list[str], typer.Argument(metavar="TXNID...", help="Its TxnID, or its ListID.")],
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """Let go of something: no record claims it any more, and the one that made it would be sent anew.

    Example: qbferry found dismiss 4A-1795679456
    """
    from qbferry.desk import found

    at = desk(ctx)
    with at.application() as app, app.database.write() as tx:
        found.dismiss(tx, connector, txn_ids, at.actor)
    done(f"Dismissed: {', '.join(txn_ids)}.", as_json=as_json, txn_ids=txn_ids)
