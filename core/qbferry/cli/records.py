"""``qbferry ready``, ``not-ready`` and ``clear-external-number``: what a person decides."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from qbferry.cli.context import desk
from qbferry.cli.options import AsJson, ConnectorName, EntityName
from qbferry.errors import InputError
from qbferry.output import notice, say, say_json_array

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from qbferry.desk.drawer import Drawer
    from qbferry.desk.readiness import Verdict
    from qbferry.model import RecordRow, TransferStatus

__all__ = ["register"]

Ids = Annotated[list[str] | None, typer.Argument(metavar="ID…", help="The records' ids.")]
All = Annotated[bool, typer.Option("--all", help="All that it applies to, instead of ids.")]
Batch = Annotated[str | None, typer.Option(metavar="BATCH", help="All of a batch, instead of ids.")]


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    cli.command()(ready)
    cli.command("not-ready")(not_ready)
    cli.command("clear-external-number")(clear_external_number)


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

    --all and --batch take those that are Not Transferred, a thousand at a time: what is done stays when the
    command is interrupted, and the same again goes on. A record that QuickBooks has already becomes a
    duplicate there, so it takes its id, and a confirmation.

    Example: qbferry ready invoice INV-1001 INV-1002
    """
    from qbferry.desk import readiness
    from qbferry.model import TransferStatus

    wanted = _one_way(ids, everything, batch)
    if not wanted:
        waiting = [TransferStatus.NOT_TRANSFERRED]
        _act_on_pages(ctx, readiness.set_ready, waiting, batch, entity, connector, "set ready", as_json)
        return
    confirmed: list[str] | None = None
    if not yes:
        # Asked before the records are locked: a person may take their time.
        with desk(ctx).drawer(entity, connector) as drawer:
            warnings = list(readiness.questions(drawer, drawer.find(wanted)))
        confirmed = wanted if warnings and _confirm(warnings) else []
    with desk(ctx).drawer(entity, connector, write=True) as drawer:
        verdicts = list(readiness.set_ready(drawer, drawer.find(wanted), confirmed))
    _report(drawer.kind.plural, verdicts, "set ready", as_json=as_json)
    if any(verdict.refused for verdict in verdicts):
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

    --all and --batch take those that are Pending or Pending/Failed, a thousand at a time.

    Example: qbferry not-ready invoice --batch 2026-10
    """
    from qbferry.desk import readiness

    wanted = _one_way(ids, everything, batch)
    if not wanted:
        act = readiness.set_not_ready
        if _act_on_pages(ctx, act, readiness.WAITING, batch, entity, connector, "set not ready", as_json):
            raise typer.Exit(1)
        return
    with desk(ctx).drawer(entity, connector, write=True) as drawer:
        verdicts = list(readiness.set_not_ready(drawer, drawer.find(wanted)))
    _report(drawer.kind.plural, verdicts, "set not ready", as_json=as_json)
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
    _report(drawer.kind.plural, verdicts, "cleared", as_json=as_json)
    if any(verdict.refused for verdict in verdicts):
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


def _act_on_pages(
    ctx: typer.Context,
    act: Callable[[Drawer, Iterable[RecordRow]], Iterable[Verdict]],
    statuses: Sequence[TransferStatus],
    batch: str | None,
    entity: str,
    connector: str | None,
    done: str,
    as_json: bool,
) -> bool:
    """Do something with all records of some statuses, page by page; whether some refused it."""
    from qbferry.cli.progress import progress
    from qbferry.desk.paging import Pages
    from qbferry.store.pages import Search

    place, refused = desk(ctx), 0

    def verdicts() -> Iterator[Verdict]:
        nonlocal refused
        with progress(f"{plural} {done}", pages.total) as advance:
            for page in pages.act(act):
                refused += sum(one.refused for one in page)
                yield from page
                advance(len(page))

    search = Search(statuses=tuple(statuses), batch=batch or "")
    with place.application() as app:
        pages = Pages(app.database, place.opener(app, entity, connector), search)
        plural = pages.plural
        _report(plural, verdicts(), done, as_json=as_json)
    return refused > 0


def _report(plural: str, verdicts: Iterable[Verdict], done: str, *, as_json: bool) -> None:
    """Tell of verdicts as they come: each in JSON; else each that has a reason, and at the end how many."""
    if as_json:
        say_json_array(
            {
                "id": one.id,
                "transfer_status": str(one.status),
                "changed": one.changed,
                "refused": one.refused,
                "reason": one.reason or None,
            }
            for one in verdicts
        )
        return
    changed = others = 0
    for one in verdicts:
        changed, others = changed + one.changed, others + (not one.changed)
        if one.reason:
            notice(f"{one.id}: {one.reason}")
    say(f"{plural} {done}: {changed}." + (f" Others: {others}." if others else ""))
