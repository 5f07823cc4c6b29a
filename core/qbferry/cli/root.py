"""``qbferry`` itself: its options, its commands and those of plugins, and how errors are told."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from qbferry.cli import connector, doubt, history, prove, records, run
from qbferry.cli import imports as importing
from qbferry.cli.context import Desk
from qbferry.demo.command import demo
from qbferry.errors import QbferryError
from qbferry.simulator.command import simulate

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["cli", "main"]


class _Group(TyperGroup):
    """Knows the commands of plugins as well, and tells errors in one sentence."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Name all commands; a plugin that does not load must not keep the help from showing."""
        own = super().list_commands(ctx)
        try:
            extra = self._extra(ctx)
        except QbferryError as error:
            _tell(error)
            return own
        return [*own, *(name for name in extra if name not in own)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Find a command, among the plugins' last, so that no plugin can take one over."""
        return super().get_command(ctx, cmd_name) or self._extra(ctx).get(cmd_name)

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except QbferryError as error:
            _tell(error)
            raise typer.Exit(1) from error

    def _extra(self, ctx: Any) -> Mapping[str, Any]:
        """The commands of the plugins that run."""
        found = ctx.meta.get("qbferry.plugin_commands")
        if found is None:
            from qbferry.plugin.manager import assemble

            registered = typer.Typer()
            registered.callback()(lambda: None)
            settings = Desk(ctx.params.get("config")).settings
            assemble(settings.plugins).register_commands(registered)
            found = typer.main.get_group(registered).commands
            ctx.meta["qbferry.plugin_commands"] = found
        return dict(found)


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


for commands in (run, connector, importing, records, history, doubt, prove):
    commands.register(cli)
cli.command()(simulate)
cli.command()(demo)


def main() -> None:
    """Run the command line."""
    cli()
