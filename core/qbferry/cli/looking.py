"""``qbferry show`` and ``preview``: one record, and what would be sent of it."""

from __future__ import annotations

import typer

from qbferry.cli.context import desk
from qbferry.cli.history import history_table
from qbferry.cli.options import AsJson, ConnectorName, EntityName, RecordId
from qbferry.output import fields, minute, notice, say, say_block, say_json

__all__ = ["register"]


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.command()(show)
    cli.command()(preview)


def show(
    ctx: typer.Context,
    entity: EntityName,
    record_id: RecordId,
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """Show a record and its transfer history.

    Example: qbferry show invoice INV-1001
    """
    from qbferry.desk import lookup

    with desk(ctx).shelf(entity, connector) as shelf:
        [row] = shelf.find([record_id])
        seen = lookup.view(shelf, row)
        document, state = row.document, row.state
        lines = lookup.history(shelf.tx, shelf.row.id, entity=entity, pk=row.pk)
    if as_json:
        say_json(seen | {"document": document, "state": state, "history": lines})
        return
    seen["transfer_date"] = minute(seen["transfer_date"])
    fields({name.replace("_", " "): value for name, value in seen.items()})
    say_block("\nRecord")
    say_json(document)
    if state:
        say_block("\nWhat is remembered of it")
        say_json(state)
    say_block("\nTransfer history, the latest first")
    history_table(lines)


def preview(
    ctx: typer.Context,
    entity: EntityName,
    record_id: RecordId,
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """Show the qbXML a record would be sent as, and what keeps it from going. Sends nothing.

    Example: qbferry preview invoice INV-1001
    """
    from qbferry.desk.preview import preview as look

    with desk(ctx).drawer(entity, connector) as drawer:
        [row] = drawer.find([record_id])
        found = look(drawer, row)
    if as_json:
        say_json({"id": record_id, "qbxml": found.qbxml or None, "problem": found.problem})
    elif found.qbxml:
        from qbferry.qbxml.layout import lay_out

        say_block(lay_out(found.qbxml))
    elif not found.problem:
        say(f"QuickBooks has all of {record_id}; the next run notes it and sends nothing.")
    if found.problem:
        if not as_json:
            notice(f"{record_id} would not go: {found.problem}")
        raise typer.Exit(1)
