"""``qbferry`` itself: its options, its commands and those of plugins, and how errors are told."""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from qbferry import output
from qbferry.cli.context import CommandDesk
from qbferry.cli.extras import of_plugins, registered
from qbferry.cli.group import CommandGroup, group
from qbferry.errors import QbferryError
from qbferry.texts import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["cli", "main"]

MODULES = {
    "beginning": ("init",),
    "doctor": ("doctor",),
    "run": ("serve", "migrate", "plugins"),
    "connector": ("connector",),
    "exports": ("export",),
    "imports": ("import", "schema"),
    "records": ("ready", "not-ready", "clear-external-number"),
    "listing": ("list", "failures"),
    "looking": ("show", "preview"),
    "history": ("history", "runs"),
    "doubt": ("doubt",),
    "maps": ("map",),
    "naming": ("naming",),
    "lists": ("lists",),
    "doubles": ("doubles",),
    "alerts": ("alerts",),
    "sources": ("sources",),
    "webhooks": ("webhook",),
    "people": ("user",),
    "tokens": ("token",),
    "found": ("found",),
    "messages": ("qbxml",),
    "scaffolding": ("plugin",),
    "prove": ("prove",),
    "trial": ("simulate", "demo"),
}
"""The commands by the module that registers them, in the order of the help. A module is loaded for a command
of its own, or for the help if that remembers nothing."""

PLACES = {name: f"qbferry.cli.{module}" for module, names in MODULES.items() for name in names}

SHOWN, AS_JSON = "qbferry.shown", "qbferry.json"
"""Where a call keeps what its help shows, and whether it was asked for JSON."""

UsageError: Any = typer.BadParameter.__base__
"""Of Click or of Typer, which has its own Click in newer versions."""


class _Group(CommandGroup):
    """Loads commands when they are asked for, those of plugins last, and tells errors in one sentence."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands.update({name: TyperCommand(name) for name in PLACES})  # names to suggest

    def list_commands(self, ctx: Any) -> list[str]:
        """Name all commands; only the help asks."""
        ctx.meta[SHOWN] = shown = _shown(ctx)
        return [*shown]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Find a command, among the plugins' last, so that no plugin can take one over."""
        if SHOWN in ctx.meta:
            return ctx.meta[SHOWN].get(cmd_name)
        found = registered(import_module(PLACES[cmd_name]).register) if cmd_name in PLACES else _extra(ctx)
        return found.get(cmd_name)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of a call."""
        ctx.meta[AS_JSON] = "--json" in args
        with _told(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        with _told(ctx):
            return super().invoke(ctx)


@contextmanager
def _told(ctx: Any) -> Iterator[None]:
    """Tell errors to people, and as JSON to who asked for it."""
    try:
        yield
    except QbferryError as error:
        output.tell(error, as_json=ctx.meta[AS_JSON])
        raise typer.Exit(1) from error
    except UsageError as error:
        if type(error).__name__ != "NoArgsIsHelpError":  # its message is the help
            error.message = visible(error.message)
            if ctx.meta[AS_JSON]:
                output.say_json({"error": error.format_message()})
        raise


def _shown(ctx: Any) -> Mapping[str, Any]:
    """What the help shows: what it remembers, else all commands, without plugins' if one does not load."""
    from qbferry.cli.memory import Memory, commands, told

    try:
        memory = Memory("help", ctx.params.get("config"))
        if remembered := commands(memory.recall()):
            return remembered
        extra = _extra(ctx)
    except QbferryError as error:
        output.tell(error)
        return _own()
    own = _own()
    shown = own | extra | own  # in this order, and a plugin takes none of ours over
    memory.keep(told(shown))
    return shown


def _own() -> dict[str, Any]:
    """All commands but those of plugins."""
    found: dict[str, Any] = {}
    for place in dict.fromkeys(PLACES.values()):
        found |= registered(import_module(place).register)
    return found


def _extra(ctx: Any) -> dict[str, Any]:
    """The commands of the plugins that run."""
    from qbferry.plugin.manager import assemble

    return of_plugins(assemble(CommandDesk(ctx.params.get("config")).settings.plugins), PLACES)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(f"qbferry {version('qbferry')}\n")
        raise typer.Exit


cli = group(cls=_Group, pretty_exceptions_enable=False)


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

    First: qbferry init, and open the .qwc file it writes in the Web Connector. Then: qbferry serve, and
    qbferry import invoice october.jsonl --ready. When something does not work: qbferry doctor.
    """
    ctx.obj = CommandDesk(config, commands=PLACES)
    ctx.call_on_close(ctx.obj.close)


def main() -> None:
    """Run the command line."""
    # What is loaded stays; looking among it for garbage, again and again, would be a tenth of the start.
    gc.set_threshold(50_000)
    cli()
