"""``qbferry ready``, ``not-ready`` and ``clear-external-number``: what a person decides."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from qbferry.cli.context import desk
from qbferry.cli.options import AsJson, ConnectorName, EntityName
from qbferry.errors import InputError
from qbferry.output import notice, say, say_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from qbferry.desk.drawer import Drawer
    from qbferry.desk.readiness import Verdict

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
