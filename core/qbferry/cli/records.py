"""``qbferry ready``, ``not-ready``, ``clear-external-number``, ``list``, ``show`` and ``preview``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qbferry.cli.context import desk
from qbferry.cli.history import history_table
from qbferry.cli.options import AsJson, ConnectorName, EntityName, RecordId
from qbferry.errors import InputError
from qbferry.output import fields, minute, notice, say, say_block, say_json, say_json_array, table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qbferry.desk.drawer import Drawer
    from qbferry.desk.readiness import Verdict
    from qbferry.model import Column

__all__ = ["register"]

MOST_ROWS = 200
"""Rows of a table when no limit is given; nobody reads more."""

Ids = Annotated[list[str] | None, typer.Argument(metavar="ID…", help="The records' ids.")]
All = Annotated[bool, typer.Option("--all", help="All that it applies to, instead of ids.")]
Batch = Annotated[str | None, typer.Option(metavar="BATCH", help="All of a batch, instead of ids.")]


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.command()(ready)
    cli.command("not-ready")(not_ready)
    cli.command("clear-external-number")(clear_external_number)
    cli.command("list")(list_)
    cli.command()(show)
    cli.command()(preview)


def ready(
    ctx: typer.Context,
    entity: EntityName,
    ids: Ids = None,
    everything: All = False,
    batch: Batch = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Send transferred records again without being asked.")
    ] = False,
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """Set records ready, in the order given: they go with the next run.

    --all and --batch take those that are Not Transferred. A record that QuickBooks has already becomes a
    duplicate there, so it takes its id, and a confirmation.

    Example: qbferry ready invoice INV-1001 INV-1002
    """
    from qbferry.desk import readiness
    from qbferry.model import TransferStatus

    wanted = _one_way(ids, everything, batch)
    confirmed: list[str] | None = None
    if wanted and not yes:
        # Asked before the records are locked: a person may take their time.
        with desk(ctx).drawer(entity, connector) as drawer:
            warnings = list(readiness.questions(drawer, drawer.find(wanted)))
        confirmed = wanted if warnings and _confirm(warnings) else []
    with desk(ctx).drawer(entity, connector, write=True) as drawer:
        rows = drawer.find(wanted) if wanted else drawer.sweep([TransferStatus.NOT_TRANSFERRED], batch)
        verdicts = list(readiness.set_ready(drawer, rows, confirmed))
    _report(drawer, verdicts, "set ready", as_json=as_json)
    if wanted and any(verdict.refused for verdict in verdicts):
        raise typer.Exit(1)


def not_ready(
    ctx: typer.Context,
    entity: EntityName,
    ids: Ids = None,
    everything: All = False,
    batch: Batch = None,
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """Set records not ready: they stay here, and failed ones are not tried again.

    --all and --batch take those that are Pending or Pending/Failed.

    Example: qbferry not-ready invoice --batch 2026-10
    """
    from qbferry.desk import readiness

    wanted = _one_way(ids, everything, batch)
    with desk(ctx).drawer(entity, connector, write=True) as drawer:
        rows = drawer.find(wanted) if wanted else drawer.sweep(readiness.WAITING, batch)
        verdicts = list(readiness.set_not_ready(drawer, rows))
    _report(drawer, verdicts, "set not ready", as_json=as_json)
    if any(verdict.refused for verdict in verdicts):
        raise typer.Exit(1)


def clear_external_number(
    ctx: typer.Context,
    entity: EntityName,
    ids: Annotated[list[str], typer.Argument(metavar="ID…", help="The records' ids.")],
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """Clear the number that transferred records have in QuickBooks, so that they can be set ready once more.

    Delete them in QuickBooks first, or they will be there twice. The transfer history keeps the old numbers.

    Example: qbferry clear-external-number purchase_order PO-5
    """
    from qbferry.desk import numbers

    with desk(ctx).drawer(entity, connector, write=True) as drawer:
        verdicts = list(numbers.clear(drawer, drawer.find(ids)))
    _report(drawer, verdicts, "cleared", as_json=as_json)
    if any(verdict.refused for verdict in verdicts):
        raise typer.Exit(1)


def list_(
    ctx: typer.Context,
    entity: EntityName,
    status: Annotated[
        str, typer.Option(help="Not Transferred, Pending, Pending/Failed or Transferred; blank is all.")
    ] = "",
    batch: Batch = None,
    limit: Annotated[int | None, typer.Option(min=0, help="Show so many; 0 is all.")] = None,
    offset: Annotated[int, typer.Option(min=0, help="Leave so many out first.")] = 0,
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """List records with their transfer status, in the order they arrived.

    Example: qbferry list invoice --status pending/failed
    """
    from qbferry.desk import lookup

    wanted = lookup.status_named(status)
    most = limit or None if limit is not None or as_json else MOST_ROWS
    with desk(ctx).shelf(entity, connector) as shelf:
        found = lookup.records(shelf, status=wanted, batch=batch, limit=most, offset=offset)
        if as_json:
            say_json_array(found)
            return
        rows = list(found)
        total = lookup.count(shelf, status=wanted, batch=batch)
        columns = lookup.columns(shelf)
    table(
        [
            "ID",
            "Batch",
            "Transfer date",
            "Number",
            *(column.heading for column in columns),
            "Note",
        ],
        (
            [
                row["id"],
                row["batch"],
                _moment(row),
                row["ref_number"],
                *(_shown(column, row[column.name]) for column in columns),
                _note(row),
            ]
            for row in rows
        ),
        nothing=f"There are no {shelf.kind.plural.lower()} like that.",
    )
    if total > offset + len(rows):
        notice(f"Shown: {len(rows)} of {total}. Use --limit and --offset for others; --limit 0 shows all.")


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
        document = row.document
        lines = lookup.history(shelf.tx, shelf.row.id, entity=entity, pk=row.pk)
    if as_json:
        say_json(seen | {"document": document, "history": lines})
        return
    fields({name.replace("_", " "): value for name, value in seen.items()})
    say_block("\nRecord")
    say_json(document)
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


def _one_way(ids: list[str] | None, everything: bool, batch: str | None) -> list[str]:
    """The ids; empty for all or a batch."""
    if bool(ids) + everything + (batch is not None) != 1:
        raise typer.BadParameter("Give ids, or --all, or --batch BATCH: one of the three.")
    return ids or []


def _confirm(warnings: Sequence[str]) -> bool:
    """Ask a person, whether standard input is a terminal or not.

    Raises:
        InputError: The answer is not yes, or there is none.
    """
    for warning in warnings:
        notice(warning)
    sys.stderr.write("Send again? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        return True
    raise InputError(
        "It was not confirmed, so nothing was changed. Use --yes to confirm without being asked."
    )


def _report(drawer: Drawer, verdicts: Iterable[Verdict], done: str, *, as_json: bool) -> None:
    seen = list(verdicts)
    if as_json:
        say_json(
            [
                {
                    "id": one.id,
                    "transfer_status": str(one.status),
                    "changed": one.changed,
                    "refused": one.refused,
                    "reason": one.reason or None,
                }
                for one in seen
            ]
        )
        return
    changed = sum(one.changed for one in seen)
    say(
        f"{drawer.kind.plural} {done}: {changed}."
        + (f" Others: {len(seen) - changed}." if changed < len(seen) else "")
    )
    for one in seen:
        if one.reason:
            notice(f"{one.id}: {one.reason}")


def _moment(row: dict[str, Any]) -> str:
    """The transfer date column: when, and the status of what is on its way."""
    waiting = row["transfer_status"] if row["transfer_status"].startswith("Pending") else ""
    return f"{minute(row['transfer_date'])} {waiting}".strip()


def _shown(column: Column, value: Any) -> Any:
    from qbferry.model import Kind

    return minute(value) if column.kind is Kind.MOMENT else value


def _note(row: dict[str, Any]) -> str:
    notes = (
        f"Waits for plugin {row['waits_for']}." if row["waits_for"] else "",
        "Changed since transfer." if row["changed_since_transfer"] else "",
        row["reason"],
        row["not_ready_reason"],
    )
    return " ".join(filter(None, notes))
