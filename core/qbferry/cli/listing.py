"""``qbferry list`` and ``qbferry failures``: records a line each, and what failed by its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from qbferry.cli.context import desk
from qbferry.cli.options import AsJson, ConnectorName, EntityName
from qbferry.errors import InputError
from qbferry.output import minute, notice, page, say, say_block, say_json, say_json_array, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qbferry.cli.lines import Listed
    from qbferry.model import Column

__all__ = ["register"]

MOST_ROWS = 200
"""Rows of a list when no limit is given; nobody reads more."""

HEADINGS = {
    "id": "ID",
    "batch": "Batch",
    "transfer_status": "Status",
    "transfer_date": "Transferred",
    "ref_number": "In QuickBooks",
    "txn_id": "TxnID",
    "reason": "Reason",
    "not_ready_reason": "Why it is not ready",
    "partly": "Partly in QuickBooks",
    "paid_date": "Paid",
    "balance": "Owed",
    "voided": "Voided in QuickBooks",
    "deleted": "Deleted in QuickBooks",
    "changed_since_transfer": "Changed since transfer",
    "in_doubt": "In doubt",
    "waits_for": "Waits for plugin",
    "note": "Note",
}
"""What stands above what all records have; the number in QuickBooks is not the only one a record has."""

USUAL = ("id", "batch", "transfer_status", "transfer_date", "ref_number", "paid_date", "balance")
"""What a list shows first; then come the entity's own columns, and the note."""

TEXTS = {"reason", "not_ready_reason", "partly", "note", "batch"}
SPARE = {"transfer_date": 3, "batch": 2, "paid_date": 2, "balance": 2}
OWN_SPARE = 1

Text = Annotated[str | None, typer.Option(metavar="TEXT")]


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.command("list")(list_)
    cli.command()(failures)


