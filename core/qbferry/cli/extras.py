"""The commands that plugins add: which there are, and that none takes the name of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from qbferry.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from qbferry.plugin.manager import Plugins

__all__ = ["of_plugins", "registered"]


def registered(register: Callable[[typer.Typer], object]) -> dict[str, Any]:
    """Give the commands that a function adds, by name."""
    commands = typer.Typer(rich_markup_mode=None)
    commands.callback()(lambda: None)
    register(commands)
    return dict(typer.main.get_group(commands).commands)


def of_plugins(plugins: Plugins, own: Collection[str]) -> dict[str, Any]:
    """Give the commands of the plugins that run.

    Args:
        plugins: The plugins.
        own: The names of qbferry's own commands.

    Raises:
        PluginError: One cannot be read, or has the name of one of ours or of another plugin.
    """
    found: dict[str, Any] = {}
    owners = dict.fromkeys(own, "qbferry itself")
    for name in plugins.commanders:
        try:
            added = registered(lambda cli, name=name: plugins.register_commands(cli, name))  # type: ignore[misc]
        except PluginError:
            raise
        except Exception as error:
            raise PluginError(
                f"A command that the plugin {name} adds cannot be read: {type(error).__name__}: {error}. "
                "Leave the plugin out of [plugins] enabled, or tell its author."
            ) from error
        for command in added:
            if command in owners:
                raise PluginError(
                    f"The plugin {name} adds a command {command}, which {owners[command]} has already; "
                    "it would never be reached. Give it another name."
                )
            owners[command] = f"the plugin {name}"
        found |= added
    return found
