"""``qbferry doctor``: what is well, what is not, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from qbferry.cli.context import desk
from qbferry.cli.options import AsJson
from qbferry.output import say, say_json

if TYPE_CHECKING:
    from qbferry.desk.connection import Diagnosis

__all__ = ["register"]


def register(cli: typer.Typer) -> None:
    """Add this command."""
    cli.command()(doctor)


def doctor(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Check settings, plugins, database, disk, clock, public address, every connector and source.

    Nothing is changed. The exit status is 1 if something is ill, and 0 if there are only things to look at.

    Example: qbferry doctor
    """
    from qbferry.cli.checkup import examine
    from qbferry.desk.connection import Grade

    found: list[Diagnosis] = []
    for finding in examine(desk(ctx)):
        found.append(finding)
        if not as_json:
            finding.tell(say)
    if as_json:
        say_json([finding.as_json() for finding in found])
    if any(one.health is Grade.ILL for one in found):
        raise typer.Exit(1)
