"""``qbferry import`` and ``qbferry schema``: records come in, and what they must look like."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qbferry.cli.context import desk
from qbferry.cli.options import AsJson, ConnectorName, EntityName
from qbferry.cli.progress import progress
from qbferry.errors import InputError
from qbferry.output import notice, say, say_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from qbferry.intake import ImportReport
    from qbferry.intake.reading import Reading
    from qbferry.model import Entity

__all__ = ["register"]


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.command("import")(import_)
    cli.command()(schema)


def import_(
    ctx: typer.Context,
    entity: EntityName,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="JSON Lines, CSV, or an Excel workbook; - is standard input."),
    ],
    columns: Annotated[
        Path | None,
        typer.Option("--map", metavar="FILE", help="Which column is which field; see --suggest-map."),
    ] = None,
    suggest_map: Annotated[
        Path | None,
        typer.Option("--suggest-map", metavar="FILE", help="Write a map of this table, and take nothing in."),
    ] = None,
    dates: Annotated[
        str | None,
        typer.Option("--dates", help="How a table writes dates: iso, us, eu, or like %d.%m.%Y."),
    ] = None,
    ready: Annotated[
        bool, typer.Option("--ready", help="Set those ready that were never transferred and are eligible.")
    ] = False,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="Take a file without any record for a good one.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would become of them; nothing is changed.")
    ] = False,
    connector: ConnectorName = None,
    separate: Annotated[
        bool,
        typer.Option(
            "--separate", help="With --connector: others than those of the same ids in other connectors."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take records in: all of them, or none if one does not fit.

    A file has one JSON object a line, or it is a table, CSV or .xlsx: rows that follow one another and have
    the same id, or none, are one record. A table's headings are the names of fields, such as lines.amount, or
    a map says which is which; --suggest-map october.toml writes one for you to look through.

    What does not fit is told with its line and its field, counted from 1: lines[3].amount is the amount of a
    record's third line. Of a table it is told with row and column.

    A record that is there already, by its id, is changed. One that QuickBooks has is marked as changed since
    its transfer; nothing is sent again by itself. Without --connector, one that another connector has is
    changed there, and a new one goes to the connector of its organization or resource (qbferry connector
    route), else to the default one. See qbferry schema ENTITY for the fields.

    Example: qbferry import invoice october.jsonl --ready
    """
    from qbferry.cli import tables
    from qbferry.intake import bring_in
    from qbferry.intake.table import is_table

    place = desk(ctx)
    if suggest_map:
        tables.suggest(place, entity, file, suggest_map)
        return
    with place.application() as app:
        opener = place.opener(app, entity, connector)
        if columns or dates or is_table(file.name):
            opened = tables.opened(file, columns, dates)
        else:
            opened = _lines(file)
        with opened as read:
            report = bring_in(
                app.database,
                opener,
                read,
                ready=ready,
                anywhere=connector is None,
                separate=separate,
                dry_run=dry_run,
            )
        kind = app.plugins.entities[entity]
    if not (report.created or report.changed or report.unchanged or allow_empty):
        place_of = "standard input" if file == Path("-") else f"the file {file}"
        raise InputError(f"There is no record in {place_of}. If that is as it should be, use --allow-empty.")
    if as_json:
        say_json(report.view())
    else:
        _tell(kind, report)
        if dry_run:
            notice("That is what would become of them; nothing was changed.")


def schema(
    ctx: typer.Context,
    entity: EntityName,
    as_json: Annotated[bool, typer.Option("--json", help="It is JSON anyway.")] = False,  # noqa: ARG001
) -> None:
    """Print the JSON Schema of an entity's records.

    Example: qbferry schema invoice
    """
    from qbferry.desk.kinds import entity_named
    from qbferry.plugin.manager import assemble

    kind = entity_named(assemble(desk(ctx).settings.plugins), entity)
    say_json(kind.document.model_json_schema())


@contextmanager
def _lines(file: Path) -> Iterator[Callable[[Entity], Reading]]:
    """The lines of a file or of standard input, with progress by bytes where someone watches."""
    from qbferry.intake import JsonLines

    if file == Path("-"):
        yield lambda _: JsonLines(sys.stdin.buffer)
        return
    try:
        with file.open("rb") as stream, progress("Reading", file.stat().st_size) as advance:
            lines = _counted(stream, advance)
            yield lambda _: JsonLines(lines)
    except OSError as error:
        raise InputError(
            f"The file {file} cannot be read: {error.strerror}. Correct its name, or its rights."
        ) from error


def _counted(lines: Any, advance: Callable[[int], None]) -> Iterator[bytes]:
    seen = 0
    for line in lines:
        seen += len(line)
        if seen > 1 << 20:
            advance(seen)
            seen = 0
        yield line


def _tell(entity: Entity, report: ImportReport) -> None:
    from qbferry.desk.drawer import name_some

    say(
        f"{entity.plural}: {report.created} new, {report.changed} changed, {report.unchanged} unchanged; "
        f"{report.ready} set ready."
    )
    if len(report.connectors) > 1:
        say("Of these " + ", ".join(f"{count} for {name}" for name, count in report.connectors.items()) + ".")
    for name, reason in report.not_ready:
        notice(f"{name} was not set ready: {reason}")
    for name in report.changed_since_transfer:
        notice(f"{name} has changed since QuickBooks got it; it is not sent again by itself.")
    for name in report.pending_again:
        notice(f"{name} was transferred before; its change goes with the next run.")
    for name in report.taken_out:
        notice(f"{name} was ready, and after this change it does not go any more.")
    for name, ids in report.elsewhere.items():
        notice(f"The connector {name} has these already, and they were taken in there: {name_some(ids)}.")
