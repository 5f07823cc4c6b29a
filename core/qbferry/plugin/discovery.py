"""Finding plugins: the entry points of the group ``qbferry.plugins``, and which of them run."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qbferry.errors import ConfigError, PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.metadata import Distribution

    from pydantic import BaseModel

    from qbferry.config import PluginSettings

__all__ = ["GROUP", "Installed", "choose", "fingerprint", "installed", "load", "migrations", "settings_of"]

GROUP = "qbferry.plugins"
BUILT_IN = "qbferry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A plugin that is there to be enabled."""

    name: str
    distribution: str
    version: str
    point: EntryPoint

    @property
    def built_in(self) -> bool:
        """Whether it comes with qbferry itself."""
        return self.distribution == BUILT_IN


def installed() -> dict[str, Installed]:
    """Every installed plugin by name.

    Raises:
        PluginError: Two distributions offer a plugin of the same name.
    """
    found: dict[str, Installed] = {}
    named: dict[Distribution | None, tuple[str, str]] = {None: ("?", "?")}
    for point in entry_points(group=GROUP):
        if point.dist and point.dist not in named:  # its metadata are parsed anew whenever they are asked for
            metadata = point.dist.metadata
            named[point.dist] = (metadata["Name"], metadata["Version"])
        distribution, version = named[point.dist]
        plugin = Installed(name=point.name, distribution=distribution, version=version, point=point)
        earlier = found.get(plugin.name)
        if earlier and earlier.point.value != point.value:
            raise PluginError(
                f"Two distributions offer a plugin named {plugin.name}: {earlier.distribution} and "
                f"{plugin.distribution}. Uninstall one of them."
            )
        found[plugin.name] = plugin
    return dict(sorted(found.items()))


def fingerprint() -> list[tuple[str, ...]]:
    """What tells one set of installed plugins from another, known without importing them.

    Raises:
        PluginError: Two distributions offer a plugin of the same name.
    """
    return [
        (plugin.name, plugin.point.value, plugin.distribution, plugin.version, _place(plugin.point))
        for plugin in installed().values()
    ]


def choose(settings: PluginSettings, available: Mapping[str, Installed]) -> list[Installed]:
    """The plugins that run, in the order of the settings; of the built-in ones those that need no extra.

    Raises:
        ConfigError: A name in the settings is that of no installed plugin.
    """
    names: Sequence[str] = (
        settings.enabled
        if settings.enabled is not None
        else [name for name, plugin in available.items() if plugin.built_in and not plugin.point.extras]
    )
    unknown = [name for name in (*names, *(settings.model_extra or {})) if name not in available]
    if unknown:
        raise ConfigError(
            f"No plugin named {', '.join(sorted(set(unknown)))} is installed; installed are: "
            f"{', '.join(available) or 'none'}. Correct [plugins] in the settings, or install it."
        )
    return [available[name] for name in dict.fromkeys(names)]


def load(plugin: Installed, settings: Mapping[str, Any]) -> object:
    """Import a plugin and give it its settings.

    The entry point names a module, an object, or a class. A class is called with its settings: an instance
    of its attribute ``Settings``, a pydantic model, if it has one.

    Raises:
        PluginError: It cannot be imported or made.
        ConfigError: Its settings do not fit.
    """
    from pydantic import ValidationError

    from qbferry.config import describe_faults

    try:
        target, model = _target(plugin)
        if model is None:
            if settings:
                raise ConfigError(
                    f"The plugin {plugin.name} has no settings; remove [plugins.{plugin.name}]."
                )
            return target() if inspect.isclass(target) else target
        try:
            values = model.model_validate(settings)
        except ValidationError as error:
            raise ConfigError(
                f"A setting in [plugins.{plugin.name}] does not fit: {describe_faults(error)}."
            ) from error
        return target(values)
    except (ConfigError, PluginError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise PluginError(
            f"The plugin {plugin.name} of {plugin.distribution} {plugin.version} does not load: "
            f"{type(error).__name__}: {error}. Mend or uninstall it, or leave it out of [plugins] enabled."
        ) from error


def settings_of(plugin: Installed) -> type[BaseModel] | None:
    """The model of a plugin's settings; None: it has none, or does not load."""
    try:
        return _target(plugin)[1]
    except Exception:  # noqa: BLE001 - of a stranger's code; whoever enables it is told by load
        return None


def migrations(plugin: Installed) -> Path | None:
    """The folder of a plugin's Alembic branch: ``migrations`` in the package its entry point is in.

    It is found without importing the plugin. A module by itself has none.
    """
    spec = find_spec(plugin.point.module.partition(".")[0])
    places = (spec and spec.submodule_search_locations) or ()
    return next((folder for place in places if (folder := Path(place) / "migrations").is_dir()), None)


def _target(plugin: Installed) -> tuple[Any, type[BaseModel] | None]:
    """What the entry point names, and the model of its settings."""
    from pydantic import BaseModel

    target = plugin.point.load()
    model = getattr(target, "Settings", None)
    fits = inspect.isclass(model) and issubclass(model, BaseModel)
    return target, model if fits else None


def _place(point: EntryPoint) -> str:
    """Where the code of an entry point lies."""
    spec = find_spec(point.module.partition(".")[0])
    return "" if spec is None else str(spec.origin or [*(spec.submodule_search_locations or ())])
