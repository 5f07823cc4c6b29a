"""``qbferry sources``: where records come from by themselves."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qbferry.cli.context import desk
from qbferry.cli.group import group
from qbferry.cli.options import AsJson
from qbferry.output import done, minute, notice, say, say_json, table

if TYPE_CHECKING:
    from qbferry.model import Source
    from qbferry.sources import Progress
    from qbferry.store.transaction import Transaction

__all__ = ["register"]

commands = group("Read records from where they come from by themselves, such as Autotask.")

Name = Annotated[str, typer.Argument(metavar="SOURCE", help="Its name; see qbferry sources list.")]


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.add_typer(commands, name="sources")


@commands.command("list")
def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the sources of the plugins that run, how far each was read, and what is wrong with it.

    Example: qbferry sources list
    """
    with desk(ctx).application() as app, app.database.read() as tx:
        found = [_view(tx, source) for source in app.plugins.supply.declared.values()]
        waiting = {one["source"]: tx.sources.refusals(one["source"], 20) for one in found if one["refused"]}
    if as_json:
        say_json(found)
        return
    table(
        ["Source", "Records", "Every", "Read", "Next", "Taken in", "Refused", "What is wrong"],
        (
            (
                one["source"],
                one["entity"],
                str(timedelta(seconds=one["every_seconds"])),
                minute(one["read_at"]),
                minute(one["due_at"]),
                one["taken"],
                one["refused"],
                one["error"],
            )
            for one in found
        ),
        nothing="No plugin that is enabled has a source.",
    )
    for name, rows in waiting.items():
        for row in rows:
            notice(f"{name} {row.id}: {row.reason or 'it is with QuickBooks, and taken in after the run.'}")


@commands.command("run")
def run_(
    ctx: typer.Context,
    source: Annotated[
        str | None, typer.Argument(metavar="[SOURCE]", help="Its name; otherwise all, one after the other.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read a source to its end now, whether it is due or not.

    What was taken in until something fails stays, and the next time goes on from there.

    Example: qbferry sources run autotask.invoices
    """
    from qbferry.errors import HookError
    from qbferry.sources import Reader

    told: list[dict[str, Any]] = []
    failed: HookError | None = None
    with desk(ctx).application() as app:
        reader = Reader(app.database, app.plugins, app.settings.transfer.on_error)
        for name in [source] if source else [*app.plugins.supply.declared]:
            try:
                read = reader.run(name, partial(_show, name))
            except HookError as error:
                failed = error
                told.append({"source": name, "error": str(error)})
                if not as_json:
                    notice(str(error))
                continue
            told.append({"source": name} | asdict(read))
            if not as_json:
                say(_sentence(name, read))
    if as_json:
        say_json(told)
    if failed is not None:
        raise typer.Exit(1)


@commands.command("reset")
def reset_(ctx: typer.Context, source: Name, as_json: AsJson = False) -> None:
    """Let a source be read from its beginning again; records that are there stay, each once.

    Example: qbferry sources reset autotask.invoices
    """
    from datetime import UTC, datetime

    from qbferry.sources.reader import reset, source_named

    with desk(ctx).application() as app, app.database.write() as tx:
        reset(tx, source_named(app.plugins, source), datetime.now(UTC))
    done(f"The source {source} is read from its beginning the next time.", as_json=as_json, source=source)


def _show(name: str, so_far: Progress) -> None:
    if so_far.more:
        notice(f"{name}: {so_far.documents} so far.")


def _sentence(name: str, read: Progress) -> str:
    refused = f" {read.refused} could not be taken in; see qbferry sources list." if read.refused else ""
    return f"{name}: {read.created} new, {read.changed} changed, {read.unchanged} unchanged.{refused}"


def _view(tx: Transaction, source: Source) -> dict[str, Any]:
    row = tx.sources.named(source.name)
    return {
        "source": source.name,
        "entity": source.entity,
        "every_seconds": int(source.every.total_seconds()),
        "ready": source.ready,
        "read_at": row.read_at.isoformat() if row and row.read_at else None,
        "due_at": row.due_at.isoformat() if row else None,
        "taken": row.taken if row else 0,
        "refused": tx.sources.refused().get(source.name, 0),
        "tries": row.tries if row else 0,
        "error": row.error if row else None,
    }
