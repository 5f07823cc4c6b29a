"""``qbferry connector route``: which organizations and resources belong to which company file."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from qbferry.cli.context import desk
from qbferry.cli.group import group
from qbferry.cli.options import AsJson
from qbferry.output import notice, say, say_json, table

if TYPE_CHECKING:
    from qbferry.desk.routing import Moved

__all__ = ["register"]

Connector = Annotated[str, typer.Argument(metavar="NAME", help="The connector's name.")]
Organization = Annotated[
    str | None, typer.Option(metavar="NAME", help="A customer, with all its jobs; or one job, Customer~Job.")
]
Resource = Annotated[str | None, typer.Option(metavar="NAME", help="Who works, or spends.")]


def register(commands: typer.Typer) -> None:
    """Add these commands."""
    routes = group("Say which organizations and resources belong to which connector.")
    routes.command("list")(list_)
    routes.command("set")(set_)
    routes.command("unset")(unset)
    commands.add_typer(routes, name="route")


def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List which organizations and resources belong to a connector; all others belong to the default one.

    Example: qbferry connector route list
    """
    with desk(ctx).application() as app, app.database.read() as tx:
        found = tx.routes.all()
    if as_json:
        say_json([{"kind": one.kind, "name": one.name, "connector": one.connector} for one in found])
        return
    table(
        ["Kind", "Name", "Connector"],
        ((one.kind, one.name, one.connector) for one in found),
        nothing="All records belong to the default connector.",
    )


def set_(
    ctx: typer.Context,
    connector: Connector,
    organization: Organization = None,
    resource: Resource = None,
    as_json: AsJson = False,
) -> None:
    """Let an organization or a resource belong to a connector.

    New invoices of the organization, or timesheets and expense reports of the resource, go there. Those that
    QuickBooks never had follow at once; those that it has, wholly or in part, stay where they are.

    Example: qbferry connector route set north --organization "Acme Corp"
    """
    from qbferry.desk import routing

    kind, name = _party(organization, resource)
    with desk(ctx).application() as app, app.database.write() as tx:
        moved = routing.set_route(tx, app.plugins, kind, name, connector)
    _tell(moved, as_json)


def unset(
    ctx: typer.Context, organization: Organization = None, resource: Resource = None, as_json: AsJson = False
) -> None:
    """Let an organization or a resource belong to the default connector again.

    Records that QuickBooks never had follow at once.

    Example: qbferry connector route unset --resource "Ann Smith"
    """
    from qbferry.desk import routing

    kind, name = _party(organization, resource)
    with desk(ctx).application() as app, app.database.write() as tx:
        moved = routing.unset_route(tx, app.plugins, kind, name)
    _tell(moved, as_json)


def _party(organization: str | None, resource: str | None) -> tuple[str, str]:
    if organization is not None and resource is None:
        return "organization", organization
    if resource is not None and organization is None:
        return "resource", resource
    raise typer.BadParameter("Give --organization NAME or --resource NAME: one of the two.")


def _tell(moved: Moved, as_json: bool) -> None:
    if as_json:
        say_json(asdict(moved))
        return
    say(moved.done)
    if moved.left:
        notice(moved.left)
