"""A team's own templates in the place of a plugin's."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from qbferry.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from qbferry.model import Entity
    from qbferry.qbxml.compiler import Templates

__all__ = ["Layered", "overridden", "tried"]

ENDING = ".xml.j2"


class Layered:
    """A folder whose files are found before those of another.

    Attributes:
        own: The team's.
        shipped: The plugin's.
    """

    def __init__(self, own: Path, shipped: Traversable) -> None:
        self.own, self.shipped = own, shipped

    def joinpath(self, name: str) -> Traversable:
        """A file, of the first that has it."""
        own = self.own / name
        return own if own.is_file() else self.shipped.joinpath(name)


def overridden(plugin: str, entities: Iterable[Entity], folder: Path) -> tuple[Entity, ...]:
    """The entities of a plugin with a team's templates found first.

    Raises:
        ConfigError: It is no folder, or has a file that is in no template's place.
    """
    if not folder.is_dir():
        raise ConfigError(
            f"plugins.{plugin}.templates is {folder}, which is no folder; make it, or correct it."
        )
    found = tuple(entities)
    known = {f"{name}{ENDING}" for entity in found for name in entity.requests}
    for file in sorted(folder.glob(f"*{ENDING}")):
        if file.name not in known and not any(_text(one.templates, file.name) for one in found):
            raise ConfigError(
                f"{file} is in the place of no template of {plugin}; it has {', '.join(sorted(known))}."
            )
    return tuple(
        replace(entity, templates=Layered(folder, entity.templates))  # type: ignore[arg-type]
        for entity in found
    )


def tried(entity: Entity, base: Callable[[], Templates]) -> None:
    """Try the templates of an entity that a team has put in the place of its plugin's.

    Raises:
        ConfigError: One of them is not fit to be sent.
    """
    if not isinstance(entity.templates, Layered):
        return
    from qbferry.qbxml import trial  # with it comes Jinja2, which most commands need not load

    for name in entity.requests:
        file = entity.templates.own / f"{name}{ENDING}"
        if not file.is_file():
            continue
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"The template {file} cannot be read: {error}.") from error
        shipped = _text(entity.templates.shipped, file.name)
        if wrong := trial.faults(base(), name, text, shipped, partial(_text, entity.templates)):
            raise ConfigError(f"The template {file} is not fit to be sent: {' '.join(wrong[:5])}")


def _text(folder: Traversable | Layered, name: str) -> str | None:
    file = folder.joinpath(name)
    return file.read_text(encoding="utf-8") if file.is_file() else None
