"""``qbferry`` itself: its options, its commands and those of plugins, and how errors are told."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from qbferry.cli import connector, doubt, history, prove, records, run
from qbferry.cli import imports as importing
from qbferry.cli.context import Desk
from qbferry.errors import PluginError, QbferryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["cli", "main"]

HEAVY = {"simulate": "qbferry.simulator.command", "demo": "qbferry.demo.command"}
"""Commands that load much, and where they are; loaded when they are asked for."""

SHOWN = "qbferry.shown"
"""Where a call keeps what its help shows."""


class _Group(TyperGroup):
    """Knows commands that are loaded late, those of plugins among them, and tells errors in one sentence."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Name all commands; only the help asks."""
        own = super().list_commands(ctx)
        ctx.meta[SHOWN] = shown = _shown(ctx)
        return [*own, *(name for name in shown if name not in own)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Find a command, among the plugins' last, so that no plugin can take one over."""
        found = super().get_command(ctx, cmd_name)
        if found is None and SHOWN in ctx.meta:
            return ctx.meta[SHOWN].get(cmd_name)
        return found or _heavy(cmd_name) or _extra(ctx).get(cmd_name)

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except QbferryError as error:
            _tell(error)
            raise typer.Exit(1) from error


def _shown(ctx: Any) -> Mapping[str, Any]:
    """What the help shows of the commands that are loaded late: as remembered, or loaded now.

    A plugin that does not load must not keep the help from showing.
    """
    from qbferry.cli.memory import Memory

    try:
        memory = Memory(ctx.params.get("config"))
        remembered = memory.recall()
        if remembered is not None:
            return remembered
        extra = _extra(ctx)
    except QbferryError as error:
        _tell(error)
        return {name: _heavy(name) for name in HEAVY}
    shown = {name: _heavy(name) or extra[name] for name in (*HEAVY, *extra)}
    memory.keep(shown)
    return shown


def _heavy(name: str) -> Any:
    """One of the heavy commands; None: it is none of them."""
    if name not in HEAVY:
        return None
    function = getattr(import_module(HEAVY[name]), name)
    return _commands(lambda cli: cli.command()(function))[name]


def _extra(ctx: Any) -> Mapping[str, Any]:
    """The commands of the plugins that run."""
    from qbferry.plugin.manager import assemble

    settings = Desk(ctx.params.get("config")).settings
    return _commands(assemble(settings.plugins).register_commands)


def _commands(register: Callable[[typer.Typer], object]) -> Mapping[str, Any]:
    registered = typer.Typer()
    registered.callback()(lambda: None)
    register(registered)
    try:
        return typer.main.get_group(registered).commands
    except Exception as error:
        raise PluginError(
            f"A command that a plugin adds cannot be read: {type(error).__name__}: {error}. "
            "Leave the plugin out of [plugins] enabled, or tell its author."
        ) from error


def _tell(error: QbferryError) -> None:
    sys.stderr.write(f"error: {error}\n")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(f"qbferry {version('qbferry')}\n")
        raise typer.Exit


cli = typer.Typer(cls=_Group, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)


@cli.callback()
def root(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            help="Settings file. Otherwise QBFERRY_CONFIG, or qbferry.toml in the current folder.",
            is_eager=True,
            metavar="FILE",
        ),
    ] = None,
    version: Annotated[  # noqa: ARG001 - its callback has done the work
        bool, typer.Option("--version", help="Say which version this is.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Carry records into QuickBooks Desktop through the Web Connector, each exactly once.

    First: qbferry connector add office, then qbferry connector qwc office, and open the file it writes in the
    Web Connector. Then: qbferry import invoice october.jsonl --ready, and qbferry serve.
    """
    ctx.obj = Desk(config)
    ctx.call_on_close(ctx.obj.close)


for commands in (run, connector, importing, records, history, doubt, prove):
    commands.register(cli)


def main() -> None:
    """Run the command line."""
    cli()
