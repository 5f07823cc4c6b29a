"""``qbferry simulate`` and ``demo``: trying it without QuickBooks. The rooms they show hold the commands."""

from __future__ import annotations

import typer

__all__ = ["register"]


def register(cli: typer.Typer) -> None:
    """Add these commands."""
    from qbferry.demo.command import demo
    from qbferry.simulator.command import simulate

    cli.command()(simulate)
    cli.command()(demo)
