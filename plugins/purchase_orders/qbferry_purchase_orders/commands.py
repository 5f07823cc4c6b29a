"""``qbferry receive``: goods arrive, line by line."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from qbferry import InputError, desk_of, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qbferry_purchase_orders.state import OrderRecord

__all__ = ["receipt", "register"]

ENTITY = "purchase_order"
_PLAIN = re.compile(r"[0-9]{1,10}(\.[0-9]{1,5})?")
"""Not all that Python takes for a number, such as ``3_0`` and the digits of other scripts."""


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
    count = _count(quantity)
    view = desk_of(ctx).change(
        ENTITY,
        record_id,
        lambda record: receipt(cast("OrderRecord", record), line, count),
        connector=connector,
    )
    if as_json:
        typer.echo(json.dumps(view, indent=2))
    else:
        told = f"Purchase order {record_id}: {count:f} received on line {line}; {view['transfer_status']}."
        typer.echo(visible(told))


def receipt(record: OrderRecord, name: str, count: Decimal) -> Mapping[str, Any]:
    """The order's document after goods have arrived.

    Raises:
        InputError: Nothing can be received on it, or not so many.
    """
    order = record.document
    if not record.state.in_quickbooks:
        raise InputError(
            f"Purchase order {order.id} has not been transferred yet; set it ready, and receive its goods "
            "after the run. Nothing was changed."
        )
    if order.canceled:
        raise InputError(
            f"Purchase order {order.id} is canceled; nothing can be received on it. Nothing was changed."
        )
    line = order.line(name)
    if line is None:
        there = ", ".join(each.id for each in order.lines)
        raise InputError(
            f"Purchase order {order.id} has no line {name}; it has: {there}. Nothing was changed."
        )
    total = line.received + count
    if total > line.quantity:
        raise InputError(
            f"Line {name} of purchase order {order.id} has {line.quantity:f} ordered and {line.received:f} "
            f"received; {count:f} more are too many. Nothing was changed."
        )
    received = line.model_copy(update={"received": total})
    lines = tuple(received if each.id == name else each for each in order.lines)
    return order.model_copy(update={"lines": lines}).model_dump(mode="json")


def _count(text: str) -> Decimal:
    if not (_PLAIN.fullmatch(text) and Decimal(text)):
        raise InputError(
            f"{text} is not a quantity; give a number above 0 with at most five decimals, such as 2 or 0.5."
        )
    return Decimal(text)
