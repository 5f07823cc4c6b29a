"""What is set for plugins: shown, and changed in the settings file; it counts from the next start on."""

from __future__ import annotations

import hashlib
import inspect
import re
import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, Literal, Self, Union, get_args, get_origin

import tomlkit
from pydantic import SecretStr, ValidationError
from pydantic_core import PydanticUndefined
from tomlkit.exceptions import TOMLKitError

from qbferry import config
from qbferry.errors import ConfigError, InputError, NotFoundError
from qbferry.files import replace_text
from qbferry.plugin import discovery

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo
    from tomlkit.items import Item

    from qbferry.config import PluginSettings
    from qbferry.plugin.discovery import Installed

__all__ = ["Setting", "Shape", "Sheet", "change", "sheet", "sheets", "switch"]

_ATTRIBUTE = re.compile(r"^( {4,8})(\w+): (.+(?:\n\1 +.+)*)", re.MULTILINE)


class Shape(StrEnum):
    """How a setting is typed in."""

    FLAG = "flag"
    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - the name of a shape
    TABLE = "table"
    TOML = "toml"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a plugin.

    Attributes:
        name: As in the settings file.
        shape: How it is typed in: a table as lines ``name = value``, ``TOML`` as a TOML value.
        value: What is set, as text; never that of a secret.
        default: What holds when nothing is set, as text.
        choices: What there is to choose from.
        about: What it does.
        given: Whether it is set.
        fixed: Whether the environment sets it, so that the file cannot.
    """

    name: str
    shape: Shape
    value: str
    default: str
    choices: tuple[str, ...]
    about: str
    given: bool
    fixed: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """A plugin and its settings.

    Attributes:
        plugin: Its name, distribution and version.
        enabled: Whether the settings say that it runs.
        runs: Whether it runs now.
        stale: Whether other settings are at work than those that are set: the server was not started since.
        settings: Each.
        stamp: Tells the file's content from any other.
    """

    plugin: Installed
    enabled: bool
    runs: bool
    stale: bool
    settings: tuple[Setting, ...]
    stamp: str


def sheets(file: Path, running: PluginSettings) -> list[Sheet]:
    """All installed plugins.

    Args:
        file: The settings file.
        running: What was set when the server started.

    Raises:
        ConfigError: The file is not valid any more.
    """
    looked = _Looked.at(file, running)
    return [_sheet(looked, plugin) for plugin in looked.installed.values()]


def sheet(file: Path, running: PluginSettings, name: str) -> Sheet:
    """One plugin.

    Raises:
        ConfigError: The file is not valid any more.
        NotFoundError: It is not installed.
    """
    looked = _Looked.at(file, running)
    return _sheet(looked, _installed(name, looked.installed))


def change(file: Path, name: str, given: Mapping[str, str], stamp: str) -> None:
    """Set what a form says; a setting at its default that the file does not have is not written there.

    Args:
        file: The settings file.
        name: The plugin's.
        given: What was typed in, by setting; empty: its default holds. A flag that is not there is off, and
            a secret that is not typed in stays.
        stamp: Of the content that was looked at.

    Raises:
        ConfigError: The file is not valid any more.
        InputError: A value does not fit, the file was changed meanwhile, or it cannot be written.
        NotFoundError: The plugin is not installed.
    """
    plugin = _installed(name, discovery.installed())
    model = discovery.settings_of(plugin)
    if model is None:
        raise InputError(f"The plugin {name} has no settings.")
    document = _read(file, stamp)
    own = {key: value for key, value in _tables(document, name).unwrap().items() if key != config.TEMPLATES}
    effective = _now(file).table(name)
    fixed = {key: value for key, value in effective.items() if _is_fixed(key, own, effective)}
    wanted = dict(own)
    for key, field in model.model_fields.items():
        if key in fixed:
            continue
        shape, typed = _shape(field), given.get(key, "").strip()
        if shape is Shape.SECRET and not typed:
            continue
        value = _value(key, shape, typed)
        if value is None or (key not in own and value == _raw_default(field)):
            wanted.pop(key, None)
        else:
            wanted[key] = value
    try:
        model.model_validate({**wanted, **fixed})
    except ValidationError as error:
        raise InputError(f"Nothing was changed: {config.describe_faults(error)}.") from error
    table = _tables(document, name)
    for key in [key for key in own if key not in wanted]:
        table.remove(key)
    for key, value in wanted.items():
        if own.get(key) != value:
            table[key] = value if isinstance(value, dict) else _inline(value)
    _write(file, document)


def switch(file: Path, name: str, *, on: bool, stamp: str) -> None:
    """Enable a plugin, or take it out.

    Raises:
        ConfigError: The file is not valid any more, or the settings of a plugin to enable do not fit.
        InputError: The environment says which run, the file was changed meanwhile, or it cannot be written.
        NotFoundError: The plugin is not installed.
        PluginError: A plugin to enable does not load.
    """
    plugin = _installed(name, discovery.installed())
    document = _read(file, stamp)
    now = _now(file)
    if now.enabled is not None and now.enabled != document.unwrap().get("plugins", {}).get("enabled"):
        raise InputError("The environment says which plugins run (QBFERRY_PLUGINS__ENABLED).")
    if on:
        discovery.load(plugin, now.table(name))
    names = [one.name for one in discovery.choose(now, discovery.installed()) if one.name != name]
    document.setdefault("plugins", tomlkit.table())["enabled"] = [*names, name] if on else names
    _write(file, document)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is looked at once for all plugins.

    Attributes:
        content: Of the settings file.
        now: What is set by it and the environment.
        running: What was set when the server started.
        installed: The plugins there are.
    """

    content: str
    now: PluginSettings
    running: PluginSettings
    installed: Mapping[str, Installed]

    @classmethod
    def at(cls, file: Path, running: PluginSettings) -> Self:
        return cls(_content(file), _now(file), running, discovery.installed())