def list_(
    ctx: typer.Context,
    entity: EntityName,
    status: Annotated[
        str, typer.Option(help="Not Transferred, Pending, Pending/Failed or Transferred; blank is all.")
    ] = "",
    batch: Annotated[str | None, typer.Option(metavar="BATCH", help="Of one batch.")] = None,
    party: Annotated[str | None, typer.Option(metavar="TEXT", help="Whose name has this in it.")] = None,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Whose reason has this in it.")] = None,
    date_from: Annotated[
        str | None, typer.Option(metavar="DATE", help="Dated then or later: 2026-10-31.")
    ] = None,
    date_to: Annotated[str | None, typer.Option(metavar="DATE", help="Dated then or earlier.")] = None,
    amount_from: Annotated[str | None, typer.Option(metavar="AMOUNT", help="Of so much or more.")] = None,
    amount_to: Annotated[str | None, typer.Option(metavar="AMOUNT", help="Of so much or less.")] = None,
    transferred_from: Annotated[
        str | None, typer.Option(metavar="DATE", help="Transferred on that day here, or later.")
    ] = None,
    transferred_to: Annotated[
        str | None, typer.Option(metavar="DATE", help="Transferred on that day here, or earlier.")
    ] = None,
    sort: Annotated[
        str,
        typer.Option(
            metavar="FIELD",
            help="By id, batch, party, date, amount, status, transferred or number; -amount: the highest "
            "first. Otherwise in the order they arrived.",
        ),
    ] = "",
    columns: Annotated[
        str | None,
        typer.Option(metavar="NAMES", help="Only these columns, by their names in JSON: id,total,reason."),
    ] = None,
    wide: Annotated[bool, typer.Option("--wide", help="All columns, and nothing cut.")] = False,
    limit: Annotated[int | None, typer.Option(min=0, help="Show so many; 0 is all.")] = None,
    offset: Annotated[int, typer.Option(min=0, help="Leave so many out first.")] = 0,
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """List records with their transfer status and why they did not go, a line each.

    What does not fit the terminal is cut or left out, and said; long lists go through the pager that PAGER
    names. Columns that are empty for all are not shown.

    Example: qbferry list invoice --status pending/failed --sort -amount
    """
    from qbferry.cli.lines import fit
    from qbferry.desk import lookup, search

    which = search.chosen(
        statuses=tuple(filter(None, (lookup.status_named(status),))),
        batch=batch,
        party=party,
        reason=reason,
        dates=(search.day(date_from), search.day(date_to)),
        amounts=(search.amount(amount_from), search.amount(amount_to)),
        transferred=(search.day(transferred_from), search.day(transferred_to)),
    )
    order = search.sorted_by(sort)
    most = limit or None if limit is not None or as_json else MOST_ROWS
    with desk(ctx).shelf(entity, connector) as shelf:
        own = {column.name: column for column in lookup.columns(shelf)}
        wanted = _wanted(columns, own)
        found = search.found(shelf, which, order, limit=most, offset=offset)
        if as_json:
            say_json_array({name: row[name] for name in wanted} if columns else row for row in found)
            return
        rows = [row | {"note": _note(row)} for row in found]
        total = shelf.tx.records.number_of(shelf.row.id, shelf.kind.name, which)
    if not rows:
        say(f"There are no {shelf.kind.plural.lower()} like that.")
        return
    listed = _listed(wanted, own, spare=columns is None)
    cells = [[_cell(own.get(name), name, row[name]) for name in wanted] for row in rows]
    lines = fit(listed, cells, None if wide else width())
    page(lines.lines)
    if lines.left_out:
        notice(
            f"Not shown for want of room: {', '.join(lines.left_out)}. --wide shows all, --columns chooses."
        )
    if lines.cut:
        notice("What ends in … is cut. --wide shows it whole, and qbferry failures sums up what failed.")
    if total > offset + len(rows):
        notice(f"Shown: {len(rows)} of {total}. Use --limit and --offset for others; --limit 0 shows all.")


def failures(
    ctx: typer.Context,
    entity: Annotated[str | None, typer.Argument(metavar="[ENTITY]", help="Of one kind of record.")] = None,
    connector: ConnectorName = None,
    as_json: AsJson = False,
) -> None:
    """Show why records failed, the most frequent reason first, with the ids that it holds for.

    Example: qbferry failures invoice
    """
    from qbferry.desk import failing
    from qbferry.desk.kinds import all_kinds
    from qbferry.desk.shelf import Shelf, name_some

    place = desk(ctx)
    with place.looking() as tx:
        groups: list[failing.Failing] = []
        for name in [entity] if entity is not None else all_kinds(tx, place.kinds):
            shelf = Shelf.open(tx, place.kinds, name, connector)
            groups += failing.grouped(shelf)
    groups.sort(key=lambda group: -len(group.ids))
    if as_json:
        say_json([group.view() for group in groups])
        return
    if not groups:
        say("Nothing has failed." if entity is None else f"No {shelf.kind.label.lower()} has failed.")
        return
    for group in groups:
        what = group.plural if len(group.ids) > 1 else group.label
        say(f"{len(group.ids)} {what.lower()}: {group.reason}")
        say_block(f"    {name_some(group.ids)}")
    notice(
        "Each goes again with the next run, unless it is in doubt. Correct it at its source and import it "
        "again, or in QuickBooks; or take it out with: qbferry not-ready ENTITY ID"
    )


def _wanted(columns: str | None, own: dict[str, Column]) -> list[str]:
    """The names of the columns to show.

    Raises:
        InputError: There is none of that name.
    """
    if columns is None:
        return [*USUAL, *(name for name in own if name not in HEADINGS), "note"]
    known = [*HEADINGS, *(name for name in own if name not in HEADINGS)]
    wanted = [name for name in (part.strip() for part in columns.split(",")) if name]
    if unknown := [name for name in wanted if name not in known]:
        raise InputError(f"There is no column {', '.join(unknown)}; there are: {', '.join(known)}.")
    return wanted


def _listed(wanted: Sequence[str], own: dict[str, Column], *, spare: bool) -> list[Listed]:
    from qbferry.cli.lines import Listed
    from qbferry.model import Kind

    listed = []
    taken = {HEADINGS[name] for name in wanted if name in HEADINGS}
    for name in wanted:
        if name in HEADINGS:
            listed.append(
                Listed(
                    name,
                    HEADINGS[name],
                    elastic=name in TEXTS,
                    number=name == "balance",
                    spare=SPARE.get(name, 0) if spare else 0,
                )
            )
            continue
        column = own[name]
        heading = column.heading if column.heading not in taken else f"{column.heading} ({name})"
        taken.add(heading)
        listed.append(
            Listed(
                name,
                heading,
                elastic=column.kind is Kind.TEXT,
                number=column.kind in (Kind.MONEY, Kind.QUANTITY),
                spare=OWN_SPARE if spare else 0,
            )
        )
    return listed


def _cell(column: Column | None, name: str, value: Any) -> Any:
    if name == "transfer_date" or (column and column.kind == "moment"):
        return minute(value)
    return value


def _note(row: dict[str, Any]) -> str:
    notes = (
        f"Waits for plugin {row['waits_for']}." if row["waits_for"] else "",
        "Deleted in QuickBooks." if row["deleted"] else "Voided in QuickBooks." if row["voided"] else "",
        "Changed since transfer." if row["changed_since_transfer"] else "",
        row["reason"],
        row["not_ready_reason"],
        row["partly"],
    )
    return " ".join(filter(None, notes))
