"""``qbferry serve``, ``migrate`` and ``plugins``: the installation itself."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from qbferry.cli.context import desk
from qbferry.cli.options import AsJson
from qbferry.output import done, say_json, table

__all__ = ["register"]


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.command()(serve)
    cli.command()(migrate)
    cli.command()(plugins)


def serve(
    ctx: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen at; otherwise server.host.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port; 0 takes a free one; otherwise server.port.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Server processes; otherwise server.workers.")
    ] = None,
) -> None:
    """Serve the Web Connector until Ctrl-C or SIGTERM, which let calls in progress finish.

    Example: qbferry serve --port 8080
    """
    from qbferry.cli.serving import serve as work

    place = desk(ctx)
    server = place.settings.server
    work(
        place,
        server.host if host is None else host,
        server.port if port is None else port,
        server.workers if workers is None else workers,
    )


def migrate(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Bring the database up to date. SQLite files are brought up to date by every command."""
    from qbferry.app import migrate as work

    changed = work(desk(ctx).settings)
    told = "The database is up to date now." if changed else "The database was up to date."
    done(told, as_json=as_json, changed=changed)


def plugins(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the installed plugins, and which of them run.

    Which run is said in the settings: [plugins] enabled = ["invoices"]. Without it, those that come with
    qbferry do.
    """
    from qbferry.plugin import discovery
    from qbferry.plugin.manager import assemble

    settings = desk(ctx).settings.plugins
    running = assemble(settings)
    found: list[dict[str, Any]] = [
        {
            "name": plugin.name,
            "version": plugin.version,
            "distribution": plugin.distribution,
            "enabled": plugin.name in running.names,
            "entities": [name for name in running.entities if running.owner(name) == plugin.name],
            "source": plugin.point.value,
        }
        for plugin in discovery.installed().values()
    ]
    if as_json:
        say_json(found)
        return
    table(
        ["Name", "Version", "Enabled", "Entities", "From"],
        (
            (
                one["name"],
                one["version"],
                one["enabled"],
                ", ".join(one["entities"]),
                f"{one['distribution']} ({one['source']})",
            )
            for one in found
        ),
        nothing="No plugin is installed.",
    )
