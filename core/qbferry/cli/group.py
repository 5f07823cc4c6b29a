"""What all groups of commands have: a help that is text, filled to the width, and cut nowhere."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

__all__ = ["CommandGroup", "group"]

WHOLE = 10_000
"""Characters of a command's first sentence that the help of its group shows."""


class CommandGroup(TyperGroup):
    """Names its commands with their first sentences, whole."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands there are."""
        found: dict[str, Any] = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        shown = [
            (name, command.get_short_help_str(WHOLE)) for name, command in found.items() if not command.hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl(shown)


def group(text: str = "", *, cls: type[CommandGroup] = CommandGroup, **options: Any) -> typer.Typer:
    """A group of commands.

    Args:
        text: Its help.
        cls: Its class.
        options: Typer's own.
    """
    # Without markup: [plugins] is a table of the settings, and lines end where the terminal does.
    alone = {"no_args_is_help": not options.get("invoke_without_command", False)}
    return typer.Typer(cls=cls, help=text or None, rich_markup_mode=None, **(alone | options))
