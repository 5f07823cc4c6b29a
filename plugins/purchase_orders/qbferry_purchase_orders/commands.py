"""``qbferry receive``: goods arrive, line by line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, cast

import typer

from qbferry import InputError, desk_of, visible
from qbferry_purchase_orders import edits

if TYPE_CHECKING:
    from qbferry_purchase_orders.state import OrderRecord

__all__ = ["register"]

ENTITY = "purchase_order"


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command()(receive)


def receive(
    ctx: typer.Context,
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="Always purchase_order.")],
    record_id: Annotated[str, typer.Argument(metavar="ID", help="The purchase order's id.")],
    line: Annotated[str, typer.Option(metavar="LINE", help="The id of the line that was received.")],
    quantity: Annotated[str, typer.Option(metavar="QUANTITY", help="How many have arrived now.")],
    connector: Annotated[
        str | None,
        typer.Option("--connector", metavar="NAME", help="The connector; otherwise the default one."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a sentence.")] = False,
) -> None:
    """Note goods that arrived for a transferred purchase order; the next run tells QuickBooks.

    Example: qbferry receive purchase_order PO-5 --line 1 --quantity 2
    """
    if entity != ENTITY:
        raise InputError(f"Goods are received for a {ENTITY}, not for: {entity}.")
    count = edits.count(quantity)
    view = desk_of(ctx).change(
        ENTITY,
        record_id,
        lambda record: edits.receipt(cast("OrderRecord", record), line, count),
        connector=connector,
    )
    if as_json:
        typer.echo(json.dumps(view, indent=2))
    else:
        told = f"Purchase order {record_id}: {count:f} received on line {line}; {view['transfer_status']}."
        typer.echo(visible(told))
