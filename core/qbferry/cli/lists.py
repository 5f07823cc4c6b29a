"""``qbferry lists``: QuickBooks' lists as they are at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from qbferry.cli.context import desk
from qbferry.cli.group import group
from qbferry.cli.options import AsJson, ConnectorName
from qbferry.output import done, minute, say_json, table

if TYPE_CHECKING:
    from qbferry.desk.lists import KeptList
    from qbferry.model import ListEntry

__all__ = ["register"]

Kind = Annotated[str, typer.Argument(metavar="LIST", help="Customer, Vendor, Item, Account, …")]


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    commands = group("Show QuickBooks' lists as last read.", invoke_without_command=True)
    commands.callback()(lists)
    commands.command()(show)
    commands.command()(refresh)
    cli.add_typer(commands, name="lists")


def lists(ctx: typer.Context, connector: ConnectorName = None, as_json: AsJson = False) -> None:
    """Show QuickBooks' lists as last read: how many entries each has, and how old that is.

    Example: qbferry lists
    """
    if ctx.invoked_subcommand is not None:
        return
    from qbferry.desk import lists as work

    with desk(ctx).looking() as tx:
        found = [_view(one) for one in work.overview(tx, connector)]
    if as_json:
        say_json(found)
        return
    table(
        ["List", "Active", "Inactive", "Read", "Read whole", "Next"],
        (
            (
                one["list"],
                one["active"] if one["read_at"] else None,
                one["inactive"] if one["read_at"] else None,
                minute(one["read_at"]),
                minute(one["whole_at"]),
                "whole" if one["wanted"] else None,
            )
            for one in found
        ),
        nothing="There is no list.",
    )


def show(ctx: typer.Context, kind: Kind, connector: ConnectorName = None, as_json: AsJson = False) -> None:
    """Show the entries of a list, and what is kept of each.

    Example: qbferry lists show Customer
    """
    from qbferry.desk import lists as work

    with desk(ctx).looking() as tx:
        found = [_entry(one) for one in work.entries(tx, connector, kind)]
    if as_json:
        say_json(found)
        return
    table(
        ["Name", "Active", "ListID", "Also"],
        (
            (
                one["full_name"],
                one["active"],
                one["list_id"],
                ", ".join(f"{name}: {text}" for name, text in one["data"].items()),
            )
            for one in found
        ),
        nothing=f"QuickBooks has nothing in its list {kind}.",
    )


def refresh(
    ctx: typer.Context,
    kinds: Annotated[
        list[str] | None, typer.Argument(metavar="[LIST]...", help="Otherwise all that were ever read.")
    ] = None,
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """Have lists read whole in the next run of the Web Connector, which is made for that.

    Example: qbferry lists refresh Customer Vendor
    """
    from qbferry.desk import lists as work

    with desk(ctx).application() as app, app.database.write() as tx:
        wanted = work.refresh(tx, connector, kinds or [])
    done(f"The next run reads {', '.join(wanted)} whole.", as_json=as_json, lists=wanted)


def _view(one: KeptList) -> dict[str, Any]:
    return {
        "list": one.kind,
        "active": one.active,
        "inactive": one.inactive,
        "read_at": one.read_at and one.read_at.isoformat(),
        "whole_at": one.whole_at and one.whole_at.isoformat(),
        "wanted": one.wanted,
    }


def _entry(one: ListEntry) -> dict[str, Any]:
    return {
        "full_name": one.full_name,
        "active": one.is_active,
        "list_id": one.list_id,
        "data": dict(one.data),
    }
