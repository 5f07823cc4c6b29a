"""``qbferry export``: records with what became of them, for a spreadsheet or a program."""

from __future__ import annotations

import csv
import json
import sys
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from qbferry.cli.context import desk
from qbferry.cli.options import ConnectorName, EntityName
from qbferry.cli.progress import progress
from qbferry.errors import ConfigError, InputError
from qbferry.output import notice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qbferry.model import Entity

__all__ = ["register"]

RESULTS = ("transfer_status", "ref_number", "txn_id", "transfer_date", "paid_date", "reason")


class Format(StrEnum):
    """How the file is written."""

    CSV = "csv"
    JSONL = "jsonl"
    XLSX = "xlsx"


def register(cli: typer.Typer) -> None:
    """Add the command."""
    cli.command("export")(export)


def export(
    ctx: typer.Context,
    entity: EntityName,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where it goes; - is standard output.")
    ] = Path("-"),
    written: Annotated[Format | None, typer.Option("--format", help="Else by the file's ending.")] = None,
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="NAME=VALUE", help="Only those of which it is so; may be repeated."),
    ] = None,
    connector: ConnectorName = None,
) -> None:
    """Write records with what became of them, as a file that qbferry import takes in again.

    A table has a column for each field and a row for each entry of a list. What QuickBooks says is in the
    columns that begin with quickbooks., or under that name in JSON; import leaves it alone.

    Conditions are those of the search page: status, never, party, date_from, date_to, amount_from, amount_to,
    transferred_from, transferred_to, number, batch, reason, in_doubt, needs_resync.

    Example: qbferry export invoice --where status=Transferred -o october.xlsx
    """
    from qbferry.desk import browsing
    from qbferry.desk.kinds import declared
    from qbferry.desk.shelf import Shelf

    form = written or next((one for one in Format if output.suffix == f".{one}"), Format.JSONL)
    if form is Format.XLSX and output == Path("-"):
        raise InputError("A workbook needs a file; give one with --output.")
    count = 0
    with desk(ctx).application() as app, app.database.read() as tx:
        shelf = Shelf.open(tx, declared(app.plugins), entity, connector)
        kind = app.plugins.entities.get(entity)
        if kind is None:
            raise ConfigError(f"The plugin of {entity} does not run; enable it first.")
        search = browsing.asked(shelf.kind, dict(map(_condition, where or ()))).search
        with (
            _writer(form, output, kind) as write,
            progress("Writing", browsing.total(shelf, search)) as advance,
        ):
            for row, seen in browsing.everything(shelf, search):
                write(row.document, {name: seen[name] for name in RESULTS})
                count += 1
                advance(1)
    if output != Path("-"):
        notice(f"{kind.plural} written to {output}: {count}.")


def _condition(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise InputError(f"Write a condition as NAME=VALUE, such as status=Transferred, not {text}.")
    return name.strip(), value.strip()


@contextmanager
def _writer(form: Format, output: Path, kind: Entity) -> Iterator[Any]:
    """What writes a document and its results.

    Raises:
        ConfigError: Workbooks need the extra ``excel``.
        InputError: The file cannot be written.
    """
    if form is Format.XLSX:
        with _workbook(output, kind) as write:
            yield write
        return
    with _text(output) as stream:
        if form is Format.JSONL:
            yield lambda document, told: _line(stream, document, told)
            return
        from qbferry.intake.table.writing import TableWriting

        table = TableWriting(kind.document, RESULTS)
        rows = csv.writer(stream, lineterminator="\r\n")
        rows.writerow(table.headings)
        yield lambda document, told: rows.writerows(table.rows(document, told))


def _line(stream: IO[str], document: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    known = {name: value for name, value in told.items() if value is not None}
    stream.write(json.dumps({**document, "quickbooks": known}, ensure_ascii=False) + "\n")


@contextmanager
def _text(output: Path) -> Iterator[IO[str]]:
    if output == Path("-"):
        yield sys.stdout
        return
    try:
        # With a mark by which spreadsheets know UTF-8.
        encoding = "utf-8-sig" if output.suffix == ".csv" else "utf-8"
        with output.open("w", encoding=encoding, newline="") as stream:
            yield stream
    except OSError as error:
        raise InputError(
            f"The file {output} cannot be written: {error.strerror}. Give another with --output."
        ) from error


@contextmanager
def _workbook(output: Path, kind: Entity) -> Iterator[Any]:
    try:
        from openpyxl import Workbook
    except ModuleNotFoundError as error:
        raise ConfigError('Workbooks need a package: pip install "qbferry[excel]".') from error
    from qbferry.intake.table.writing import TableWriting

    table = TableWriting(kind.document, RESULTS)
    book = Workbook(write_only=True)
    sheet = book.create_sheet(kind.plural)
    sheet.append(table.headings)

    def write(document: Mapping[str, Any], told: Mapping[str, Any]) -> None:
        for row in table.rows(document, told):
            sheet.append(row)

    yield write
    try:
        book.save(output)
    except OSError as error:
        raise InputError(
            f"The file {output} cannot be written: {error.strerror}. Give another with --output."
        ) from error
