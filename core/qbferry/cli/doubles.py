"""``qbferry doubles``: what QuickBooks has twice, and the deletion of what is not booked."""

from __future__ import annotations

from typing import Annotated

import typer

from qbferry.cli.context import desk
from qbferry.cli.group import group
from qbferry.cli.options import AsJson, ConnectorName
from qbferry.output import done, say_json, table

__all__ = ["register"]

commands = group("Look at what QuickBooks has twice, and have it deleted.")


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.add_typer(commands, name="doubles")


@commands.command("list")
def list_(ctx: typer.Context, connector: ConnectorName = None, as_json: AsJson = False) -> None:
    """List the transactions that QuickBooks has beside the booked ones."""
    from qbferry.desk import doubles

    with desk(ctx).application() as app, app.database.read() as tx:
        found = doubles.found(tx, connector)
    if as_json:
        say_json(found)
        return
    table(
        ["TxnID", "Number", "Record", "Booked as", "Booked number", "To be deleted", "Problem"],
        (
            (
                one["txn_id"],
                one["number"],
                f"{one['entity']} {one['id']}",
                one["booked_txn_id"],
                one["booked_number"],
                one["to_be_deleted"],
                one["problem"],
            )
            for one in found
        ),
        nothing="QuickBooks has nothing twice, as far as is known.",
    )


@commands.command()
def delete(
    ctx: typer.Context,
    txn_id: Annotated[str, typer.Argument(metavar="TXNID", help="The TxnID of the one that is not booked.")],
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """Have a double deleted in QuickBooks: in the next run, if the booked one is there then.

    Example: qbferry doubles delete 1A3-1790000000
    """
    from qbferry.desk import doubles

    with desk(ctx).application() as app, app.database.write() as tx:
        text = doubles.delete(tx, connector, txn_id)
    done(text, as_json=as_json, txn_id=txn_id)