def _sheet(looked: _Looked, plugin: Installed) -> Sheet:
    own = tomllib.loads(looked.content).get("plugins", {}).get(plugin.name, {})
    effective, model = looked.now.table(plugin.name), discovery.settings_of(plugin)
    enabled = plugin in discovery.choose(looked.now, looked.installed)
    runs = plugin in discovery.choose(looked.running, looked.installed)
    return Sheet(
        plugin,
        enabled,
        runs,
        enabled != runs or (runs and effective != looked.running.table(plugin.name)),
        tuple(_settings(model, own, effective)) if model else (),
        _stamp(looked.content),
    )


def _settings(model: type[BaseModel], own: dict[str, Any], effective: dict[str, Any]) -> list[Setting]:
    about = {key: " ".join(text.split()) for _, key, text in _ATTRIBUTE.findall(model.__doc__ or "")}
    found = []
    for name, field in model.model_fields.items():
        shape, default = _shape(field), _raw_default(field)
        value = effective.get(name, default)
        found.append(
            Setting(
                name,
                shape,
                "" if shape is Shape.SECRET else _text(shape, value),
                "" if shape is Shape.SECRET else _text(shape, default),
                _choices(field),
                field.description or about.get(name, ""),
                name in effective,
                _is_fixed(name, own, effective),
            )
        )
    return found


def _is_fixed(name: str, own: Mapping[str, Any], effective: Mapping[str, Any]) -> bool:
    """Whether the environment sets it: what holds is not what the file says."""
    return name in effective and own.get(name) != effective[name]


def _bare(field: FieldInfo) -> Any:
    """The type of a setting, without None."""
    kind = field.annotation
    if get_origin(kind) in {Union, types.UnionType}:
        kinds = [one for one in get_args(kind) if one is not type(None)]
        return kinds[0] if len(kinds) == 1 else None
    return kind


