"""All commands there are, with those of plugins, found as a call finds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer.main import get_command

from qbferry.cli import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["commands"]


def commands(*words: str, group: Any = None) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each command with the words that call it."""
    group = group or get_command(cli)
    context = group.make_context("qbferry", ["--help"], resilient_parsing=True)
    for name in group.list_commands(context):
        command = group.get_command(group.make_context("qbferry", [], resilient_parsing=True), name)
        if hasattr(command, "list_commands"):
            if command.invoke_without_command:
                yield (*words, name), command
            yield from commands(*words, name, group=command)
        else:
            yield (*words, name), command
