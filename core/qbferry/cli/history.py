"""``qbferry history`` and ``qbferry runs``: what became of what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from qbferry.cli.context import desk
from qbferry.cli.group import group
from qbferry.cli.options import AsJson, ConnectorName
from qbferry.output import done, minute, notice, page, say, say_json, table, width

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["history_table", "register"]

HEADINGS = ("At", "Record", "What", "Who", "Request", "In QuickBooks", "Reason")
ELASTIC = {"Who", "Request", "Reason"}
SPARE = {"Who": 2, "Request": 3}
"""Which columns of the history are cut and left out where there is no room."""


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.command()(history)
    runs_commands = group("Show the Web Connector's runs.", invoke_without_command=True)
    runs_commands.callback()(runs)
    runs_commands.command("end")(end)
    cli.add_typer(runs_commands, name="runs")


def history(
    ctx: typer.Context,
    entity: Annotated[str | None, typer.Argument(metavar="[ENTITY]", help="Of one kind of record.")] = None,
    record_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Of one record.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only what failed.")] = False,
    wide: Annotated[bool, typer.Option("--wide", help="Nothing cut.")] = False,
    limit: Annotated[int, typer.Option(min=0, help="The latest so many lines; 0 is all.")] = 100,
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """Show the transfer history, the latest first, a line each.

    Example: qbferry history invoice --failed
    """
    from qbferry.desk import lookup
    from qbferry.desk.shelf import Shelf

    with desk(ctx).looking() as tx:
        pk = None
        connector_id = tx.connectors.named(connector).id
        if entity is not None:
            shelf = Shelf.open(tx, desk(ctx).kinds, entity, connector)
            pk = shelf.find([record_id])[0].pk if record_id is not None else None
        lines = lookup.history(tx, connector_id, entity=entity, pk=pk, failed=failed, limit=limit or None)
    if as_json:
        say_json(lines)
        return
    if not lines:
        say("Nothing has failed." if failed else "Nothing was transferred yet.")
        return
    from qbferry.cli.lines import Listed, fit

    columns = [
        Listed(heading, heading, elastic=heading in ELASTIC, spare=SPARE.get(heading, 0))
        for heading in HEADINGS
    ]
    shown = fit(columns, map(_cells, lines), None if wide else width())
    page(shown.lines)
    if shown.cut or shown.left_out:
        notice("What has no room is cut or left out. --wide shows it.")


def runs(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(min=0, help="The latest so many; 0 is all.")] = 20,
    connector: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of one connector; otherwise of all.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the Web Connector's runs, the latest first.

    Example: qbferry runs --limit 5
    """
    if ctx.invoked_subcommand is not None:
        return
    from qbferry.desk import lookup

    with desk(ctx).looking() as tx:
        key = tx.connectors.named(connector).id if connector is not None else None
        found = lookup.runs(tx, key, limit or None)
    if as_json:
        say_json(found)
        return
    table(
        ["Run", "Connector", "Started", "Ended", "State", "Due", "Sent", "Failed", "Note"],
        (
            (
                run["run"],
                run["connector"],
                minute(run["started_at"]),
                minute(run["ended_at"]),
                run["state"],
                run["due"],
                run["sent"],
                run["failed"],
                _note(run),
            )
            for run in found
        ),
        nothing="There was no run yet.",
    )


def _note(run: dict[str, Any]) -> str:
    user = f"By {run['user']}." if run["user"] else None
    slowest = f"Slowest: {run['slowest']}." if run["slowest"] else None
    return " ".join(filter(None, (user, run["error"], *run["unread"], slowest)))


def end(
    ctx: typer.Context,
    run: Annotated[int, typer.Argument(metavar="RUN", help="Its number in the list.")],
    as_json: AsJson = False,
) -> None:
    """End a run that goes on, so that the next Web Connector need not wait for it.

    Nothing is lost: what was on its way is asked about in the next run, and an answer to it still counts.

    Example: qbferry runs end 12
    """
    from qbferry.desk import connectors

    with desk(ctx).application() as app, app.database.write() as tx:
        name = connectors.end_run(tx, run)
    done(f"Run {run} of the connector {name} is over.", as_json=as_json, run=run, connector=name)


def history_table(lines: Sequence[dict[str, Any]]) -> None:
    """Write lines of the history for people, or that there are none."""
    table(HEADINGS, map(_cells, lines), nothing="Nothing was transferred yet.")


def _cells(line: dict[str, Any]) -> tuple[Any, ...]:
    return (
        minute(line["at"]),
        f"{line['entity']} {line['id']}",
        line["kind"],
        line["actor"],
        " ".join(filter(None, (line["request"], line["label"]))),
        line["ref_number"],
        line["reason"],
    )