def _shape(field: FieldInfo) -> Shape:
    kind = _bare(field)
    if kind is bool:
        return Shape.FLAG if field.annotation is bool else Shape.TOML
    if _choices(field):
        return Shape.CHOICE
    if get_origin(kind) is not None:
        return Shape.TABLE if issubclass(get_origin(kind), Mapping) else Shape.TOML
    if kind is str:
        return Shape.TEXT
    if kind is int:
        return Shape.NUMBER
    return Shape.SECRET if kind is SecretStr else Shape.TOML


def _choices(field: FieldInfo) -> tuple[str, ...]:
    kind = _bare(field)
    if inspect.isclass(kind) and issubclass(kind, Enum):
        return tuple(str(one.value) for one in kind)
    if get_origin(kind) is Literal:
        return tuple(str(one) for one in get_args(kind))
    return ()


def _raw_default(field: FieldInfo) -> Any:
    """The default as the file would have it; None: there is none."""
    default = field.get_default(call_default_factory=True, validated_data={})
    if default is PydanticUndefined or default is None:
        return None
    if isinstance(default, Enum):
        return default.value
    return list(default) if isinstance(default, tuple) else default


def _text(shape: Shape, value: Any) -> str:
    if value is None:
        return ""
    match shape:
        case Shape.TABLE:
            return tomlkit.dumps(value).strip()
        case Shape.TOML:
            return _inline(value).as_string()
        case Shape.FLAG:
            return "true" if value in {True, "true", "1", "on", "yes"} else "false"
        case _:
            return str(value)


def _inline(value: Any) -> Item:
    """A value of TOML in one line."""
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        for key, one in value.items():
            table[key] = _inline(one)
        return table
    if isinstance(value, list | tuple):
        array = tomlkit.array()
        for one in value:
            array.append(_inline(one))
        return array
    found: Item = tomlkit.item(value)
    return found


def _value(name: str, shape: Shape, typed: str) -> Any:
    """What was typed in, as the file has it; None: nothing.

    Raises:
        InputError: It cannot be read.
    """
    if shape is Shape.FLAG:
        return typed == "true"
    if not typed:
        return None
    try:
        match shape:
            case Shape.NUMBER:
                return int(typed)
            case Shape.TABLE:
                return tomllib.loads(typed)
            case Shape.TOML:
                return tomllib.loads(f"value = {typed}")["value"]
    except ValueError as error:
        how = {
            Shape.NUMBER: "a whole number",
            Shape.TABLE: 'lines such as "Regular time" = "Hourly"',
        }.get(shape, "a value of TOML")
        raise InputError(f"Nothing was changed: {name} must be {how}: {error}.") from error
    return typed


def _installed(name: str, installed: Mapping[str, Installed]) -> Installed:
    found = installed.get(name)
    if found is None:
        raise NotFoundError(f"No plugin named {name} is installed.")
    return found


def _now(file: Path) -> PluginSettings:
    """What is set by the file, if there is one, and the environment."""
    return config.load(file if file.exists() else None).plugins


def _content(file: Path) -> str:
    return file.read_text(encoding="utf-8-sig") if file.exists() else ""


def _stamp(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _read(file: Path, stamp: str) -> tomlkit.TOMLDocument:
    content = _content(file)
    if _stamp(content) != stamp:
        raise InputError(f"The settings file {file} was changed meanwhile; look at it again.")
    try:
        return tomlkit.parse(content)
    except TOMLKitError as error:
        raise ConfigError(f"The settings file {file} is not valid TOML: {error}.") from error


def _tables(document: tomlkit.TOMLDocument, name: str) -> Any:
    """The table of a plugin, made if the file has none."""
    plugins = document.setdefault("plugins", tomlkit.table(is_super_table=True))
    return plugins.setdefault(name, tomlkit.table())


def _write(file: Path, document: tomlkit.TOMLDocument) -> None:
    try:
        replace_text(file, tomlkit.dumps(document))
    except OSError as error:
        raise InputError(
            f"The settings file {file} cannot be written: {error.strerror or error}. "
            f"Let the user the server runs as write it, or change it by hand."
        ) from error
